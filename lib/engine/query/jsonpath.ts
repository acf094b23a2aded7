import type { Json, JsonObject } from "../json.ts";
import type { QueryLanguage, StateQuery } from "./language.ts";
export const jsonpathLanguage: QueryLanguage = { name: "JSONPath", compile };
function compile(state: JsonObject): StateQuery {
  return {
    payload: (scope) => state.Result ?? scope.input,
    outcome: (scope) => ({ output: scope.result ?? scope.input, assigned: undefined }),
    caught: (_i, scope) => ({ output: scope.errorOutput ?? null, assigned: undefined }),
    choose: () => -1,
    chosen: (_i, scope) => ({ output: scope.input, assigned: undefined }),
    number: (name) => state[name] as number | undefined,
    text: (name) => state[name] as string | undefined,
    items: (scope) => scope.input as readonly Json[],
    item: (_s, item) => item,
  };
}
