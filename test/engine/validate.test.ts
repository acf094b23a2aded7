import { expect, it } from "vitest";
import { checkDefinition } from "../../lib/engine/index.ts";

const pass = { Type: "Pass", End: true };
const machine = (states: object, more: object = {}) => ({
  QueryLanguage: "JSONata",
  StartAt: "A",
  States: states,
  ...more,
});

it.each<[string, object | string, string[]]>([
  ["no JSON", "{", ["INVALID_JSON_DESCRIPTION"]],
  ["no states", { StartAt: "A" }, ["Field 'States' is required"]],
  [
    "an unknown type",
    machine({ A: { Type: "Dance", End: true } }),
    ["Permitted values: [Pass, Task"],
  ],
  [
    "a missing target",
    machine({ A: { Type: "Pass", Next: "B" } }),
    ["MISSING_TRANSITION_TARGET: Missing 'Next' target: B at /States/A/Next", "MISSING_END_STATE"],
  ],
  [
    "a missing start",
    machine({ B: pass }),
    ["Missing 'Next' target: A at /StartAt", 'State "B" is not reachable. at /States/B'],
  ],
  [
    "no end",
    machine({ A: { Type: "Pass", Next: "A" } }),
    ["MISSING_END_STATE: Workflow has no terminal state"],
  ],
  [
    "both Next and End",
    machine({ A: { ...pass, Next: "A" } }),
    ["Only one of the fields [Next, End]"],
  ],
  [
    "an unsupported field",
    machine({ A: { ...pass, Catch: [] } }),
    ["Field 'Catch' is not supported at /States/A"],
  ],
  [
    "JSONPath fields in JSONata",
    machine({ A: { ...pass, ResultPath: "$.x" } }),
    [
      "The QueryLanguage is set to 'JSONata', but field 'ResultPath' is only supported for the 'JSONPath' QueryLanguage",
    ],
  ],
  [
    "JSONata fields in JSONPath",
    { StartAt: "A", States: { A: { ...pass, Output: 1 } } },
    ["but field 'Output' is only supported for the 'JSONata'"],
  ],
  [
    "JSONPath under JSONata",
    machine({ A: { ...pass, QueryLanguage: "JSONPath" } }),
    ["'QueryLanguage' can not be 'JSONPath' if set to 'JSONata' for whole state machine"],
  ],
  [
    "an expression that does not parse",
    machine({ A: { ...pass, Output: "{% 1 + %}" } }),
    ["INVALID_JSONATA_EXPRESSION: Unexpected end of expression at /States/A/Output"],
  ],
  [
    "a bare name",
    machine({ A: { ...pass, Output: { v: "{% phone %}" } } }),
    [
      "UNSUPPORTED_JSONATA_EXPRESSION: Reference to 'phone' at the top level is not supported. at /States/A/Output/v",
    ],
  ],
  [
    "an outer variable assigned inside",
    machine({
      A: {
        Type: "Parallel",
        Assign: { x: 1 },
        Branches: [{ StartAt: "B", States: { B: { ...pass, Assign: { x: 2 } } } }],
        End: true,
      },
    }),
    ["Variable 'x' is already assigned in an outer scope"],
  ],
  [
    "States.ALL before the end",
    machine({
      A: {
        Type: "Task",
        Resource: "r",
        Retry: [{ ErrorEquals: ["States.ALL"] }, { ErrorEquals: ["E"] }],
        End: true,
      },
    }),
    ["States.ALL must appear alone and at end of list"],
  ],
])("a definition with %s is refused", (_, definition, messages) => {
  const text = typeof definition === "string" ? definition : JSON.stringify(definition);
  const { problems } = checkDefinition(text);
  const all = problems
    .map(({ code, message, location }) => `${code}: ${message} at ${location}`)
    .join("\n");
  for (const message of messages) expect(all).toContain(message);
});

it("accepts what it should", () => {
  const definition = machine({
    A: {
      Type: "Map",
      Items: [1],
      ItemProcessor: {
        StartAt: "B",
        States: { B: { ...pass, Output: "{% $states.input.(a + b) %}" } },
      },
      End: true,
    },
  });
  expect(checkDefinition(JSON.stringify(definition)).problems).toEqual([]);
});
