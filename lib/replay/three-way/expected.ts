/** What somebody expects of a run: the JSON of its output, or `{ output, steps }`. */
import type { Json } from "../../runtime/json.ts";
import { isObject } from "../request-of.ts";
import { type Contents, withContents } from "./artifact-contents.ts";

export interface Expected {
  /** Undefined: nothing is expected of the whole. */
  readonly output: Json | undefined;
  /** By step, or by place (`inspect[2]`): what it gives. */
  readonly steps: ReadonlyMap<string, Json>;
}

/** An output that itself has no other members than `output` and `steps` is written `{ "output": … }`. */
export function readExpected(value: Json): Expected {
  const isWrapped =
    isObject(value) &&
    Object.keys(value).length > 0 &&
    Object.keys(value).every((name) => name === "output" || name === "steps") &&
    (value.steps === undefined || isObject(value.steps));
  if (!isWrapped) return { output: value, steps: new Map() };
  const steps = isObject(value.steps ?? null) ? Object.entries(value.steps as object) : [];
  return { output: value.output, steps: new Map(steps as [string, Json][]) };
}

/** As what is given is compared: with what stands in artifacts in their place. */
export function expectedWith({ output, steps }: Expected, contents: Contents): Expected {
  return {
    output: output === undefined ? undefined : withContents(output, contents),
    steps: new Map([...steps].map(([place, value]) => [place, withContents(value, contents)])),
  };
}
