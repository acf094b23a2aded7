/** Why a name has no value at some place: says what was meant, or where the name lives. */
import { nearest } from "../../manifest/nearest.ts";
import type { SourceMap } from "../../manifest/source.ts";
import type { Container, Definition, Index } from "../index-steps.ts";
import type { Finding } from "./report.ts";

const GLOBALS = ["input", "config", "run", "iteration"] as const;

export function undefinedName(
  name: string,
  here: Definition,
  index: Index,
  visible: readonly string[],
  source: SourceMap,
): Finding {
  const line = (definition: Pick<Definition, "path">) => source.keyPlaceOf(definition.path).line;
  const nowhere: Finding = { code: "ESP304", message: `"$${name}" is not defined here` };
  if (name === "states") {
    return {
      code: "ESP304",
      message: '"$states" is what Step Functions sees, and means something else in each state',
      hint: "Use $input, $run, $config, $iteration and the names of steps; they compile to it.",
    };
  }
  if (name === "error") {
    return {
      ...nowhere,
      hint: '"$error" is the error that a catch caught: only its steps see it.',
    };
  }
  if (name === "event") {
    return { ...nowhere, hint: '"$event" exists only in the input of a trigger.' };
  }
  const definition = index.names.get(name);
  if (definition === undefined) {
    const near = nearest(name, [...visible, ...GLOBALS]) ?? nearest(name, [...index.names.keys()]);
    const list = visible
      .slice(-8)
      .map((one) => `$${one}`)
      .join(", ");
    const known = list === "" ? "No step has run before this place." : `Defined here are ${list}.`;
    return { ...nowhere, hint: near ? `Did you mean "$${near}"?` : known };
  }
  if (definition === here) {
    return { ...nowhere, hint: `"${name}" is this very step: it has no output before it has run.` };
  }
  const around = here.containers.find((container) => container.step.id === name);
  if (around && !definition.item) {
    return {
      ...nowhere,
      hint:
        around.kind === "catch"
          ? `"${name}" has failed where its catch runs. What it failed with is "$error".`
          : `"${name}" is the ${around.step.kind} around this place: it has no result before it ends.`,
    };
  }
  const inside = definition.containers.find((container) => !here.containers.includes(container));
  if (inside) return livesInside(name, inside, line(inside), nowhere);
  return { ...nowhere, hint: `"${name}" comes later (line ${line(definition)}).` };
}

function livesInside(
  name: string,
  { kind, step, label }: Container,
  line: number,
  nowhere: Finding,
): Finding {
  const everyPath: Finding = { code: "ESP305", message: `"$${name}" is not defined on every path` };
  switch (kind) {
    case "map":
      return {
        ...nowhere,
        hint: `"${name}" lives inside the map "${step.id}" (line ${line}). Its results are the list "$${step.id}".`,
      };
    case "repeat":
      return {
        ...nowhere,
        hint: `"${name}" lives inside the repeat "${step.id}" (line ${line}). The result of its last round is "$${step.id}".`,
      };
    case "branch": {
      const branch = label.slice(label.indexOf('"') + 1, -1);
      return {
        ...nowhere,
        hint: `"${name}" lives in ${label} of the parallel "${step.id}" (line ${line}); what that branch yields is "$${step.id}.${branch}", once all have ended.`,
      };
    }
    case "case":
      return {
        ...everyPath,
        hint: `Only the path through ${label} of the switch "${step.id}" (line ${line}) defines it. What the taken case yields is "$${step.id}".`,
      };
    case "catch":
      return {
        ...everyPath,
        hint: `Only the path through a catch of "${step.id}" (line ${line}) defines it. What the catch yields is "$${step.id}".`,
      };
    default:
      return kind satisfies never;
  }
}
