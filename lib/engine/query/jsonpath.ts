/** JSONPath as a query language of states: InputPath, Parameters, ResultPath and the others. */
import { QueryFailure } from "../errors.ts";
import { isObject, type Json, type JsonObject } from "../json.ts";
import { compileRule, type Read } from "./choice-rules.ts";
import { IntrinsicError, parseIntrinsic } from "./intrinsics.ts";
import type { NumberField, Outcome, QueryLanguage, Scope, StateQuery } from "./language.ts";
import { type Path, PathSyntaxError, parsePath, place } from "./path.ts";

export const jsonpathLanguage: QueryLanguage = { name: "JSONPath", compile };

/** Reads something from a value, in the scope of a state. */
type Reader = (value: Json, scope: Scope) => Json;

function compile(state: JsonObject): StateQuery {
  const input = pathField(state, "InputPath");
  const output = pathField(state, "OutputPath");
  const parameters = templateField(state.Parameters);
  const selector = templateField(state.ResultSelector);
  const itemsPath =
    typeof state.ItemsPath === "string" ? reader(state.ItemsPath, "ItemsPath") : undefined;
  const itemSelector = templateField(state.ItemSelector ?? state.Parameters);
  const assign = templateField(state.Assign);
  const isMap = state.Type === "Map";
  const catchers = objects(state.Catch).map((catcher) => ({
    path: catcher.ResultPath,
    assign: templateField(catcher.Assign),
  }));
  const rules = objects(state.Choices).map((rule) => ({
    holds: compileRule(rule),
    assign: templateField(rule.Assign),
  }));
  const effective = (scope: Scope): Json => input(scope.input, scope);
  const passOn = (scope: Scope, assigned: Json | undefined): Outcome => ({
    output: output(effective(scope), scope),
    assigned: assigned as JsonObject | undefined,
  });

  return {
    payload(scope) {
      const value = effective(scope);
      if (state.Type === "Pass" && state.Result !== undefined) return state.Result;
      return parameters === undefined ? value : parameters(value, scope);
    },
    outcome(scope) {
      if (state.Type === "Choice") return passOn(scope, assign?.(effective(scope), scope));
      const result = scope.result ?? null;
      const assigned = assign?.(result, scope) as JsonObject | undefined;
      const selected = selector === undefined ? result : selector(result, scope);
      const combines =
        state.Type === "Pass" || state.Type === "Task" || isMap || state.Type === "Parallel";
      const combined = combines
        ? combine(state.ResultPath, scope.input, selected)
        : effective(scope);
      return { output: output(combined, scope), assigned };
    },
    caught(i, scope) {
      const error = scope.errorOutput ?? null;
      const catcher = catchers[i];
      const assigned = catcher?.assign?.(error, scope) as JsonObject | undefined;
      return { output: combine(catcher?.path, scope.input, error), assigned };
    },
    choose(scope) {
      const value = effective(scope);
      const read: Read = (path, mustExist) => {
        const operand = lookup(parsePath(path), value, scope);
        if (operand !== undefined || !mustExist) return operand;
        const why = "The choice state's condition path references an invalid value.";
        throw new QueryFailure("States.Runtime", `Invalid path '${path}': ${why}`);
      };
      return rules.findIndex(({ holds }) => holds(read));
    },
    chosen: (i, scope) => passOn(scope, rules[i]?.assign?.(effective(scope), scope)),
    number(name, scope) {
      const path = state[`${name}Path`];
      if (typeof path !== "string") return state[name] as number | undefined;
      const value = reader(path, `${name}Path`)(effective(scope), scope);
      return checkNumber(name, path, value);
    },
    text(name, scope) {
      const path = state[`${name}Path`];
      if (typeof path !== "string") return state[name] as string | undefined;
      const value = reader(path, `${name}Path`)(effective(scope), scope);
      if (typeof value === "string") return value;
      const message = `The ${name}Path parameter does not reference a string: ${path} == ${JSON.stringify(value)}`;
      throw new QueryFailure("States.Runtime", message);
    },
    items(scope) {
      const value = itemsPath === undefined ? effective(scope) : itemsPath(effective(scope), scope);
      if (Array.isArray(value)) return value as readonly Json[];
      const where = typeof state.ItemsPath === "string" ? state.ItemsPath : "$";
      const message = `Reference path "${where}" must point to array.`;
      throw new QueryFailure("States.Runtime", message);
    },
    item: (scope, item) =>
      itemSelector === undefined ? item : itemSelector(effective(scope), scope),
  };
}

function pathField(state: JsonObject, field: "InputPath" | "OutputPath"): Reader {
  const path = state[field];
  if (path === null) return () => ({});
  return typeof path === "string" ? reader(path, field) : (value) => value;
}

/** Reads a path or an intrinsic function; `field` is named if there is nothing to read. */
function reader(source: string, field: string): Reader {
  try {
    if (!source.startsWith("States.")) {
      const path = parsePath(source);
      return (value, scope) => found(lookup(path, value, scope), source, field, value);
    }
    const call = parseIntrinsic(source);
    const paths = new Map<string, Path>();
    return (value, scope) => {
      try {
        return call((text) => {
          const path = paths.get(text) ?? parsePath(text);
          paths.set(text, path);
          return found(lookup(path, value, scope), text, field, value);
        });
      } catch (error) {
        if (!(error instanceof IntrinsicError)) throw error;
        throw new QueryFailure("States.IntrinsicFailure", `${error.message} (field '${field}')`);
      }
    };
  } catch (error) {
    if (!(error instanceof PathSyntaxError)) throw error;
    const { message } = error;
    // AWS refuses such a definition; what is stored already fails where it is used.
    return () => {
      throw new QueryFailure("States.Runtime", message);
    };
  }
}

function lookup(path: Path, value: Json, scope: Scope): Json | undefined {
  if (path.root === "$") return path.select(value);
  if (path.root === "$$") return path.select(scope.context());
  const variable = scope.variables.get(path.root);
  return variable === undefined ? undefined : path.select(variable);
}

function found(result: Json | undefined, path: string, field: string, value: Json): Json {
  if (result !== undefined) return result;
  throw new QueryFailure(
    "States.Runtime",
    `The JSONPath '${path}' specified for the field '${field}' could not be found in the input '${JSON.stringify(value)}'`,
  );
}

/** A payload template: members whose names end in `.$` are paths or intrinsic functions. */
function templateField(template: Json | undefined): Reader | undefined {
  return template === undefined ? undefined : templateReader(template);
}

function templateReader(template: Json): Reader {
  if (Array.isArray(template)) {
    const items = (template as readonly Json[]).map(templateReader);
    return (value, scope) => items.map((item) => item(value, scope));
  }
  if (!isObject(template)) return () => template;
  const members = Object.entries(template).map(([key, member]): [string, Reader] =>
    key.endsWith(".$") && typeof member === "string"
      ? [key.slice(0, -2), reader(member, key)]
      : [key, templateReader(member)],
  );
  return (value, scope) =>
    Object.fromEntries(members.map(([key, member]) => [key, member(value, scope)]));
}

/** ResultPath: `$` or nothing replaces the input, null keeps it, a path puts the result into it. */
function combine(path: Json | undefined, input: Json, result: Json): Json {
  if (path === null) return input;
  if (typeof path !== "string" || path === "$") return result;
  try {
    return place(input, parsePath(path).reference ?? [], result);
  } catch (error) {
    if (!(error instanceof PathSyntaxError)) throw error;
    throw new QueryFailure(
      "States.ResultPathMatchFailure",
      `Unable to apply ResultPath '${path}' to input '${JSON.stringify(input)}'`,
    );
  }
}

function checkNumber(name: NumberField, path: string, value: Json): number {
  const fail = (message: string): never => {
    throw new QueryFailure("States.Runtime", message);
  };
  if (name === "Seconds") {
    const shown = `${path} == ${JSON.stringify(value)}`;
    if (typeof value !== "number" || !Number.isInteger(value)) {
      return fail(`The SecondsPath parameter cannot be parsed as a long value: ${shown}`);
    }
    if (value < 0) return fail(`The SecondsPath parameter references a negative value: ${shown}`);
    return value;
  }
  const share = name === "ToleratedFailurePercentage";
  if (typeof value !== "number" || (!share && !Number.isInteger(value))) {
    const shown = typeof value === "string" ? value : JSON.stringify(value);
    return fail(
      `The ${name}Path field refers to value "${shown}" which is not a valid ${share ? "float" : "integer"}: ${path}`,
    );
  }
  if (share && (value < 0 || value > 100)) return fail(`${name} must be between 0 and 100.`);
  return value;
}

function objects(value: Json | undefined): readonly JsonObject[] {
  return Array.isArray(value) ? (value as readonly Json[]).filter(isObject) : [];
}
