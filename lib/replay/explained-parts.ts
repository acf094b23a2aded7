/** What a bundle is made of, as facts that stand beside a run's own. */
import type { Plan, PlannedFunction } from "../compiler/plan.ts";
import { digestOfJson } from "../runtime/canonical-json.ts";
import type { Json } from "../runtime/json.ts";
import type { RetrieveDocument } from "../runtime/knowledge/retrieve-document.ts";

/** What one bundle is made of. */
export interface ExplainedBundle {
  readonly plan: Plan;
  /** Digest of the compiled code, by entry. */
  readonly code: ReadonlyMap<string, string>;
  /** Digest of each file of its components, by `components/CATEGORY/ALIAS/PATH`. */
  readonly files: ReadonlyMap<string, string>;
}

export interface Fact {
  readonly name: string;
  readonly value: string;
}

export type Parts = Readonly<
  Record<
    "code" | "models" | "permissions" | "prompts" | "tools" | "contracts" | "knowledge",
    readonly Fact[]
  >
>;

export function partsOf({ plan, code, files }: ExplainedBundle): Parts {
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
      each.kind === "retrieve" ? corpus(each.name, each.document, files) : [],
    ),
  };
}

/** Documents that are named one by one. */
const NAMED = 20;
/** Of a corpus, what is no document. */
const ABOUT = new Set(["component.yaml", "knowledge.yaml", "chunks.json"]);

function corpus(
  step: string,
  { knowledge, version, digest, chunks }: RetrieveDocument,
  files: ReadonlyMap<string, string>,
): Fact[] {
  const folder = chunks.slice(0, chunks.lastIndexOf("/") + 1);
  const documents = [...files]
    .filter(([path]) => path.startsWith(folder) && !ABOUT.has(path.slice(folder.length)))
    .sort(byName);
  const cut = files.get(chunks);
  return [
    fact(`corpus of ${step}`, `${knowledge} ${version}, ${digest}`),
    ...(cut === undefined ? [] : [fact("as it was cut", cut)]),
    ...documents.slice(0, NAMED).map(([path, each]) => fact(path.slice(folder.length), each)),
    ...(documents.length > NAMED
      ? [fact("and more documents", `${documents.length - NAMED}, in the digest of the corpus`)]
      : []),
  ];
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

/** The digest's first 16 digits: enough to tell versions apart on a page. */
export function short(value: unknown): string {
  return digestOfJson(JSON.parse(JSON.stringify(value)) as Json).slice(0, "sha256:".length + 16);
}

function byName([a]: readonly [string, unknown], [b]: readonly [string, unknown]): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

export function fact(name: string, value: string): Fact {
  return { name, value };
}
