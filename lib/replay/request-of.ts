/** What of a call's arguments is compared: all that the workflow itself says. */
import type { Json, JsonObject } from "../runtime/json.ts";

/**
 * Names of functions, of event buses and of state machines belong to the place where a run ran; tokens
 * to one attempt. Of another bundle, `$run` names that bundle: it is left out.
 */
export function comparedRequest(request: JsonObject, against: boolean): Json {
  const { Payload: payload, Entries: entries, Input: input } = request;
  if (isObject(payload)) {
    const { token: _, run, ...rest } = payload;
    return against || run === undefined ? rest : { ...rest, run };
  }
  if (Array.isArray(entries)) {
    return entries.map((entry) => {
      if (!isObject(entry)) return entry;
      const { EventBusName: _, ...rest } = entry;
      return rest;
    });
  }
  return input ?? request;
}

/** What an approver is shown, and whether one is asked at all: a decision stands as long as it does. */
export function evidenceOf(request: JsonObject): Json {
  const { Payload: payload } = request;
  if (!isObject(payload)) return null;
  const { required = null, policy = null, evidence = null, key = "" } = payload;
  return { required, policy, evidence, key };
}

export function isObject(value: Json | undefined): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** The step that a call is one of: as it says itself, else its state. */
export function stepOf({
  request,
  state,
}: {
  readonly request: JsonObject;
  readonly state: string;
}): string {
  const payload = request.Payload as { readonly step?: { readonly id?: Json } } | undefined;
  return typeof payload?.step?.id === "string" ? payload.step.id : state;
}

/** The same call, with another input. */
export function withInput<T extends { readonly request: JsonObject }>(call: T, input: Json): T {
  const payload = isObject(call.request.Payload) ? call.request.Payload : {};
  const request: JsonObject = { ...call.request, Payload: { ...payload, input } };
  return { ...call, request };
}
