/** Limits that only the whole of a workflow can break. */
import type { Bundle } from "../../bundle/bundle.ts";
import type { ApprovalPolicy } from "../../manifest/approval-policy.ts";
import { formatDuration, MAX_DURATION_SECONDS } from "../../manifest/duration.ts";
import type { Step } from "../../manifest/manifest.ts";
import { stagesOf } from "../../runtime/approval/stages.ts";
import { type Definition, type Index, listsOf } from "../index-steps.ts";
import type { Report } from "./report.ts";

/** https://docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html */
const MAX_EVENTS = 25_000;
const MAX_DEFINITION = 1_048_576;

/** @param bounds by map, the number of its items where that is known. */
export function checkEvents(
  bundle: Bundle,
  index: Index,
  bounds: ReadonlyMap<string, number>,
  report: Report,
): void {
  // The log of an express execution has no end: only what Step Functions itself keeps has one.
  if (bundle.manifest.type === "express") return;
  const known: Known = { bounds, approvals: bundle.approvals };
  for (const definition of index.steps) {
    const { step } = definition;
    if (step.kind !== "map" && step.kind !== "repeat") continue;
    const rounds = step.kind === "map" ? bounds.get(step.id) : step.repeat.max;
    if (rounds === undefined) continue;
    const events = eventsOf(step, known);
    if (events <= MAX_EVENTS) continue;
    // Only the innermost structure that is too much: what is around it is so because of it.
    const inner = innerEvents(definition, index, known);
    if (inner > MAX_EVENTS) continue;
    report.add(
      {
        code: "ESP603",
        severity: step.kind === "map" ? "error" : "warning",
        message: `"${step.id}" may run ${rounds.toLocaleString("en")} times, about ${events.toLocaleString("en")} events; a run ends at 25,000`,
        hint: "Lower the bound, or let each part be a run of another workflow (a workflow step has a history of its own).",
      },
      bundle.source.placeOf([...definition.path, step.kind]),
    );
  }
}

interface Known {
  /** By map, the number of its items. */
  readonly bounds: ReadonlyMap<string, number>;
  readonly approvals: Bundle["approvals"];
}

/** State entered, task scheduled, started, submitted, ended (or timed out), state exited: for each stage. */
function approvalEvents(policy: ApprovalPolicy | undefined): number {
  if (!policy) return 6;
  return 6 * stagesOf(policy).length + (policy.businessHours ? 5 : 0);
}

function innerEvents(around: Definition, index: Index, known: Known): number {
  let most = 0;
  for (const { step, containers } of index.steps) {
    if (step.kind !== "map" && step.kind !== "repeat") continue;
    if (!containers.some((container) => container.step === around.step)) continue;
    most = Math.max(most, eventsOf(step, known));
  }
  return most;
}

/** Events in the history of one run of the step, each choice taken as the longest way. */
function eventsOf(step: Step, known: Known): number {
  const { bounds, approvals } = known;
  const lists = listsOf(step, [])
    .filter(({ container }) => container.kind !== "catch")
    .map(({ steps }) => steps.reduce((sum, one) => sum + eventsOf(one, known), 0));
  const sum = lists.reduce((a, b) => a + b, 0);
  const condition = step.if === undefined ? 0 : 2;
  switch (step.kind) {
    // An agent's call and the choice behind it; how often it is called, its limits decide.
    case "agent":
      return condition + 7;
    case "task":
    case "model":
    case "retrieve":
    case "memory":
    case "prompt":
    case "emit":
      return condition + 5;
    case "approval":
      return condition + approvalEvents(approvals.get(step.approval));
    case "workflow":
      return condition + 6;
    case "wait":
      return condition + 2;
    case "switch":
      return condition + 2 + Math.max(0, ...lists);
    case "parallel":
      return condition + 4 + sum;
    case "map":
      return condition + 4 + (bounds.get(step.id) ?? 1) * (2 + sum);
    case "repeat":
      return condition + step.repeat.max * (2 + sum);
    case "set":
    case "succeed":
    case "fail":
      return condition;
    default:
      return step satisfies never;
  }
}

/** The waits of the longest way together. */
export function checkWaits(bundle: Bundle, report: Report): void {
  // `express.ts` counts more than waits.
  if (bundle.manifest.type === "express") return;
  const limit = bundle.manifest.limits.duration ?? MAX_DURATION_SECONDS;
  const total = secondsOf(bundle.manifest.steps);
  const alone = Math.max(0, ...bundle.manifest.steps.map((step) => secondsOf([step])));
  if (total <= limit || alone > limit) return;
  report.add(
    {
      code: "ESP605",
      message: `the waits of this workflow together take ${formatDuration(total)}, but a run ends after ${formatDuration(limit)}`,
      hint: "Raise limits.duration (at most 365d), or shorten the waits.",
    },
    bundle.source.keyPlaceOf(bundle.manifest.limits.duration ? ["limits", "duration"] : ["steps"]),
  );
}

function secondsOf(steps: readonly Step[]): number {
  return steps.reduce((sum, step) => {
    if (step.if !== undefined) return sum;
    if (step.kind === "wait") return sum + (typeof step.wait === "number" ? step.wait : 0);
    const lists = listsOf(step, [])
      .filter(({ container }) => container.kind === "repeat" || container.kind === "branch")
      .map((list) => secondsOf(list.steps));
    return sum + Math.max(0, ...lists);
  }, 0);
}

export function checkSize(rendered: string, bundle: Bundle, report: Report): void {
  const bytes = Buffer.byteLength(rendered);
  if (bytes <= MAX_DEFINITION) return;
  report.add(
    {
      code: "ESP601",
      message: `the state machine has ${(bytes / MAX_DEFINITION).toFixed(1)} MB; Step Functions takes 1 MB`,
      hint: "Move a part of the steps into a workflow of their own, or large literal data into files.",
    },
    bundle.source.keyPlaceOf(["steps"]),
  );
}
