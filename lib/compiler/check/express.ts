/**
 * Proves that every run of an express workflow fits into what an express run has: five minutes, no
 * task tokens, no waiting for other executions.
 * https://docs.aws.amazon.com/step-functions/latest/dg/choosing-workflow-type.html
 */
import type { Bundle } from "../../bundle/bundle.ts";
import { formatDuration } from "../../manifest/duration.ts";
import type { Retry, Step } from "../../manifest/manifest.ts";
import type { Path } from "../../manifest/source.ts";
import { EXPRESS_SECONDS } from "../../runtime/express.ts";
import { type Definition, type Index, listsOf } from "../index-steps.ts";
import type { Resolution } from "../resolve/resolution.ts";
import { workSeconds } from "../resolve/seconds.ts";
import { toolPolicies } from "../resolve/tool-policies.ts";
import type { Report } from "./report.ts";

/** @param items by map, the number of its items where that is known. */
export function checkExpress(
  bundle: Bundle,
  index: Index,
  items: ReadonlyMap<string, number>,
  resolution: Resolution,
  report: Report,
): void {
  const { manifest, source } = bundle;
  if (manifest.type !== "express") return;
  const bounds: Bounds = { items, resolution };
  const limit = Math.min(manifest.limits.duration ?? EXPRESS_SECONDS, EXPRESS_SECONDS);
  const found = { count: 0 };
  const add = (path: Path, code: "ESP621" | "ESP622" | "ESP623" | "ESP624", texts: Texts) => {
    found.count += 1;
    report.add({ code, ...texts }, source.placeOf(path));
  };
  if ((manifest.limits.duration ?? 0) > EXPRESS_SECONDS) {
    add(["limits", "duration"], "ESP623", {
      message: `an express run ends after 5m, not after ${formatDuration(manifest.limits.duration ?? 0)}`,
      hint: "Lower limits.duration, or leave out `type: express`.",
    });
  }
  for (const definition of index.steps) checkStep(definition, bounds, limit, add);
  // What is too long on its own, or unknown, has been said; the sum would only repeat it.
  if (found.count > 0) return;
  const longest = longestOf(manifest.steps, bounds);
  if (longest.seconds <= limit) return;
  report.add(
    {
      code: "ESP623",
      message: `the longest way may take ${formatDuration(Math.ceil(longest.seconds))}, but the run ends after ${formatDuration(limit)}: ${told(longest.parts)}`,
      hint: "Lower timeouts, attempts or waits of these steps, or leave out `type: express`.",
    },
    source.placeOf(["type"]),
  );
}

interface Bounds {
  readonly items: ReadonlyMap<string, number>;
  readonly resolution: Resolution;
}

interface Texts {
  readonly message: string;
  readonly hint: string;
}

function checkStep(
  { step, path }: Definition,
  bounds: Bounds,
  limit: number,
  add: (path: Path, code: "ESP621" | "ESP622" | "ESP623" | "ESP624", texts: Texts) => void,
): void {
  if (step.kind === "approval") {
    add([...path, "approval"], "ESP621", {
      message: `"${step.id}" waits for a person, which an express run cannot`,
      hint: "Leave out `type: express`, or move the approval into a standard workflow.",
    });
  } else if (step.kind === "workflow") {
    add([...path, "workflow"], "ESP622", {
      message: `"${step.id}" waits for the end of another run, which an express run cannot`,
      hint: "Leave out `type: express`, or emit an event that starts the other workflow.",
    });
  } else if (step.kind === "wait" && typeof step.wait !== "number") {
    add([...path, "wait"], "ESP624", {
      message: `nobody knows how long "${step.id}" waits; an express run ends after ${formatDuration(limit)}`,
      hint: "Write a length, such as 30s, or leave out `type: express`.",
    });
  } else if (
    step.kind === "map" &&
    bounds.items.get(step.id) === undefined &&
    takesTime(step, bounds)
  ) {
    add([...path, "map"], "ESP624", {
      message: `nobody knows how many items "${step.id}" has, so it cannot be shown to end within ${formatDuration(limit)}`,
      hint: "Give the list maxItems in the contract that it comes from, or leave out `type: express`.",
    });
  } else if (step.kind === "agent" && toolPolicies(bounds.resolution).has(step.id)) {
    add([...path, "agent"], "ESP621", {
      message: `"${step.id}" may wait for a person, which an express run cannot`,
      hint: "Leave out `type: express`, or let the agent only look.",
    });
  } else if (step.kind === "wait" || isCall(step)) {
    const seconds = secondsOf(step, bounds).seconds;
    if (seconds <= limit) return;
    const retried = isCall(step) && (workSeconds(step, bounds.resolution) ?? 0) <= limit;
    const own = step.kind === "wait" || step.kind === "agent" ? step.kind : "timeout";
    add([...path, retried ? "retry" : own], "ESP623", {
      message: `"${step.id}" may take ${formatDuration(Math.ceil(seconds))}${retried ? " with its retries" : ""}, but the run ends after ${formatDuration(limit)}`,
      hint: "Shorten it, or leave out `type: express`.",
    });
  }
}

type Call = Extract<Step, { kind: "task" | "model" | "agent" | "retrieve" | "memory" | "prompt" }>;

function isCall(step: Step): step is Call {
  return ["task", "model", "agent", "retrieve", "memory", "prompt"].includes(step.kind);
}

function takesTime(step: Extract<Step, { kind: "map" }>, bounds: Bounds) {
  return longestOf(step.steps, bounds).seconds > 0;
}

interface Way {
  readonly seconds: number;
  /** Steps that take time, and how much of it. */
  readonly parts: ReadonlyMap<string, number>;
}

const NOTHING: Way = { seconds: 0, parts: new Map() };

/** The longest way through a list of steps; a step that `if` may skip counts. */
function longestOf(steps: readonly Step[], bounds: Bounds): Way {
  return steps.reduce((sum, step) => plus(sum, secondsOf(step, bounds)), NOTHING);
}

function secondsOf(step: Step, bounds: Bounds): Way {
  const lists = listsOf(step, []);
  const inside = (kind: "case" | "branch" | "map" | "repeat" | "catch"): readonly Way[] =>
    lists
      .filter(({ container }) => container.kind === kind)
      .map((list) => longestOf(list.steps, bounds));
  const [body = NOTHING] = [...inside("map"), ...inside("repeat")];
  const once = (): Way => {
    switch (step.kind) {
      case "wait":
        return typeof step.wait === "number" ? only(step.id, step.wait) : NOTHING;
      case "map": {
        const rounds = Math.ceil((bounds.items.get(step.id) ?? 1) / step.concurrency);
        return times(body, rounds);
      }
      case "repeat":
        return times(body, step.repeat.max);
      default:
        if (isCall(step)) return only(step.id, workSeconds(step, bounds.resolution) ?? 0);
        return longer([...inside("case"), ...inside("branch")]);
    }
  };
  const way = "retry" in step ? retried(step.id, once(), step.retry) : once();
  return plus(way, longer(inside("catch")));
}

/** Each attempt in full, and each delay without the jitter, which only shortens it. */
function retried(id: string, way: Way, retries: readonly Retry[]): Way {
  let attempts = 1;
  let delays = 0;
  for (const retry of retries) {
    attempts += retry.attempts;
    for (let n = 0; n < retry.attempts; n += 1) {
      const delay = retry.interval * retry.backoff ** n;
      delays += Math.min(delay, retry.maxDelay ?? Number.POSITIVE_INFINITY);
    }
  }
  return plus(times(way, attempts), delays > 0 ? only(id, delays) : NOTHING);
}

function only(id: string, seconds: number): Way {
  return { seconds, parts: new Map([[id, seconds]]) };
}

function plus(a: Way, b: Way): Way {
  const parts = new Map(a.parts);
  for (const [id, seconds] of b.parts) parts.set(id, (parts.get(id) ?? 0) + seconds);
  return { seconds: a.seconds + b.seconds, parts };
}

function times({ seconds, parts }: Way, count: number): Way {
  return {
    seconds: seconds * count,
    parts: new Map([...parts].map(([id, part]) => [id, part * count])),
  };
}

function longer(ways: readonly Way[]): Way {
  return ways.reduce((most, way) => (way.seconds > most.seconds ? way : most), NOTHING);
}

/** The three longest, longest first. */
function told(parts: Way["parts"]): string {
  const sorted = [...parts].sort(([, a], [, b]) => b - a);
  const first = sorted
    .slice(0, 3)
    .map(([id, seconds]) => `${id} ${formatDuration(Math.ceil(seconds))}`);
  return [...first, ...(sorted.length > 3 ? [`${sorted.length - 3} more`] : [])].join(", ");
}
