/** The eight questions that must be answerable for every run, answered from what is stored of it. */
import type { Change } from "../bundle/index.ts";
import type { Approval } from "../runtime/approval/approval.ts";
import { digestOfJson } from "../runtime/canonical-json.ts";
import type { RunRecord } from "../runtime/control.ts";
import type { JsonObject } from "../runtime/json.ts";
import type { Repair } from "../runtime/repair/repair.ts";
import type { AuditVerdict } from "../runtime/verify-audit.ts";
import { type ExplainedBundle, type Fact, fact, partsOf, short } from "./explained-parts.ts";

/** The last test of a bundle. */
export interface ExplainedTest {
  /** ISO 8601. */
  readonly at: string;
  /** Whether every threshold was met, and which were not. */
  readonly isMet: boolean;
  readonly unmet: readonly string[];
  readonly scenarios: readonly { readonly name: string; readonly verdict: string }[];
}

export interface StoredFacts {
  readonly run: RunRecord;
  readonly bundle: ExplainedBundle;
  /** What the run got as `$config`. */
  readonly config: JsonObject;
  /** What it goes on from; null: from no other run. */
  readonly repair: Repair | null;
  readonly approvals: readonly Approval[];
  readonly audit: readonly AuditVerdict[];
  /** Of a run that ran elsewhere: where, and when it was brought here and its audit looked at. */
  readonly pulled: { readonly environment: string; readonly at: string } | null;
  /** Null: none is recorded. */
  readonly test: ExplainedTest | null;
  /** What is different in another bundle. */
  readonly against: { readonly name: string; readonly changes: readonly Change[] } | null;
}

export interface Answer {
  readonly question: string;
  /** In an order that does not depend on when it is asked. */
  readonly facts: readonly Fact[];
  /** What is said where there is no fact. */
  readonly none: string;
}

/** Pure: the same facts give the same eight answers, in the order of the questions. */
export function explainRun({
  run,
  bundle,
  config,
  repair,
  approvals,
  audit,
  pulled,
  test,
  against,
}: StoredFacts): readonly Answer[] {
  const parts = partsOf(bundle);
  const answer = (question: string, facts: readonly Fact[], none: string) => {
    return { question, facts, none };
  };
  return [
    answer(
      "What exactly ran?",
      [...whatRan(run, bundle, pulled), ...repairedFrom(repair), ...parts.code, ...parts.models],
      "",
    ),
    answer("Under whose permissions?", [fact("asked by", run.principal), ...parts.permissions], ""),
    answer(
      "Against which customer and environment configuration?",
      [
        fact("environment", run.environment),
        fact("customer", run.customer ?? "none"),
        fact("configuration", digestOfJson(config)),
        ...Object.entries(config).map(([name, value]) => fact(name, JSON.stringify(value))),
      ],
      "",
    ),
    answer(
      "With which prompt and tool contracts?",
      [...parts.prompts, ...parts.tools, ...parts.contracts],
      "No prompt, tool or contract: it had none.",
    ),
    answer("With which retrieval corpus?", parts.knowledge, "None: no step retrieves."),
    answer(
      "With which human approvals?",
      [...approvals.flatMap(decided), ...audit.map((each) => audited(each, pulled))],
      "None: nobody was asked.",
    ),
    answer(
      "Against which tests?",
      test === null ? [] : tested(test),
      "None recorded for this digest.",
    ),
    answer(
      "What changed between this run and another bundle?",
      against === null ? [] : against.changes.map(changed),
      against === null
        ? "Name another bundle, or a run, with --against."
        : `Nothing: ${against.name} is made of the same parts.`,
    ),
  ];
}

function whatRan(run: RunRecord, { plan }: ExplainedBundle, pulled: StoredFacts["pulled"]): Fact[] {
  return [
    fact("workflow", `${run.workflow} ${run.version}`),
    fact("bundle", run.digest),
    fact("compiled by", plan.espalier ? `Espalier ${plan.espalier}` : "not recorded"),
    fact("graph", short(plan.definition)),
    fact("run", `${run.id}, ${run.status}`),
    fact("from", `${run.startedAt} to ${run.endedAt ?? "now"}`),
    ...(pulled ? [fact("pulled", `from ${pulled.environment} at ${pulled.at}`)] : []),
  ];
}

function repairedFrom(repair: Repair | null): Fact[] {
  if (repair === null) return [];
  const { of, step, iteration, by, reason, changed, document } = repair;
  const place = `${step}${iteration === "" ? "" : `[${iteration}]`}`;
  const input = changed.length === 0 ? "" : `, given another ${changed.join(", ")}`;
  return [
    fact("goes on from", `${of.id}, at ${place}${input}`),
    fact("repaired by", `${by}: ${reason}`),
    fact("repair", document.$artifact),
  ];
}

function decided(approval: Approval): Fact[] {
  const { step, iteration, id, decision, status, level, levels, evidenceDigest, votes } = approval;
  const name = `${step}${iteration === "" ? "" : `[${iteration}]`}`;
  const reason = decision?.reason ? `: ${decision.reason}` : "";
  const said = decision
    ? `${decision.verdict} by ${decision.by} at ${decision.at}${reason}`
    : `${status}, decided by nobody`;
  const more = votes
    .filter(({ by }) => by !== decision?.by)
    .map(({ verdict, by, at }) => fact(`${name} vote`, `${verdict} by ${by} at ${at}`));
  return [
    fact(name, said),
    ...more,
    fact(`${name} level`, `${level} of ${levels}, approval ${id}`),
    fact(`${name} evidence`, evidenceDigest),
  ];
}

/** Of a pulled run, the chain stayed where it is: what is told is what a look at it has found. */
function audited({ entries, problems, last }: AuditVerdict, pulled: StoredFacts["pulled"]): Fact {
  const seen = pulled ? `, seen in ${pulled.environment} at ${pulled.at}` : "";
  const end = last === null ? seen : `, last ${last.digest}${seen}`;
  return fact(
    "audit",
    problems.length === 0
      ? `${entries} entries, chain verified${end}`
      : `NOT as it was written: ${problems.map(({ message }) => message).join(" ")}`,
  );
}

function tested({ at, isMet, unmet, scenarios }: ExplainedTest): Fact[] {
  const passed = scenarios.filter(({ verdict }) => verdict === "passed").length;
  return [
    fact("last tested", at),
    fact("scenarios", `${passed} of ${scenarios.length} passed`),
    fact("thresholds", isMet ? "all met" : `NOT met: ${unmet.join("; ")}`),
    ...scenarios
      .filter(({ verdict }) => verdict !== "passed")
      .map(({ name, verdict }) => fact(name, verdict)),
  ];
}

/** Words of a change that are told; the rest is for a comparison of bundles. */
const SAID = 3;

function changed({ owner, kind, name, change, compatible, says, text }: Change): Fact {
  const fits = compatible === null ? "" : compatible ? ", compatible" : ", breaking";
  const more = says.length > SAID ? [`and ${says.length - SAID} more`] : [];
  const lines = text === null ? [] : [linesChanged(text)];
  const said = [...says.slice(0, SAID), ...more, ...lines].join("; ");
  const whose = owner === "bundle" ? "" : `${owner} `;
  return fact(`${whose}${kind} ${name}`, `${change}${fits}${said === "" ? "" : `: ${said}`}`);
}

/** Of a unified diff: `+2 -1 lines`. */
function linesChanged(text: string): string {
  const lines = text.split("\n").filter((line) => !/^(\+\+\+|---) /.test(line));
  const count = (sign: string) => lines.filter((line) => line.startsWith(sign)).length;
  return `+${count("+")} -${count("-")} lines`;
}
