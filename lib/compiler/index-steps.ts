/** Everything in a manifest by name: where it is defined, what is around it, what expressions read. */
import { expressionCode, isExpression } from "../manifest/expression.ts";
import type { Json, Manifest, Step } from "../manifest/manifest.ts";
import type { Path } from "../manifest/source.ts";
import type { ExpressionParser } from "./expression/parse.ts";

/** A list of steps within a step: a case, a branch, a body, a catch. */
export interface Container {
  readonly step: Step;
  readonly path: Path;
  readonly kind: "case" | "branch" | "map" | "repeat" | "catch";
  /** How a person would name it: `case 2`, `branch "left"`. */
  readonly label: string;
}

export interface Definition {
  readonly name: string;
  /** The step of that name, or the map whose item it names. */
  readonly step: Step;
  readonly item: boolean;
  readonly path: Path;
  /** Outermost first. */
  readonly containers: readonly Container[];
}

export interface Index {
  readonly names: ReadonlyMap<string, Definition>;
  /** All steps, in the manifest's order. */
  readonly steps: readonly Definition[];
  readonly byStep: ReadonlyMap<Step, Definition>;
  /** Names that some expression reads or binds. */
  readonly read: ReadonlySet<string>;
}

/** Lists of steps within a step, with their place in the manifest. */
export function listsOf(
  step: Step,
  path: Path,
): readonly {
  readonly container: Container;
  readonly steps: readonly Step[];
  readonly path: Path;
}[] {
  const list = (kind: Container["kind"], label: string, steps: readonly Step[], at: Path) => ({
    container: { step, path, kind, label },
    steps,
    path: [...path, ...at],
  });
  const own = () => {
    switch (step.kind) {
      case "switch":
        return step.switch.map((way, i) =>
          "when" in way
            ? list("case", `case ${i + 1}`, way.steps, ["switch", i, "steps"])
            : list("case", '"otherwise"', way.otherwise, ["switch", i, "otherwise"]),
        );
      case "parallel":
        return Object.entries(step.parallel).map(([name, steps]) =>
          list("branch", `branch "${name}"`, steps, ["parallel", name]),
        );
      case "map":
        return [list("map", "the map", step.steps, ["steps"])];
      case "repeat":
        return [list("repeat", "the repeat", step.steps, ["steps"])];
      default:
        return [];
    }
  };
  const catches = "catch" in step ? step.catch : [];
  const caught = catches.flatMap((clause, i) =>
    "steps" in clause ? [list("catch", "the catch", clause.steps, ["catch", i, "steps"])] : [],
  );
  return [...own(), ...caught];
}

/** Calls back for each expression in a value. */
export function eachExpression(
  value: Json,
  path: Path,
  found: (code: string, path: Path) => void,
): void {
  if (typeof value === "string") {
    if (isExpression(value)) found(expressionCode(value), path);
  } else if (Array.isArray(value)) {
    for (const [i, item] of value.entries()) eachExpression(item, [...path, i], found);
  } else if (typeof value === "object" && value !== null) {
    for (const [key, item] of Object.entries(value)) eachExpression(item, [...path, key], found);
  }
}

/** Keys of steps in whose values nothing is an expression, or whose steps are visited by themselves. */
const NO_EXPRESSIONS: ReadonlySet<string> = new Set([
  "id",
  "kind",
  "description",
  "steps",
  "parallel",
  "retry",
  "permissions",
  "output",
  "limits",
]);

export function indexSteps(manifest: Manifest, parser: ExpressionParser): Index {
  const names = new Map<string, Definition>();
  const all: Definition[] = [];
  const read = new Set<string>();
  const note = (code: string) => {
    const parsed = parser.parse(code.trim());
    for (const { name } of parsed.uses) read.add(name);
    for (const { name } of parsed.locals) read.add(name);
  };
  const visit = (steps: readonly Step[], path: Path, containers: readonly Container[]): void => {
    for (const [i, step] of steps.entries()) {
      const at = [...path, i];
      const definition = { name: step.id, step, item: false, path: at, containers };
      all.push(definition);
      names.set(step.id, definition);
      const lists = listsOf(step, at);
      for (const { container, steps: inner, path: innerPath } of lists) {
        const within = [...containers, container];
        if (step.kind === "map" && container.kind === "map") {
          names.set(step.as, { name: step.as, step, item: true, path: at, containers: within });
        }
        visit(inner, innerPath, within);
      }
      for (const [key, value] of Object.entries(step)) {
        if (value === undefined) continue;
        if (NO_EXPRESSIONS.has(key)) continue;
        if (key === "switch" && step.kind === "switch") {
          for (const way of step.switch) if ("when" in way) note(way.when.slice(2, -2));
        } else if (key === "catch" && "catch" in step) {
          for (const clause of step.catch) {
            if ("value" in clause) eachExpression(clause.value, [], note);
          }
        } else eachExpression(value as Json, [], note);
      }
    }
  };
  visit(manifest.steps, ["steps"], []);
  return { names, steps: all, byStep: new Map(all.map((one) => [one.step, one])), read };
}
