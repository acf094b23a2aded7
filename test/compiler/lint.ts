/**
 * The States Language linter. Of those on npm, asl-validator 4 sees most in a JSONata machine:
 * expressions that do not parse, fields of the other query language, states that are never reached
 * (amazon-states-language-service 1.16 passes the first two). It is wrong about three things
 * that Step Functions takes, which are made plain for it: empty texts, outputs that are no object, and
 * lists of values within lists.
 */
import { createRequire } from "node:module";
import { isExpression } from "../../lib/manifest/expression.ts";
import type { Json, JsonObject } from "../../lib/runtime/json.ts";

type Validator = (definition: unknown) => {
  readonly isValid: boolean;
  readonly errors: readonly { readonly Message?: string; readonly "Error code": string }[];
};
const validate = createRequire(import.meta.url)("asl-validator") as Validator;

/**
 * Everything the linter has against any of these definitions. It takes a third of a second for each
 * call, however much it is given: so all become branches of one machine, in states of other names.
 */
export function lintAll(definitions: readonly JsonObject[]): readonly string[] {
  const Branches = definitions.map((definition, i) => {
    const { QueryLanguage: _, TimeoutSeconds: __, Comment: ___, ...machine } = definition;
    return renamed(machine, `${i}:`);
  });
  const all = { Type: "Parallel", Branches, End: true };
  return lint({ QueryLanguage: "JSONata", StartAt: "all", States: { all } } as JsonObject);
}

/** Only where names of states stand; data of any name stays as it is. */
function renamed(machine: JsonObject, prefix: string): JsonObject {
  const name = (value: Json | undefined) => `${prefix}${String(value)}`;
  const link = (rule: JsonObject): JsonObject => ({
    ...rule,
    ...(rule.Next !== undefined && { Next: name(rule.Next) }),
    ...(rule.Default !== undefined && { Default: name(rule.Default) }),
  });
  const states = Object.entries(machine.States as JsonObject).map(([key, value]) => {
    const state = link(value as JsonObject);
    for (const list of ["Choices", "Catch"]) {
      if (state[list]) state[list] = (state[list] as JsonObject[]).map(link);
    }
    if (state.Branches) {
      state.Branches = (state.Branches as JsonObject[]).map((one) => renamed(one, prefix));
    }
    if (state.ItemProcessor) {
      state.ItemProcessor = renamed(state.ItemProcessor as JsonObject, prefix);
    }
    return [name(key), state] as const;
  });
  return { ...machine, StartAt: name(machine.StartAt), States: Object.fromEntries(states) };
}

/** Everything the linter has against a definition. */
export function lint(definition: JsonObject): readonly string[] {
  const { errors } = validate(plain(definition, ""));
  return errors.map((error) => `${error["Error code"]} ${error.Message ?? ""}`);
}

function plain(value: Json, key: string): Json {
  if (key === "Output" && !isOutput(value)) return "{% null %}";
  if (value === "") return "-";
  if (Array.isArray(value))
    return value.map((item) => (Array.isArray(item) ? { item: plain(item, "") } : plain(item, "")));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, one]) => [name, plain(one, name)]));
}

const isOutput = (value: Json): boolean =>
  typeof value === "string"
    ? isExpression(value)
    : typeof value === "object" && !Array.isArray(value) && value !== null;
