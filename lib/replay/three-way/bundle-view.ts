/** What the steps of a bundle say, and what each of them stands on. */
import { BUNDLE_OWNER, type Part, partKey } from "../../bundle/lock/part.ts";
import { objectOf } from "../../bundle/lock/part-value.ts";
import { ORDER } from "../../bundle/lock/step-parts.ts";
import type { Plan } from "../../compiler/plan.ts";
import type { Json, JsonObject } from "../../runtime/json.ts";

export interface BundleView {
  readonly plan: Plan;
  /** By `partKey`. Empty where a bundle was kept without its sources. */
  readonly parts: ReadonlyMap<string, Part>;
}

export function bundleView(plan: Plan, parts: readonly Part[]): BundleView {
  return { plan, parts: new Map(parts.map((part) => [partKey(part), part])) };
}

/** A step without the steps inside of it; undefined if there is no such step. */
export function stepIn({ parts }: BundleView, id: string): JsonObject | undefined {
  const part = parts.get(partKey({ owner: BUNDLE_OWNER, kind: "step", name: id }));
  return part && objectOf(part.value);
}

/** The structures around a step, the outermost first. */
export function around({ plan }: BundleView, id: string): readonly string[] {
  const found: string[] = [];
  const parentOf = (step: string) => plan.steps.find((each) => each.id === step)?.parent ?? null;
  for (let at = parentOf(id); at !== null; at = parentOf(at)) found.unshift(at);
  return found;
}

/**
 * Which way a switch has gone, by the steps that it entered: its condition, or `otherwise`. Steps that
 * only set data leave nothing in a history: without any, it is the one way that has no others.
 */
export function branchOf(view: BundleView, id: string, entered: readonly string[]): string {
  const ways = stepIn(view, id)?.switch;
  const order = view.parts.get(partKey({ owner: BUNDLE_OWNER, kind: "graph", name: ORDER }));
  const inside = listsInside(order?.value, id) ?? [];
  const isSilent = (name: string) =>
    view.plan.steps.some((step) => step.id === name && step.kind === "set");
  const fits = (list: Json) =>
    entered.length === 0
      ? namesIn(list).every(isSilent)
      : namesIn(list).some((name) => entered.includes(name));
  const [at = -1, ...others] = inside.flatMap((list, index) => (fits(list) ? [index] : []));
  if (at < 0 || (entered.length === 0 && others.length > 0)) return "none";
  const way = Array.isArray(ways) ? objectOf(ways[at]) : {};
  if (typeof way.when === "string") return `when ${way.when.replace(/^\{%\s*|\s*%\}$/g, "")}`;
  return "otherwise" in way ? "otherwise" : entered.join(", ");
}

/** In the order of steps, a step with others inside is `[id, list, …]`, any other its id. */
function listsInside(order: Json | undefined, id: string): readonly Json[] | undefined {
  if (!Array.isArray(order)) return undefined;
  const [first, ...lists] = order;
  if (first === id) return lists;
  for (const each of order) {
    const found = listsInside(each, id);
    if (found) return found;
  }
  return undefined;
}

function namesIn(order: Json): readonly string[] {
  if (typeof order === "string") return [order];
  return Array.isArray(order) ? order.flatMap(namesIn) : [];
}

/** Everything that a step names, directly or through its agent. */
export interface Named {
  /** Files of the bundle. */
  readonly paths: ReadonlySet<string>;
  /** Components: `models.reader`; of toolsets, the tools. */
  readonly components: ReadonlyMap<string, ReadonlySet<string> | null>;
}

const COMPONENTS: Readonly<Record<string, string>> = {
  model: "models",
  retrieve: "knowledge",
  memory: "memory",
};

export function namedBy(view: BundleView, id: string): Named {
  const paths = new Set<string>();
  const components = new Map<string, ReadonlySet<string> | null>();
  const visit = (value: Json | undefined): void => {
    if (Array.isArray(value)) for (const item of value) visit(item);
    for (const [key, member] of Object.entries(objectOf(value))) {
      if (key === "tools" && typeof member === "object" && member !== null) {
        for (const [alias, tools] of Object.entries(member)) {
          if (Array.isArray(tools)) components.set(`toolsets.${alias}`, new Set(tools.map(String)));
        }
      }
      if (typeof member !== "string") {
        visit(member);
        continue;
      }
      const category = COMPONENTS[key];
      const [, alias = "", path = ""] = /^([a-z][a-z0-9-]*)\/(.+)$/.exec(member) ?? [];
      if (category !== undefined) components.set(`${category}.${member}`, null);
      else if (view.parts.has(`prompts.${alias} prompt ${path}.md`)) {
        components.set(`prompts.${alias}`, new Set([`${path}.md`]));
      } else if (!paths.has(member)) {
        const part = FILES.map((kind) => view.parts.get(`bundle ${kind} ${member}`)).find(Boolean);
        if (part === undefined) continue;
        paths.add(member);
        if (part.kind === "agent") visit(part.value);
      }
    }
  };
  visit(stepIn(view, id));
  return { paths, components };
}

const FILES = ["code", "agent", "approval", "prompt", "contract", "file"];

/** A value that an expression takes, and what of it: `$classify.unclear`. */
export interface Taken {
  readonly name: string;
  readonly path: readonly string[];
}

/** What the expressions in a value take. */
export function takenIn(value: Json | undefined): readonly Taken[] {
  if (typeof value === "string") return value.startsWith("{%") ? takenBy(value) : [];
  if (Array.isArray(value)) return value.flatMap(takenIn);
  return Object.values(objectOf(value)).flatMap(takenIn);
}

function takenBy(code: string): readonly Taken[] {
  return [...code.matchAll(/\$([A-Za-z_]\w*)((?:\.[A-Za-z_]\w*(?!\w*\())*)/g)].map(
    ([, name = "", path = ""]) => ({ name, path: path.split(".").slice(1) }),
  );
}

/** Names of the configuration that a step reads; all, where it takes it as a whole. */
export function configRead(taken: readonly Taken[]): ReadonlySet<string> | "all" {
  const read = taken.filter(({ name }) => name === "config");
  if (read.some(({ path }) => path.length === 0)) return "all";
  return new Set(read.map(({ path }) => path[0] ?? ""));
}
