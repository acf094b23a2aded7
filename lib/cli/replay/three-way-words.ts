/** A three-way diff in words, for the terminal and for the page alike. None of them is safe to print yet. */
import type { Change } from "../../bundle/index.ts";
import type {
  Because,
  ThreeWay,
  ThreeWayDifference,
  ThreeWayStep,
  Totals,
} from "../../replay/three-way/index.ts";
import { placeText } from "../../replay/three-way/side.ts";
import type { Json } from "../../runtime/json.ts";

/** Whether it is the same, and closer to what is expected. */
export function verdictText({ verdict, expected, steps, end }: ThreeWay): string {
  const { old, current } = expected?.off ?? { old: 0, current: 0 };
  const now = current === 0 ? "all is as expected" : `${places(current)} not as expected`;
  const before = old === 0 ? "all was" : `${old === 1 ? "1 was" : `${old} were`} not`;
  const odd = steps.filter(isDifferent).length;
  switch (verdict) {
    case "better":
      return `Better: ${now}; before, ${before}.`;
    case "worse":
      return `Worse: ${now}; before, ${before}.`;
    case "same":
      return `The same${expected ? `: ${now}` : ""}.`;
    case "other": {
      const result = end.differences.some(isChanged) ? "another result" : "the same result";
      const steps = odd === 1 ? "1 step differs" : `${odd} steps differ`;
      return `Different: ${steps}, and ${result}${expected ? `; ${now}, as before` : ""}.`;
    }
    default:
      return verdict satisfies never;
  }
}

function places(count: number): string {
  return count === 1 ? "1 place is" : `${count} places are`;
}

const NEEDS = {
  model: "a model is asked (--live)",
  decision: "a person decides",
  world: "it is run",
} as const;

/** What nobody knows yet, one line a kind. */
export function openTexts({ open }: ThreeWay): readonly string[] {
  return Object.entries(NEEDS).flatMap(([needs, until]) => {
    const places = open.filter((each) => each.needs === needs).map(placeText);
    if (places.length === 0) return [];
    return [`${named(places)}: not known before ${until}; the recorded answer stands in.`];
  });
}

const MOST_NAMED = 6;

/** The first ones by name. */
export function named(names: readonly string[]): string {
  const all = [...new Set(names)];
  const more = all.length - MOST_NAMED;
  return more > 0 ? `${all.slice(0, MOST_NAMED).join(", ")} and ${more} more` : all.join(", ");
}

/** `prompt prompts/ask.md`, `models.reader temperature`. */
export function changeName({ owner, kind, name }: Change): string {
  if (owner === "bundle") return kind === name ? name : `${kind} ${name}`;
  if (kind === "kit") return "Espalier itself";
  return kind === "model" ? `${owner} ${name}` : `${owner} ${kind} ${name}`;
}

/** What explains a difference, without the way by which it came. */
export function becauseText(because: Because, changes: ThreeWay["changes"]): string {
  switch (because.kind) {
    case "change": {
      const change = changes?.[because.change];
      return change ? changeName(change) : "";
    }
    case "circumstance": {
      const at = because.at === null ? "" : ` at ${because.at}`;
      return `the ${because.source} (${because.what}${at}): no change of the bundle`;
    }
    case "unknown":
      return changes === null
        ? "not known: one of the bundles is not kept with its manifest"
        : `no change of the bundle: ${because.what}`;
    default:
      return because satisfies never;
  }
}

/** `by way of priced, route`; empty where it is the step's own. */
export function viaText({ via }: Because): string {
  return via.length === 0 ? "" : `by way of ${via.join(", ")}`;
}

export function isChanged({ old, current }: ThreeWayDifference): boolean {
  return JSON.stringify(old) !== JSON.stringify(current);
}

export function isDifferent({ differences, needs }: ThreeWayStep): boolean {
  return differences.length > 0 || needs !== null;
}

const ASPECTS: Readonly<Record<ThreeWayDifference["aspect"], string>> = {
  path: "path",
  decision: "decision",
  output: "result",
  documents: "document",
  request: "asked",
  turns: "turns",
  tokens: "tokens",
  cost: "cost",
  duration: "time",
};

export function aspectText({ aspect }: ThreeWayDifference): string {
  return ASPECTS[aspect];
}

/** What differs, as `result total`. */
export function whatText(difference: ThreeWayDifference): string {
  const { path } = difference;
  return path === "" ? aspectText(difference) : `${aspectText(difference)} ${path}`;
}

/** A value as people read it, on one line; absent: what that means there. */
export function sideText(difference: ThreeWayDifference, side: "old" | "current" | "expected") {
  const value = difference[side];
  if (value === undefined) return difference.aspect === "path" ? "not reached" : "nothing";
  if (difference.aspect === "cost") return moneyText(Number(value), difference.path);
  if (difference.aspect === "duration") return timeText(Number(value));
  const isInWords = ["path", "decision"].includes(difference.aspect) || difference.path === "";
  if (isInWords && difference.aspect !== "output" && typeof value === "string") return value;
  return JSON.stringify(value satisfies Json);
}

/** `3 turns, 1 tool call, 892 + 62 tokens, 0.0012 USD, 3.4 s`. */
export function totalsText({
  turns,
  toolCalls,
  inputTokens,
  outputTokens,
  costs,
  durationMs,
}: Totals) {
  const money = Object.entries(costs).map(([currency, cost]) => moneyText(cost, currency));
  return [
    ...(turns > 0
      ? [
          `${turns} ${turns === 1 ? "turn" : "turns"}`,
          ...(toolCalls > 0 ? [`${toolCalls} tool ${toolCalls === 1 ? "call" : "calls"}`] : []),
          `${inputTokens} + ${outputTokens} tokens`,
          ...money,
        ]
      : []),
    timeText(durationMs),
  ].join(", ");
}

/** Millionths of a currency. */
function moneyText(micros: number, currency: string): string {
  return `${(micros / 1e6).toFixed(micros % 10_000 === 0 ? 2 : 6)} ${currency}`;
}

function timeText(ms: number): string {
  if (ms < 1000) return `${ms} ms`;
  const seconds = ms / 1000;
  if (seconds < 600) return `${seconds.toFixed(1)} s`;
  return seconds < 7200 ? `${Math.round(seconds / 60)} min` : `${(seconds / 3600).toFixed(1)} h`;
}
