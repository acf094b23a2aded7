/** The same step in the run and in its replay, and everything in which the two are different. */
import type { Json } from "../../runtime/json.ts";
import { type RecordedCall, recordedCalls } from "../../runtime/recorded-calls.ts";
import type { RecordedRun } from "../recorded-run.ts";
import type { Cause, ReplayedStep } from "../report.ts";
import { comparedRequest, isObject, stepOf } from "../request-of.ts";
import { type BundleView, branchOf } from "./bundle-view.ts";
import { type JsonDifference, jsonDifferences } from "./json-differences.ts";
import type { Observed } from "./observed.ts";
import { isStructure, placeText, type SideStep, type SideSteps } from "./side.ts";
import { factsFound, recordedFacts, replayedFacts } from "./step-facts.ts";
import type { Aspect, OpenKind, Sides, StepFacts } from "./three-way.ts";

export interface StepPair {
  readonly key: string;
  readonly step: string;
  readonly iteration: string;
  readonly kind: string;
  readonly parent: string | null;
  readonly old: SideStep | undefined;
  readonly current: SideStep | undefined;
  readonly facts: Sides<StepFacts | null>;
  readonly needs: OpenKind | null;
  /** Of what it was asked, also where that is not told. */
  readonly request: readonly JsonDifference[];
  /** Whether the configuration is the one thing in which it was asked something else. */
  readonly isConfigured: boolean;
  readonly found: readonly Found[];
  /** Where it is another each time: what the replay says of it. */
  readonly cause: Cause | null;
  /** Paths of the bundle's files that its code has asked for. */
  readonly files: readonly string[];
}

/** A difference that nobody has explained yet. */
export interface Found extends Omit<JsonDifference, "isWanted"> {
  readonly isWanted?: boolean;
  readonly aspect: Aspect;
}

export interface PairedRun {
  readonly recorded: RecordedRun;
  readonly observed: Observed;
  readonly old: BundleView | null;
  readonly current: BundleView;
  readonly steps: Sides<SideSteps>;
  /** What is expected of a step, by its place. */
  readonly expected: (place: string) => Json | undefined;
}

export function pairSteps(run: PairedRun): readonly StepPair[] {
  const { recorded, steps } = run;
  const calls = new Map<string, RecordedCall[]>();
  for (const call of recordedCalls(recorded.events)) {
    const place = placeText({ step: stepOf(call), iteration: call.iteration });
    calls.set(place, [...(calls.get(place) ?? []), call]);
  }
  return inOrder([...steps.old.keys()], [...steps.current.keys()]).map((key) =>
    pairOf(key, steps.old.get(key), steps.current.get(key), calls, run),
  );
}

function pairOf(
  key: string,
  old: SideStep | undefined,
  current: SideStep | undefined,
  calls: ReadonlyMap<string, readonly RecordedCall[]>,
  run: PairedRun,
): StepPair {
  const { step, iteration, kind, parent } = (current ?? old) as SideStep;
  const place = placeText({ step, iteration });
  const replayed = run.observed.calls.get(place) ?? [];
  const facts = {
    old: old ? recordedFacts(old, calls.get(place) ?? [], run) : null,
    current: current ? replayedFacts(current, run) : null,
  };
  const verdicts = replayed.map((call) => call.step);
  const request = replayed.flatMap(({ recorded, request: now, step: { state } }) =>
    recorded
      ? jsonDifferences(asked(recorded), asked(now)).map((each) => ({ ...each, state }))
      : [],
  );
  const needs =
    current && isByRule(current, run)
      ? null
      : (verdicts.map(({ verdict }) => NEEDS[verdict]).find(Boolean) ??
        (isStandIn(kind, request, verdicts) ? "world" : null));
  const found = [
    ...pathFound(old, current),
    ...(old && current ? decisionFound(old, current, needs, run) : []),
    ...outputFound(old, current, run.expected(place)),
  ];
  const isAgain = replayed.some((call) => call.step.how === "run") && kind !== "model";
  const told = !old || !current || (isAgain && found.length > 0) ? [] : request;
  return {
    ...{ key, step, iteration, kind, parent, old, current, facts, needs, request },
    isConfigured: request.length === 0 && verdicts.some((each) => each.request === "differs"),
    found: [
      ...found,
      ...told.map((each) => ({ ...each, aspect: "request" as const })),
      ...(needs === "model" && request.length === 0 ? [ASKED_ANEW] : []),
      ...(old && current ? factsFound(facts) : []),
    ],
    cause: verdicts.find((each) => each.cause !== null)?.cause ?? null,
    files: [...new Set(replayed.flatMap(({ files }) => files))],
  };
}

const NEEDS: Partial<Record<ReplayedStep["verdict"], OpenKind>> = {
  "needs live": "model",
  "needs a new decision": "decision",
  "not recorded": "world",
};

/** What the world has answered to something else. An event is taken whatever it says. */
function isStandIn(
  kind: string,
  request: readonly JsonDifference[],
  verdicts: readonly ReplayedStep[],
): boolean {
  const isAsked = kind === "task" || kind === "memory" || kind === "workflow";
  return isAsked && request.length > 0 && verdicts.some(({ how }) => how === "record");
}

/** The model's own request is kept as a digest alone. */
const ASKED_ANEW: Found = {
  aspect: "request",
  path: [],
  old: "as it was answered",
  current: "another, which nobody has answered",
};

/** Configuration goes to every step; who reads it shows in what comes of it. */
function asked(request: Parameters<typeof comparedRequest>[0]): Json {
  const compared = comparedRequest(request, true);
  if (!isObject(compared)) return compared;
  const { config: _, ...rest } = compared;
  return rest;
}

function pathFound(old: SideStep | undefined, current: SideStep | undefined): readonly Found[] {
  if (old?.outcome === current?.outcome) return [];
  return [
    {
      ...{ aspect: "path", path: [] },
      ...(old && { old: old.outcome }),
      ...(current && { current: current.outcome }),
    },
  ];
}

function decisionFound(
  old: SideStep,
  current: SideStep,
  needs: OpenKind | null,
  run: PairedRun,
): readonly Found[] {
  const found = (before: string, now: string): readonly Found[] =>
    before === now ? [] : [{ aspect: "decision", path: [], old: before, current: now }];
  if (old.kind === "switch") {
    const before = branchOf(run.old ?? run.current, old.step, old.inside);
    return found(before, branchOf(run.current, current.step, current.inside));
  }
  if (old.kind !== "approval") return [];
  const now = needs === "decision" ? "to be decided anew" : decisionText(current.output);
  return found(decisionText(old.output), isByRule(current, run) ? "approved by rule" : now);
}

function decisionText(output: Json | undefined): string {
  if (!isObject(output ?? null)) return "none";
  const { verdict, by, error } = output as { readonly [name: string]: Json };
  if (isObject(error)) return String(error.name);
  return `${String(verdict)} by ${String(by)}`;
}

/** Nobody is asked any more. */
function isByRule({ step, iteration }: SideStep, { observed }: PairedRun): boolean {
  const calls = observed.calls.get(placeText({ step, iteration })) ?? [];
  const payload = calls.at(-1)?.request.Payload;
  return isObject(payload ?? null) && (payload as { required?: Json }).required === false;
}

function outputFound(
  old: SideStep | undefined,
  current: SideStep | undefined,
  expected: Json | undefined,
): readonly Found[] {
  const kind = (current ?? old)?.kind ?? "";
  if (isStructure(kind)) return [];
  // What only one of them has is told by the path; unless something is expected there.
  if ((!old || !current) && expected === undefined) return [];
  if (kind === "retrieve" && expected === undefined) {
    return jsonDifferences(documentsOf(old?.output), documentsOf(current?.output)).map((each) => ({
      ...each,
      aspect: "documents",
    }));
  }
  return jsonDifferences(old?.output, current?.output, expected).map((each) => ({
    ...each,
    aspect: "output",
  }));
}

/** By where it stands, so that another rank alone is no other document. */
function documentsOf(output: Json | undefined): Json {
  const results = isObject(output ?? null) ? (output as { results?: Json }).results : undefined;
  if (!Array.isArray(results)) return {};
  return Object.fromEntries(
    results.filter(isObject).map(({ source, span, text = "" }) => {
      const { start, end } = isObject(span) ? span : {};
      return [`${String(source)} (${String(start)} to ${String(end)})`, text];
    }),
  );
}

/** Both lists in one, each in its own order: what is new stands after what it follows. */
function inOrder(old: readonly string[], current: readonly string[]): readonly string[] {
  const order = [...old];
  let after = -1;
  for (const key of current) {
    const at = order.indexOf(key);
    if (at >= 0) after = at;
    else {
      after += 1;
      order.splice(after, 0, key);
    }
  }
  return order;
}
