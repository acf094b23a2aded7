/** JSONata as a query language of states: `Arguments`, `Output`, `Assign` and typed fields. */
import { QueryFailure } from "../errors.ts";
import {
  chain,
  type Eventual,
  isObject,
  isPromise,
  type Json,
  type JsonObject,
  typeName,
} from "../json.ts";
import { expressionIn } from "./expression.ts";
import {
  MAX_SECONDS,
  type NumberField,
  type Outcome,
  type QueryLanguage,
  type Scope,
  type StateQuery,
  type TextField,
} from "./language.ts";
import { compileTemplate, type Template } from "./template.ts";

export const jsonataLanguage: QueryLanguage = { name: "JSONata", compile };

const NUMBERS: readonly NumberField[] = [
  "Seconds",
  "TimeoutSeconds",
  "HeartbeatSeconds",
  "MaxConcurrency",
  "ToleratedFailureCount",
  "ToleratedFailurePercentage",
];
const TEXTS: readonly TextField[] = ["Timestamp", "Error", "Cause"];

/** `Output` and `Assign`, of a state, a choice rule or a catcher. */
type OutcomeOf = (scope: Scope, otherwise: Json) => Eventual<Outcome>;

function compile(state: JsonObject): StateQuery {
  const field = (name: string): Template | undefined =>
    state[name] === undefined ? undefined : compileTemplate(state[name], name);
  const payload = field(state.Type === "Map" ? "Items" : "Arguments");
  const selector = field("ItemSelector");
  const numbers = Object.fromEntries(NUMBERS.map((name) => [name, field(name)]));
  const texts = new Map(TEXTS.map((name) => [name, field(name)]));
  const whole = outcomeOf(state, "");
  const catchers = list(state.Catch).map((catcher, i) => outcomeOf(catcher, `Catch[${i}]/`));
  const rules = list(state.Choices).map((rule, i) => ({
    condition: compileTemplate(rule.Condition ?? null, `Choices[${i}]/Condition`),
    source: rule.Condition ?? null,
    outcome: outcomeOf(rule, `Choices[${i}]/`),
  }));

  return {
    payload: (scope) => (payload === undefined ? scope.input : payload.evaluate(scope)),
    outcome: (scope) => whole(scope, scope.result === undefined ? scope.input : scope.result),
    caught: (i, scope) => at(catchers, i)(scope, scope.errorOutput ?? null),
    chosen: (i, scope) => at(rules, i).outcome(scope, scope.input),
    choose(scope) {
      const from = (i: number): Eventual<number> => {
        const rule = rules[i];
        if (rule === undefined) return -1;
        return chain(rule.condition.evaluate(scope), (value) => {
          expectType(value, "boolean", rule.source, `Choices[${i}]/Condition`);
          return value === true ? i : from(i + 1);
        });
      };
      return from(0);
    },
    number(name, scope) {
      const template = numbers[name];
      if (template === undefined) return undefined;
      return chain(template.evaluate(scope), (value) => {
        expectType(value, "number", state[name] ?? null, name);
        return checkNumber(value as number, name);
      });
    },
    text(name, scope) {
      const template = texts.get(name);
      if (template === undefined) return undefined;
      return chain(template.evaluate(scope), (value) => {
        expectType(value, "string", state[name] ?? null, name);
        return value as string;
      });
    },
    items(scope) {
      if (payload === undefined) return inputItems(scope.input);
      return chain(payload.evaluate(scope), (value) => {
        expectType(value, "array", state.Items ?? null, "Items");
        return value as readonly Json[];
      });
    },
    item: (scope, item) => (selector === undefined ? item : selector.evaluate(scope)),
  };
}

function outcomeOf(fields: JsonObject, prefix: string): OutcomeOf {
  const output =
    fields.Output === undefined ? undefined : compileTemplate(fields.Output, `${prefix}Output`);
  const assign =
    fields.Assign === undefined ? undefined : compileTemplate(fields.Assign, `${prefix}Assign`);
  if (assign === undefined) {
    if (output === undefined)
      return (_scope, otherwise) => ({ output: otherwise, assigned: undefined });
    return (scope) => {
      const value = output.evaluate(scope);
      if (isPromise(value)) return value.then((got) => ({ output: got, assigned: undefined }));
      return { output: value, assigned: undefined };
    };
  }
  return (scope, otherwise) =>
    chain(assign.evaluate(scope), (assigned) =>
      chain(output === undefined ? otherwise : output.evaluate(scope), (value) => ({
        output: value,
        assigned: assigned as JsonObject,
      })),
    );
}

function inputItems(input: Json): readonly Json[] {
  if (Array.isArray(input)) return input as readonly Json[];
  throw new QueryFailure(
    "States.QueryEvaluationError",
    `Map state input must be an array but was: ${JSON.stringify(input)}`,
  );
}

function expectType(value: Json, type: string, written: Json, location: string): void {
  const found = typeName(value);
  if (found === type) return;
  const source =
    typeof written === "string" ? (expressionIn(written) ?? written) : JSON.stringify(written);
  throw new QueryFailure(
    "States.QueryEvaluationError",
    `The JSONata expression '${source}' specified for the field '${location}' returned an unexpected result type. Expected '${type}', but was '${found}' for value: ${JSON.stringify(value)}`,
    location,
  );
}

function checkNumber(value: number, name: NumberField): number {
  const fail = (message: string): never => {
    throw new QueryFailure("States.QueryEvaluationError", message, name, true);
  };
  if (name === "ToleratedFailurePercentage") {
    if (value < 0 || value > 100) fail(`${name} must be between 0 and 100.`);
    return value;
  }
  if (!Number.isInteger(value)) fail(`The ${name} field cannot be parsed as an integer: ${value}`);
  if (value < 0 || (name.endsWith("Seconds") && value > MAX_SECONDS)) {
    fail(`${name} must be between 0 and ${MAX_SECONDS} but was: ${value}`);
  }
  return value;
}

function list(value: Json | undefined): readonly JsonObject[] {
  return Array.isArray(value) ? (value as readonly Json[]).filter(isObject) : [];
}

function at<T>(items: readonly T[], index: number): T {
  const item = items[index];
  if (item === undefined) throw new RangeError(`no item ${index}`);
  return item;
}
