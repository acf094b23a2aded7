import { SUBMIT } from "../../runtime/agent/agent-state.ts";
import type { JournalEntry } from "../../runtime/agent/journal-entry.ts";
import type { Control } from "../../runtime/control.ts";
import type { AgentJournal } from "../../runtime/trace/run-journals.ts";
import { usageOfRun } from "../../runtime/trace/usage.ts";
import type { Output } from "../output.ts";
import { oneLine } from "../runs/step-text.ts";
import { answeredText } from "../runs/usage-text.ts";
import { safeText } from "../text/safe-text.ts";
import type { ReviewReport } from "./review-report.ts";

type Decision = ReviewReport["decisions"][number];
type Claim = NonNullable<Decision["claim"]>;

/** Step of the workflow that is the agent. */
const AGENT = "claim";
const LABEL = 10;
const MOST_LISTED = 12;

interface Looked {
  readonly journal: AgentJournal;
  /** `name@version` */
  readonly component: string;
  readonly claim: Claim | null;
}

/** What the agent did: one verified claim and one that was not, turn by turn; the others in a line. */
export async function printAgent(
  out: Output,
  control: Control,
  run: string,
  { decisions }: Pick<ReviewReport, "decisions">,
): Promise<void> {
  const { steps } = await control.journals(run);
  const components = await componentsOf(control, run);
  const claims = new Map(decisions.map(({ component, claim }) => [component, claim]));
  const all = steps.flatMap((journal): Looked[] => {
    if (journal.kind !== "agent" || journal.step !== AGENT) return [];
    const component = components.get(journal.iteration) ?? "?";
    return [{ journal, component, claim: claims.get(component) ?? null }];
  });
  if (all.length === 0) {
    out.line("  Code has settled every package: nothing was left for the agent.");
    return;
  }
  out.line(`  Code left ${all.length} packages unclear; an agent looked into each.`);
  out.line(out.color.yellow(`  Answered by ${answeredText(usageOfRun({ steps }))}.`));
  const shown = [
    all.find(({ claim }) => claim?.isVerified === true),
    all.find(({ claim }) => claim?.isVerified === false),
  ].filter((one) => one !== undefined);
  for (const one of shown) printOne(out, one);
  const others = all.filter((one) => !shown.includes(one));
  if (others.length > 0) out.line();
  for (const { component, claim } of others.slice(0, MOST_LISTED)) {
    out.line(`  ${oneLine(`${component}: ${inShort(claim)}`, out.width - 2)}`);
  }
  if (others.length > MOST_LISTED) out.line(`  and ${others.length - MOST_LISTED} more`);
}

function printOne(out: Output, { component, journal, claim }: Looked): void {
  const line = (label: string, text: string) =>
    out.line(`    ${label.padEnd(LABEL)}${oneLine(text, out.width - LABEL - 4)}`);
  out.line();
  out.line(`  ${out.color.bold(safeText(component))}`);
  for (const entry of journal.entries) {
    if (entry.kind === "model") line(`turn ${entry.turn}`, callsText(entry));
  }
  if (!claim) return;
  line("claims", `${claim.expression ?? "no licence"}, by ${claim.path ?? "no file"}`);
  if (claim.quote !== "") line("", `"${claim.quote}"`);
  const paint = claim.isVerified ? out.color.green : out.color.yellow;
  const verdict = claim.isVerified ? "verified" : "not verified";
  const why = oneLine(claim.why, out.width - LABEL - 6 - verdict.length);
  out.line(`    ${"code".padEnd(LABEL)}${paint(verdict)}: ${why}`);
}

/** `read_file LICENSE, README.md`: tools with the paths that they were given. */
function callsText({ content }: Extract<JournalEntry, { kind: "model" }>): string {
  const calls = new Map<string, string[]>();
  for (const block of content) {
    if (!("toolUse" in block)) continue;
    const { name, input } = block.toolUse;
    if (name === SUBMIT) return SUBMIT;
    const path = typeof input === "object" && input !== null && "path" in input ? input.path : "";
    calls.set(name, [...(calls.get(name) ?? []), ...(typeof path === "string" ? [path] : [])]);
  }
  return [...calls].map(([name, paths]) => `${name} ${paths.join(", ")}`.trim()).join("; ");
}

function inShort(claim: Claim | null): string {
  if (!claim) return "no claim";
  const verdict = claim.isVerified ? "verified" : `not verified, ${claim.why}`;
  return `${claim.expression ?? "no licence"}, ${verdict}`;
}

/** Which package each call of the agent was for, by its iteration: the run's history has it. */
async function componentsOf(control: Control, run: string): Promise<ReadonlyMap<string, string>> {
  const components = new Map<string, string>();
  for await (const event of control.history(run)) {
    const { taskScheduledEventDetails: details } = event as {
      readonly taskScheduledEventDetails?: { readonly parameters?: string };
    };
    if (!details?.parameters?.includes(`"${AGENT}"`)) continue;
    const { Payload } = JSON.parse(details.parameters) as { readonly Payload?: Payload };
    if (Payload?.step?.id !== AGENT || !Payload.input?.package) continue;
    const { name, version } = Payload.input.package;
    components.set(Payload.step.iteration, `${name}@${version}`);
  }
  return components;
}

interface Payload {
  readonly step?: { readonly id: string; readonly iteration: string };
  readonly input?: { readonly package?: { readonly name: string; readonly version: string } };
}
