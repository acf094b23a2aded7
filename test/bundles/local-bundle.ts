/** A bundle, compiled and running on one machine, in a data folder of its own. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { checkBundle } from "../../lib/cli/bundles/compile-bundle.ts";
import { LocalRuntime } from "../../lib/local/runtime/local-runtime.ts";
import { LOCAL_ENVIRONMENT } from "../../lib/manifest/environment/local.ts";
import type { Approval } from "../../lib/runtime/approval/approval.ts";
import type { RunDetail } from "../../lib/runtime/control.ts";
import type { Json } from "../../lib/runtime/json.ts";

/** What a person says to an approval; undefined: nobody decides. */
export type Person = (
  approval: Approval,
) =>
  | { readonly verdict: "approved" | "rejected"; readonly by: string; readonly reason?: string }
  | undefined;

export interface LocalBundle {
  readonly runtime: LocalRuntime;
  /** Its data folder. */
  readonly directory: string;
  /** Runs it to its end, or to an approval that nobody decides; throws after a minute. */
  run(input: Json, person?: Person): Promise<RunDetail>;
  close(): Promise<void>;
}

const REQUESTER = "requester@example.com";
const GIVE_UP_MS = 60_000;

/** Throws with every finding if the bundle has an error. */
export async function openBundle(folder: string): Promise<LocalBundle> {
  const { deployment, diagnostics } = await checkBundle(
    folder,
    process.cwd(),
    LOCAL_ENVIRONMENT,
    "stand-in",
  );
  if (!deployment) {
    const lines = diagnostics.map(
      ({ code, message, place }) => `${place?.file}:${place?.line} ${code} ${message}`,
    );
    throw new Error(lines.join("\n"));
  }
  const directory = await mkdtemp(join(tmpdir(), "espalier-bundle-"));
  const runtime = await LocalRuntime.open({ directory });
  await runtime.deploy(deployment);
  return {
    ...{ runtime, directory },
    async run(input, person = () => undefined) {
      const { workflow } = deployment.plan;
      const { id } = await runtime.startRun({ workflow, input, principal: REQUESTER });
      return follow(runtime, id, person);
    },
    async close() {
      await runtime.close();
      await rm(directory, { recursive: true, force: true, maxRetries: 10 });
    },
  };
}

async function follow(runtime: LocalRuntime, id: string, person: Person): Promise<RunDetail> {
  const seen = new Set<string>();
  const giveUpAt = Date.now() + GIVE_UP_MS;
  for (;;) {
    const run = await runtime.run(id);
    if (run.status !== "RUNNING") return run;
    for (const approval of run.waitingFor.filter((each) => !seen.has(each))) {
      const said = person(await runtime.approval(approval));
      if (!said) return run;
      seen.add(approval);
      await runtime.decide(approval, said);
    }
    if (Date.now() > giveUpAt) throw new Error(`${id} has not ended: ${JSON.stringify(run)}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
