/**
 * Checks a definition as CreateStateMachine does, before anything is stored: its form, its
 * transitions, its query languages and whether its expressions parse.
 * https://docs.aws.amazon.com/step-functions/latest/apireference/API_ValidateStateMachineDefinition.html
 */
import { isObject, type Json, type JsonObject } from "./json.ts";
import type { StateType } from "./machine.ts";
import { checkExpressions } from "./validate-expressions.ts";
import { FIELDS, LANGUAGE_FIELDS, type Problem, REQUIRED } from "./validate-fields.ts";
import { checkTransitions } from "./validate-graph.ts";

/** AWS refuses definitions over 1 MiB. */
const DEFINITION_LIMIT = 1_048_576;

export type { Problem } from "./validate-fields.ts";

/** Parses a definition's text; problems are all that is wrong with it, none if it may run. */
export function checkDefinition(text: string): { definition: JsonObject; problems: Problem[] } {
  if (Buffer.byteLength(text) > DEFINITION_LIMIT) {
    return { definition: {}, problems: [schema("Definition is longer than 1048576 bytes", "")] };
  }
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    return {
      definition: {},
      problems: [{ code: "INVALID_JSON_DESCRIPTION", message, location: "" }],
    };
  }
  if (!isObject(parsed)) {
    return { definition: {}, problems: [schema("The definition must be a JSON object", "")] };
  }
  const problems: Problem[] = [];
  const language = parsed.QueryLanguage ?? "JSONPath";
  if (language !== "JSONata" && language !== "JSONPath") {
    problems.push(
      schema("Value is not valid. Permitted values: [JSONPath, JSONata]", "/QueryLanguage"),
    );
  }
  checkGraph(parsed, "", language === "JSONata" ? "JSONata" : "JSONPath", new Set(), problems);
  return { definition: parsed, problems };
}

function schema(message: string, location: string): Problem {
  return { code: "SCHEMA_VALIDATION_FAILED", message, location };
}

function checkGraph(
  graph: JsonObject,
  location: string,
  language: "JSONata" | "JSONPath",
  outerVariables: ReadonlySet<string>,
  problems: Problem[],
): void {
  const { StartAt, States } = graph;
  if (typeof StartAt !== "string")
    problems.push(schema("Field 'StartAt' is required", location || "/"));
  if (!isObject(States) || Object.keys(States).length === 0) {
    problems.push(schema("Field 'States' is required and must not be empty", location || "/"));
    return;
  }
  if (location !== "" && graph.QueryLanguage !== undefined) {
    problems.push(schema("Field 'QueryLanguage' is not supported", location));
  }
  const variables = new Set([...outerVariables]);
  for (const [name, state] of Object.entries(States)) {
    const at = `${location}/States/${name}`;
    if ([...name].length > 80)
      problems.push(schema("State name must be at most 80 characters", at));
    if (!isObject(state)) {
      problems.push(schema("State must be an object", at));
      continue;
    }
    for (const variable of assignedBy(state)) {
      if (outerVariables.has(variable)) {
        problems.push(
          schema(`Variable '${variable}' is already assigned in an outer scope`, `${at}/Assign`),
        );
      }
      variables.add(variable);
    }
  }
  for (const [name, state] of Object.entries(States)) {
    if (isObject(state))
      checkState(state, `${location}/States/${name}`, language, variables, problems);
  }
  if (typeof StartAt === "string") checkTransitions(StartAt, States, location, problems);
}

function checkState(
  state: JsonObject,
  at: string,
  machineLanguage: "JSONata" | "JSONPath",
  variables: ReadonlySet<string>,
  problems: Problem[],
): void {
  const type = state.Type;
  if (typeof type !== "string" || !Object.hasOwn(FIELDS, type)) {
    const types = Object.keys(FIELDS).join(", ");
    problems.push(schema(`Value is not valid. Permitted values: [${types}]`, `${at}/Type`));
    return;
  }
  const language = state.QueryLanguage ?? machineLanguage;
  if (language !== "JSONata" && language !== "JSONPath") {
    problems.push(
      schema("Value is not valid. Permitted values: [JSONPath, JSONata]", `${at}/QueryLanguage`),
    );
    return;
  }
  if (language === "JSONPath" && machineLanguage === "JSONata") {
    problems.push(
      schema(
        "'QueryLanguage' can not be 'JSONPath' if set to 'JSONata' for whole state machine",
        at,
      ),
    );
  }
  checkFields(state, type as StateType, language, at, problems);
  if (language === "JSONata") checkExpressions(state, at, problems);
  for (const [field, graph] of inner(state)) {
    checkGraph(graph, `${at}/${field}`, machineLanguage, variables, problems);
  }
}

function checkFields(
  state: JsonObject,
  type: StateType,
  language: "JSONata" | "JSONPath",
  at: string,
  problems: Problem[],
): void {
  const other = language === "JSONata" ? "JSONPath" : "JSONata";
  for (const field of Object.keys(state)) {
    if (LANGUAGE_FIELDS[other].has(field) && FIELDS[type].has(field)) {
      problems.push(
        schema(
          `The QueryLanguage is set to '${language}', but field '${field}' is only supported for the '${other}' QueryLanguage`,
          at,
        ),
      );
    } else if (!FIELDS[type].has(field))
      problems.push(schema(`Field '${field}' is not supported`, at));
  }
  for (const choice of REQUIRED[type]) {
    const present = choice.filter((field) => state[field] !== undefined);
    if (present.length === 0) {
      const wanted = choice.filter((field) => !LANGUAGE_FIELDS[other].has(field));
      problems.push(schema(`One of the fields [${wanted.join(", ")}] is required`, at));
    } else if (present.length > 1) {
      problems.push(schema(`Only one of the fields [${present.join(", ")}] may be given`, at));
    }
  }
  for (const field of ["Retry", "Catch"] as const)
    checkErrorLists(state[field], `${at}/${field}`, problems);
  if (type === "Choice" && (!Array.isArray(state.Choices) || state.Choices.length === 0)) {
    problems.push(schema("Field 'Choices' must be a non-empty array", at));
  }
}

function checkErrorLists(value: Json | undefined, at: string, problems: Problem[]): void {
  if (value === undefined) return;
  const entries = Array.isArray(value) ? (value as readonly Json[]) : undefined;
  if (entries === undefined) {
    problems.push(schema("Value must be an array", at));
    return;
  }
  entries.forEach((entry, i) => {
    const errors = isObject(entry) ? entry.ErrorEquals : undefined;
    if (!Array.isArray(errors) || errors.length === 0) {
      problems.push(schema("Field 'ErrorEquals' is required and must not be empty", `${at}[${i}]`));
    } else if (errors.includes("States.ALL") && (errors.length > 1 || i < entries.length - 1)) {
      problems.push(
        schema("States.ALL must appear alone and at end of list", `${at}[${i}]/ErrorEquals`),
      );
    }
  });
}

function inner(state: JsonObject): readonly (readonly [string, JsonObject])[] {
  const graphs: (readonly [string, JsonObject])[] = [];
  if (Array.isArray(state.Branches)) {
    (state.Branches as readonly Json[]).forEach((branch, i) => {
      if (isObject(branch)) graphs.push([`Branches[${i}]`, branch]);
    });
  }
  for (const field of ["ItemProcessor", "Iterator"] as const) {
    const graph = state[field];
    if (isObject(graph)) graphs.push([field, graph]);
  }
  return graphs;
}

/** The variables that a state assigns, its choice rules and catchers included. */
function assignedBy(state: JsonObject): readonly string[] {
  const holders: (Json | undefined)[] = [state];
  for (const list of [state.Choices, state.Catch]) {
    if (Array.isArray(list)) holders.push(...(list as readonly Json[]));
  }
  return holders.flatMap((holder) => {
    const assign = isObject(holder) ? holder.Assign : undefined;
    return isObject(assign) ? Object.keys(assign).map((name) => name.replace(/\.\$$/, "")) : [];
  });
}
