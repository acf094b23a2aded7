import { connectControl } from "../../local/runtime/http-control.ts";
import type { Control } from "../../runtime/control.ts";
import type { Invocation } from "../command.ts";
import { Failure } from "../failure.ts";
import { type Followed, followRun } from "../runs/follow-run.ts";
import { safeText } from "../text/safe-text.ts";
import { shellWord } from "../text/shell-word.ts";

/** Among the approvers of the review's policy, and nobody's address. */
export const DEMO_APPROVER = "demo@example.com";
/** Four eyes: whoever asks for a review may not approve it. */
export const DEMO_REQUESTER = "build@example.com";

const REASON = "The demo approves whatever it is shown. Read the list yourself.";

/**
 * Follows a run to its end, and decides each approval on the way as a person would: over HTTP, at the
 * runtime that serves the data folder. `reason` is the demo's own for whatever it approves.
 */
export async function followAndDecide(
  invocation: Invocation,
  control: Control,
  id: string,
  reason = REASON,
): Promise<Followed> {
  const { out, io } = invocation;
  const { steps } = await control.run(id);
  const decided = new Set<string>();
  let since = 0;
  for (;;) {
    const options = { out, steps, signal: io.signal, decided, since };
    const followed = await followRun(control, id, options);
    if (followed.stoppedBecause !== "waiting") {
      return followed;
    }
    since = followed.lastEvent;
    for (const approval of followed.run.waitingFor) {
      await decideAsPerson(invocation, approval, reason);
      decided.add(approval);
    }
  }
}

async function decideAsPerson(invocation: Invocation, id: string, reason: string): Promise<void> {
  const { out, dataDir } = invocation;
  const person = await connectControl(dataDir);
  if (person === undefined) {
    throw new Failure("RuntimeUnreachable", "The runtime does not answer over HTTP");
  }
  try {
    const { policy } = await person.approval(id);
    const question = `"${safeText(policy.title)}"`;
    out.line();
    out.line(out.color.yellow(`The run waits for a person: ${question}`));
    out.line("A person would read the evidence, and type");
    out.line(`  ${invocation.suggest(`decide ${id} --approve --as ADDRESS --reason "…"`)}`);
    out.line(`Here the demo decides, over the same interface, as ${DEMO_APPROVER}.`);
    await person.decide(id, { verdict: "approved", by: DEMO_APPROVER, reason });
    out.line();
  } finally {
    await person.close();
  }
}

/** What a person types to start the same run. */
export function runCommand(sbom: string): string {
  return `run license-review --artifact sbom=${shellWord(sbom)}`;
}
