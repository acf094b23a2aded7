/** The eight questions that must be answerable for every run, answered from what is stored of it. */
import type { Plan, PlannedFunction } from "../compiler/plan.ts";
import type { Approval } from "../runtime/approval/approval.ts";
import { digestOfJson } from "../runtime/canonical-json.ts";
import type { RunRecord } from "../runtime/control.ts";
import type { Json, JsonObject } from "../runtime/json.ts";
import type { AuditVerdict } from "../runtime/verify-audit.ts";

/** What one bundle is made of. */
export interface ExplainedBundle {
  readonly plan: Plan;
  /** Digest of the compiled code, by entry. */
  readonly code: ReadonlyMap<string, string>;
}

export interface StoredFacts {
  readonly run: RunRecord;
  readonly bundle: ExplainedBundle;
  /** What the run got as `$config`. */
  readonly config: JsonObject;
  readonly approvals: readonly Approval[];
  readonly audit: readonly AuditVerdict[];
  /** Another bundle, to say what is different in it. */
  readonly against: { readonly name: string; readonly bundle: ExplainedBundle } | null;
}

export interface Answer {
  readonly question: string;
  /** In an order that does not depend on when it is asked. */
  readonly facts: readonly Fact[];
  /** What is said where there is no fact. */
  readonly none: string;
}

export interface Fact {
  readonly name: string;
  readonly value: string;
}

/** Pure: the same facts give the same eight answers, in the order of the questions. */
export function explainRun({
  run,
  bundle,
  config,
  approvals,
  audit,
  against,
}: StoredFacts): readonly Answer[] {
  const parts = partsOf(bundle);
  const answer = (question: string, facts: readonly Fact[], none: string) => {
    return { question, facts, none };
  };
  return [
    answer("What exactly ran?", [...whatRan(run), ...parts.code, ...parts.models], ""),
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
      [...approvals.flatMap(decided), ...audit.map(audited)],
      "None: nobody was asked.",
    ),
    answer("Against which tests?", [], "None recorded for this digest."),
    answer(
      "What changed between this run and another bundle?",
      against === null ? [] : changes(parts, against),
      against === null
        ? "Name another run with --against."
        : `Nothing: ${against.name} is made of the same parts.`,
    ),
  ];
}

function whatRan(run: RunRecord): Fact[] {
  return [
    fact("workflow", `${run.workflow} ${run.version}`),
    fact("bundle", run.digest),
    fact("run", `${run.id}, ${run.status}`),
    fact("from", `${run.startedAt} to ${run.endedAt ?? "now"}`),
  ];
}

type Parts = Readonly<
  Record<
    "code" | "models" | "permissions" | "prompts" | "tools" | "contracts" | "knowledge" | "graph",
    readonly Fact[]
  >
>;

/** Everything that a bundle's digest stands for, under names that stay the same between bundles. */
function partsOf({ plan, code }: ExplainedBundle): Parts {
  const { functions, handlers = {}, contracts } = plan;
  const thinking = functions.filter((each) => each.kind === "agent" || each.kind === "model");
  const prompted = functions.filter((each) => "document" in each && "prompt" in each.document);
  const tools = functions.flatMap((each) => (each.kind === "agent" ? each.document.tools : []));
  return {
    code: [...code].sort(byName).map(([entry, digest]) => fact(`code ${entry}`, digest)),
    models: thinking.map(({ name, document: { model } }) =>
      fact(`model of ${name}`, `${model.component} ${model.version}, ${short(model)}`),
    ),
    permissions: functions.map((each) => fact(`function ${each.name}`, permitted(each))),
    prompts: prompted.map((each) => fact(`prompt of ${each.name}`, promptDigest(each))),
    tools: tools.map(({ name, effect, input, output, mcp }) => {
      const pinned = mcp === null ? "" : `, pinned ${mcp.digest}`;
      return fact(`tool ${name}`, `${effect}, ${short({ input, output })}${pinned}`);
    }),
    contracts: [
      fact("contract of the run", short(contracts)),
      ...Object.entries(handlers)
        .sort(byName)
        .map(([name, contract]) => fact(`contract of ${name}`, short(contract))),
    ],
    knowledge: functions.flatMap((each) =>
      each.kind === "retrieve"
        ? [
            fact(
              `corpus of ${each.name}`,
              `${each.document.knowledge} ${each.document.version}, ${each.document.digest}`,
            ),
          ]
        : [],
    ),
    graph: [fact("graph", short(plan.definition))],
  };
}

function permitted({ effect, permissions }: PlannedFunction): string {
  const all = permissions.map(
    ({ actions, resources }) => `${actions.join(", ")} on ${resources.join(", ")}`,
  );
  return `${effect}; ${all.join("; ") || "no permissions of its own"}`;
}

function promptDigest(each: PlannedFunction): string {
  return "document" in each && "prompt" in each.document ? short(each.document.prompt) : "";
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

function audited({ entries, problems, last }: AuditVerdict): Fact {
  const end = last === null ? "" : `, last ${last.digest}`;
  return fact(
    "audit",
    problems.length === 0
      ? `${entries} entries, chain verified${end}`
      : `NOT as it was written: ${problems.map(({ message }) => message).join(" ")}`,
  );
}

function changes(own: Parts, against: NonNullable<StoredFacts["against"]>): Fact[] {
  const before = byNames(own);
  const after = byNames(partsOf(against.bundle));
  const names = [...new Set([...before.keys(), ...after.keys()])];
  return names.flatMap((name) => {
    const [here, there] = [before.get(name), after.get(name)];
    if (here === there) return [];
    if (there === undefined) return [fact(name, "only in this run")];
    if (here === undefined) return [fact(name, `only in ${against.name}`)];
    return [fact(name, `${here} became ${there}`)];
  });
}

/** Several tools of one name stand together. */
function byNames(parts: Parts): Map<string, string> {
  const found = new Map<string, string>();
  for (const { name, value } of Object.values(parts).flat()) {
    const known = found.get(name);
    found.set(name, known === undefined || known === value ? value : `${known}, ${value}`);
  }
  return found;
}

/** The digest's first 16 digits: enough to tell versions apart on a page. */
function short(value: unknown): string {
  return digestOfJson(JSON.parse(JSON.stringify(value)) as Json).slice(0, "sha256:".length + 16);
}

function byName([a]: readonly [string, unknown], [b]: readonly [string, unknown]): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function fact(name: string, value: string): Fact {
  return { name, value };
}
