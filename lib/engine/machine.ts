/** A definition made ready to run: names resolved, expressions parsed, resources understood. */
import { isObject, type Json, type JsonObject } from "./json.ts";
import { jsonataLanguage } from "./query/jsonata.ts";
import { jsonpathLanguage } from "./query/jsonpath.ts";
import type { QueryLanguage, StateQuery } from "./query/language.ts";
import type { Extra } from "./record.ts";
import { parseResource, type Resource } from "./resource.ts";

export type StateType =
  | "Pass"
  | "Task"
  | "Choice"
  | "Wait"
  | "Succeed"
  | "Fail"
  | "Parallel"
  | "Map";

/** A graph of states: the whole machine, a branch, or the processor of a Map. */
export interface Graph {
  readonly startAt: string;
  readonly states: ReadonlyMap<string, State>;
}

export interface Machine extends Graph {
  readonly timeoutSeconds: number | undefined;
}

export interface State {
  readonly name: string;
  readonly type: StateType;
  readonly raw: JsonObject;
  readonly language: QueryLanguage["name"];
  readonly query: StateQuery;
  /** Undefined where the graph ends. */
  readonly next: string | undefined;
  /** What the record of leaving for `next` carries. */
  readonly onward: Extra | undefined;
  readonly retriers: readonly Retrier[];
  readonly catchers: readonly Catcher[];
  /** Targets of the choice rules, by index. */
  readonly ruleTargets: readonly string[];
  readonly defaultTarget: string | undefined;
  readonly resource: Resource | undefined;
  /** The branches of a Parallel, or the one processor of a Map. */
  readonly graphs: readonly Graph[];
  readonly distributed: boolean;
  readonly entered: string;
  readonly exited: string;
}

export interface Retrier {
  readonly errors: readonly string[];
  readonly intervalSeconds: number;
  readonly maxAttempts: number;
  readonly backoffRate: number;
  readonly maxDelaySeconds: number;
  readonly fullJitter: boolean;
}

export interface Catcher {
  readonly errors: readonly string[];
  readonly next: string;
}

const LANGUAGES: Readonly<Record<string, QueryLanguage>> = {
  JSONata: jsonataLanguage,
  JSONPath: jsonpathLanguage,
};

/** Compiles a validated definition. `region` and `account` complete shortened resources. */
export function compileMachine(definition: JsonObject): Machine {
  const language =
    typeof definition.QueryLanguage === "string" ? definition.QueryLanguage : "JSONPath";
  const timeout = definition.TimeoutSeconds;
  return {
    ...compileGraph(definition, language),
    timeoutSeconds: typeof timeout === "number" ? timeout : undefined,
  };
}

function compileGraph(graph: JsonObject, language: string): Graph {
  const states = new Map<string, State>();
  const written = isObject(graph.States) ? graph.States : {};
  for (const [name, state] of Object.entries(written)) {
    if (isObject(state)) states.set(name, compileState(name, state, language));
  }
  return { startAt: text(graph.StartAt) ?? "", states };
}

function compileState(name: string, raw: JsonObject, machineLanguage: string): State {
  const language = LANGUAGES[text(raw.QueryLanguage) ?? machineLanguage] ?? jsonpathLanguage;
  const processor = raw.ItemProcessor ?? raw.Iterator;
  const graphs = [...objects(raw.Branches), ...(isObject(processor) ? [processor] : [])];
  const config =
    isObject(processor) && isObject(processor.ProcessorConfig) ? processor.ProcessorConfig : {};
  const type = raw.Type as StateType;
  const next = text(raw.Next);
  return {
    name,
    type,
    raw,
    language: language.name,
    query: language.compile(raw),
    next,
    onward: next === undefined ? undefined : { n: next },
    retriers: objects(raw.Retry).map(compileRetrier),
    catchers: objects(raw.Catch).map((c) => ({
      errors: texts(c.ErrorEquals),
      next: text(c.Next) ?? "",
    })),
    ruleTargets: objects(raw.Choices).map((rule) => text(rule.Next) ?? ""),
    defaultTarget: text(raw.Default),
    resource: typeof raw.Resource === "string" ? parseResource(raw.Resource) : undefined,
    graphs: graphs.map((graph) => compileGraph(graph, machineLanguage)),
    distributed: config.Mode === "DISTRIBUTED",
    entered: `${type}StateEntered`,
    exited: `${type}StateExited`,
  };
}

/** Defaults: https://docs.aws.amazon.com/step-functions/latest/dg/concepts-error-handling.html */
function compileRetrier(retrier: JsonObject): Retrier {
  return {
    errors: texts(retrier.ErrorEquals),
    intervalSeconds: number(retrier.IntervalSeconds) ?? 1,
    maxAttempts: number(retrier.MaxAttempts) ?? 3,
    backoffRate: number(retrier.BackoffRate) ?? 2,
    maxDelaySeconds: number(retrier.MaxDelaySeconds) ?? Number.POSITIVE_INFINITY,
    fullJitter: retrier.JitterStrategy === "FULL",
  };
}

function text(value: Json | undefined): string | undefined {
  return typeof value === "string" ? value : undefined;
}

function number(value: Json | undefined): number | undefined {
  return typeof value === "number" ? value : undefined;
}

function objects(value: Json | undefined): readonly JsonObject[] {
  return Array.isArray(value) ? (value as readonly Json[]).filter(isObject) : [];
}

function texts(value: Json | undefined): readonly string[] {
  return Array.isArray(value)
    ? (value as readonly Json[]).filter((v) => typeof v === "string")
    : [];
}
