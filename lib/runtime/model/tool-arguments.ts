import type { Json, JsonObject } from "../json.ts";

/**
 * Arguments of a tool call as they are sent back in a conversation: services take an object only. What
 * a model wrote instead (a text that is no JSON, a list) is shown to it under a name of its own.
 */
export function sentArguments(input: Json): JsonObject {
  if (typeof input === "object" && input !== null && !Array.isArray(input)) return input;
  return { invalid_arguments: input };
}

/** Arguments as a model wrote them: JSON where it is some, else the text itself; nothing is `{}`. */
export function writtenArguments(text: string): Json {
  if (text.trim() === "") return {};
  try {
    return JSON.parse(text) as Json;
  } catch {
    return text;
  }
}
