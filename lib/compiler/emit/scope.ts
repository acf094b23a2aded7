/** A state machine or one nested in it: what a Map or a branch of a Parallel holds. */
import type { Json, JsonObject } from "../../runtime/json.ts";

export interface Scope {
  /** For the name of its closing state. */
  readonly name: string;
  /** `StartAt` and `States`. */
  readonly machine: JsonObject & { States: JsonObject };
  /** Inside of a map: the state input is the frame that holds the items, and every state hands it on. */
  readonly frame: boolean;
}

export function openScope(name: string, frame: boolean): Scope {
  return { name, frame, machine: { StartAt: "", States: {} } };
}

const ORDER = [
  "Comment",
  "QueryLanguage",
  "Type",
  "Resource",
  "Arguments",
  "TimeoutSeconds",
  "Seconds",
  "Timestamp",
  "Error",
  "Cause",
  "Items",
  "ItemSelector",
  "MaxConcurrency",
  "ProcessorConfig",
  "StartAt",
  "States",
  "ItemProcessor",
  "Branches",
  "ErrorEquals",
  "Condition",
  "Choices",
  "Assign",
  "Output",
  "Default",
  "Retry",
  "Catch",
  "Next",
  "End",
];
const RANK = new Map(ORDER.map((key, index) => [key, index]));

/** Fields in the order in which one reads a state: what it does, what it leaves, where it leads. */
export function arrange<T extends Json>(value: T): T {
  return arrangeAny(value) as T;
}

function arrangeAny(value: Json): Json {
  if (Array.isArray(value)) return value.map(arrangeAny);
  if (typeof value !== "object" || value === null) return value;
  const keys = Object.keys(value).sort((a, b) => (RANK.get(a) ?? 99) - (RANK.get(b) ?? 99));
  const arranged: JsonObject = {};
  for (const key of keys) arranged[key] = arrangeField(key, value[key] ?? null);
  return arranged;
}

/** People's own data (arguments, assigned and returned values) keeps the order they wrote. */
function arrangeField(key: string, value: Json): Json {
  if (["Arguments", "Assign", "Output", "ItemSelector", "Items"].includes(key)) return value;
  if (key !== "States" || typeof value !== "object" || value === null || Array.isArray(value)) {
    return arrangeAny(value);
  }
  return Object.fromEntries(
    Object.entries(value).map(([name, state]) => [name, arrangeAny(state)]),
  );
}
