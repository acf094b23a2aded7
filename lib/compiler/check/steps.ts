/** What can be said of a step on its own: its name, its error names, its numbers. */
import type { Bundle } from "../../bundle/bundle.ts";
import type { ApprovalPolicy } from "../../manifest/approval-policy.ts";
import { formatDuration, MAX_DURATION_SECONDS } from "../../manifest/duration.ts";
import type { AgentStep, Json, Step } from "../../manifest/manifest.ts";
import { nearest } from "../../manifest/nearest.ts";
import type { Path } from "../../manifest/source.ts";
import { levelsOf } from "../../runtime/approval/stages.ts";
import { FUNCTIONS } from "../expression/functions.ts";
import { type Definition, eachExpression, type Index } from "../index-steps.ts";
import { checkStateNames } from "./policies.ts";
import { policyTime } from "./policy-time.ts";
import type { Report } from "./report.ts";

/** https://docs.aws.amazon.com/step-functions/latest/dg/concepts-error-handling.html */
const STATES_ERRORS = [
  "States.ALL",
  "States.DataLimitExceeded",
  "States.ExceedToleratedFailureThreshold",
  "States.HeartbeatTimeout",
  "States.Http.Socket",
  "States.ItemReaderFailed",
  "States.NoChoiceMatched",
  "States.Permissions",
  "States.QueryEvaluationError",
  "States.ResultWriterFailed",
  "States.Runtime",
  "States.TaskFailed",
  "States.Timeout",
];

/** What a state takes or leaves: 256 KiB. https://docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html */
const MAX_PAYLOAD = 262_144;
const MAX_DEPTH = 10;

export function checkSteps(bundle: Bundle, index: Index, report: Report): void {
  for (const definition of index.steps) {
    checkName(definition.name, [...definition.path, "id"], bundle, report);
    const { step } = definition;
    if (step.kind === "map") {
      checkName(step.as, [...definition.path, "as"], bundle, report);
      checkTolerance(step.tolerate, definition, bundle, report);
    }
    checkErrors(definition, bundle, report);
    checkRetries(definition, bundle, report);
    checkPayload(definition, bundle, report);
    checkDuration(definition, bundle, report);
    const policy = step.kind === "agent" ? policyOfAgent(step, bundle) : undefined;
    if (policy) {
      const place = bundle.source.placeOf([...definition.path, "id"]);
      checkStateNames(step.id, policy, place, report);
    }
    if (definition.containers.length > MAX_DEPTH) {
      report.add(
        {
          code: "ESP606",
          message: `"${definition.name}" lies ${definition.containers.length} structures deep; ${MAX_DEPTH} are possible`,
          hint: "Move the inner ones into a workflow of their own.",
        },
        bundle.source.keyPlaceOf(definition.path),
      );
    }
  }
}

function checkName(name: string, path: Path, { source }: Bundle, report: Report): void {
  if (!FUNCTIONS.has(name) && name !== "eval") return;
  report.add(
    {
      code: "ESP307",
      message: `"${name}" is a function of expressions, and this name would hide it`,
      hint: `Take another name, for example "${name}Result".`,
    },
    source.placeOf(path),
  );
}

function checkTolerance(
  tolerate: number | string,
  { path }: Definition,
  { source }: Bundle,
  report: Report,
): void {
  if (tolerate === 0 || tolerate === "0%") return;
  report.add(
    {
      code: "ESP904",
      message: "tolerated failures of a map are not yet supported",
      hint: "Give the steps of the map a catch; its value then stands in the list.",
    },
    source.placeOf([...path, "tolerate"]),
  );
}

function checkErrors({ step, path }: Definition, { source }: Bundle, report: Report): void {
  const lists = [
    ...("retry" in step ? step.retry.map((one, i) => ({ on: one.on, at: ["retry", i] })) : []),
    ...("catch" in step ? step.catch.map((one, i) => ({ on: one.on, at: ["catch", i] })) : []),
  ];
  for (const { on, at } of lists) {
    for (const [i, name] of on.entries()) {
      if (!name.startsWith("States.") || STATES_ERRORS.includes(name)) continue;
      const near = nearest(name, STATES_ERRORS);
      report.add(
        {
          code: "ESP309",
          message: `Step Functions has no error "${name}"`,
          hint: near ? `Did you mean "${near}"?` : `It has ${STATES_ERRORS.join(", ")}.`,
        },
        source.placeOf([...path, ...at, "on", i]),
      );
    }
  }
}

function checkRetries({ step, path }: Definition, { source }: Bundle, report: Report): void {
  if (!("retry" in step)) return;
  for (const [i, { interval, maxDelay }] of step.retry.entries()) {
    if (maxDelay === undefined || maxDelay > interval) continue;
    report.add(
      {
        code: "ESP604",
        message: `the longest delay (${formatDuration(maxDelay)}) must be longer than the first one (${formatDuration(interval)})`,
        hint: "Raise maxDelay, or leave it out.",
      },
      source.placeOf([...path, "retry", i, "maxDelay"]),
    );
  }
}

function checkPayload({ step, path }: Definition, { source }: Bundle, report: Report): void {
  for (const key of ["with", "set", "succeed"] as const) {
    const value = (step as { readonly [key: string]: unknown })[key] as Json | undefined;
    if (value === undefined) continue;
    const bytes = literalBytes(value);
    if (bytes <= MAX_PAYLOAD) continue;
    report.add(
      {
        code: "ESP602",
        message: `"${key}" holds ${Math.ceil(bytes / 1024)} KiB of literal data; a state takes at most 256 KiB`,
        hint: "Put it into a file of the bundle (files), which handlers read with context.file.",
      },
      source.keyPlaceOf([...path, key]),
    );
  }
}

/** Bytes of the value's JSON text less its expressions, whose values nobody knows yet. */
function literalBytes(value: Json): number {
  let expressions = 0;
  eachExpression(value, [], (code) => {
    expressions += Buffer.byteLength(JSON.stringify(code)) + 4;
  });
  return Buffer.byteLength(JSON.stringify(value)) - expressions;
}

function checkDuration({ step, path }: Definition, bundle: Bundle, report: Report): void {
  // `express.ts` has the shorter limit.
  if (bundle.manifest.type === "express") return;
  const limit = bundle.manifest.limits.duration ?? MAX_DURATION_SECONDS;
  const found = timesOf(step, bundle).find(({ value }) => value > limit);
  if (found === undefined) return;
  const levels = found.levels > 1 ? ` with its ${found.levels} levels` : "";
  // In hours: a day of them would be a day of 24.
  const time = found.isOpenTime
    ? `${Math.ceil(found.value / 3600)}h of business hours`
    : formatDuration(found.value);
  report.add(
    {
      code: "ESP605",
      severity: found.isError ? "error" : "warning",
      message: `"${step.id}" may take ${time}${levels}, but the run ends after ${formatDuration(limit)}`,
      hint: "Raise limits.duration (at most 365d), or shorten this.",
    },
    bundle.source.placeOf([...path, found.key]),
  );
}

interface StepTime {
  readonly value: number;
  /** What is longer than the run can never be of use; else it is only at most as long. */
  readonly isError: boolean;
  readonly isOpenTime: boolean;
  readonly levels: number;
  readonly key: string;
}

/** How long a step takes, where the manifest says so; what is worse comes first. */
function timesOf(step: Step, bundle: Bundle): readonly StepTime[] {
  const plain = (value: number | undefined, isError: boolean, key: string): readonly StepTime[] =>
    value === undefined ? [] : [{ value, isError, isOpenTime: false, levels: 1, key }];
  if (step.kind === "wait" && typeof step.wait === "number") return plain(step.wait, true, "wait");
  if (step.kind === "approval") return policyTimes(bundle.approvals.get(step.approval), "approval");
  if (step.kind === "agent") {
    const limits = bundle.agents.get(step.agent)?.file.limits;
    // Waiting for a person is no time of the agent's own, but the run's.
    const asked = policyTimes(policyOfAgent(step, bundle), "agent");
    return [...asked, ...plain(limits?.time, false, "agent")];
  }
  return step.kind === "workflow" ? plain(step.timeout, false, "timeout") : [];
}

function policyOfAgent(
  { agent }: AgentStep,
  { agents, approvals }: Bundle,
): ApprovalPolicy | undefined {
  const approve = agents.get(agent)?.file.approve;
  return approve && approvals.get(approve.policy);
}

function policyTimes(policy: ApprovalPolicy | undefined, key: string): readonly StepTime[] {
  if (!policy) return [];
  const { least, usual } = policyTime(policy);
  const levels = levelsOf(policy);
  const isOpenTime = policy.businessHours !== undefined;
  return [
    { value: least, isError: true, isOpenTime, levels, key },
    { value: usual, isError: false, isOpenTime: false, levels, key },
  ];
}
