/** A compiled workflow on the engine in virtual time, with the approval function itself behind its approvals. */
import { compile } from "../../lib/compiler/index.ts";
import { Engine, TaskError, VirtualClock } from "../../lib/engine/index.ts";
import { engineTokens, readHistory } from "../../lib/local/runtime/engine-calls.ts";
import type { Approval } from "../../lib/runtime/approval/approval.ts";
import {
  type ApprovalFunctionCall,
  callApprovalFunction,
} from "../../lib/runtime/approval/approval-function.ts";
import { decide } from "../../lib/runtime/approval/decide.ts";
import { getApproval, listApprovals } from "../../lib/runtime/approval/find-approvals.ts";
import type { ApprovalPorts } from "../../lib/runtime/approval/request-approval.ts";
import type { ApprovalCall } from "../../lib/runtime/call.ts";
import { StepError } from "../../lib/runtime/errors.ts";
import type { Json } from "../../lib/runtime/json.ts";
import { type TimelineRow, timeline } from "../../lib/runtime/timeline.ts";
import { createWorld } from "../runtime/approval/approval-world.ts";
import { type BundleParts, bundleOf, TODAY } from "./bundle-of.ts";

export interface Asked {
  readonly state: string;
  readonly stage: number;
  readonly iteration: string;
  readonly seconds: number | null;
  /** Milliseconds since the start of the run. */
  readonly at: number;
}

export interface StageScene {
  readonly time: VirtualClock;
  readonly start: number;
  /** Calls of the approval function that were answered. */
  readonly asked: readonly Asked[];
  readonly ports: ApprovalPorts;
  /** As long as it is set, calls of the approval function wait for it. */
  gate: Promise<void> | undefined;
  /** Lets things happen until this holds. */
  until(holds: () => boolean | Promise<boolean>): Promise<void>;
  /** Goes to so many milliseconds after the start. */
  goTo(ms: number): void;
  requests(): Promise<readonly Approval[]>;
  decide(by: string, verdict?: "approved" | "rejected", id?: string): Promise<Approval>;
  end(): Promise<{ readonly output?: Json; readonly error?: string; readonly cause?: string }>;
  redrive(): Promise<void>;
  /** When the run ended, in milliseconds after its start. */
  endedAt(): Promise<number>;
  rows(): Promise<readonly TimelineRow[]>;
  close(): Promise<void>;
}

export async function openScene(
  steps: string,
  { start, input = {}, ...parts }: BundleParts & { readonly start: string; readonly input?: Json },
): Promise<StageScene> {
  const { plan, diagnostics } = compile(bundleOf(steps, parts), { today: TODAY });
  if (!plan) throw new Error(diagnostics.map(({ message }) => message).join("\n"));
  const time = new VirtualClock({ start: Date.parse(start) });
  const asked: Asked[] = [];
  const engine = await Engine.open({
    clock: time,
    async invoke(task) {
      const { Payload } = task.arguments as unknown as { Payload: ApprovalFunctionCall };
      await scene.gate;
      const answer = await callApprovalFunction(Payload, scene.ports).catch((error: unknown) => {
        // As Lambda reports it.
        throw error instanceof StepError ? new TaskError(error.name, error.message) : error;
      });
      if ("schedule" in answer) return wire(answer.schedule as unknown as Json);
      const { stage = 0, seconds = null, step } = Payload as ApprovalCall;
      const at = time.now() - scene.start;
      asked.push({ state: task.stateName, stage, iteration: step.iteration, seconds, at });
      return wire(null);
    },
  });
  const tokens = engineTokens(() => engine);
  const definition = JSON.stringify(plan.definition)
    .replaceAll("${bundle_digest}", "sha256:00")
    .replaceAll("${environment}", "test");
  const { stateMachineArn } = await engine.createStateMachine({ name: "example", definition });
  const run = { principal: "requester@example.com", customer: null };
  let executionArn = "";
  const scene: StageScene = {
    time,
    start: time.now(),
    asked,
    gate: undefined,
    ports: { ...createWorld().ports, tokens, clock: { now: () => new Date(time.now()) } },
    async until(holds) {
      const giveUp = performance.now() + 10_000;
      while (!(await holds())) {
        if (performance.now() > giveUp) throw new Error("it never happened");
        await new Promise((resolve) => setImmediate(resolve));
      }
    },
    goTo: (ms) => time.advance(scene.start + ms - time.now()),
    requests: () => listApprovals({ run: "run-1" }, scene.ports),
    async decide(by, verdict = "approved", id) {
      const [first] = await scene.requests();
      const { evidenceDigest } = await getApproval(id ?? first?.id ?? "", scene.ports);
      const request = { verdict, by, reason: "as told", evidence: evidenceDigest };
      return decide(id ?? first?.id ?? "", request, scene.ports);
    },
    async end() {
      const { output, error, cause } = await engine.waitForEnd(executionArn);
      return {
        ...(output !== undefined && { output: JSON.parse(output) as Json }),
        ...(error !== undefined && { error }),
        ...(cause !== undefined && { cause }),
      };
    },
    async redrive() {
      await engine.redriveExecution({ executionArn });
    },
    async endedAt() {
      const { stopDate } = await engine.describeExecution({ executionArn });
      return (stopDate?.getTime() ?? Number.NaN) - scene.start;
    },
    async rows() {
      const events = await readHistory(engine, executionArn);
      const shown = events.map(({ timestamp, ...event }) => ({
        ...event,
        timestamp: new Date(timestamp).toISOString(),
      }));
      return timeline(shown, plan.steps);
    },
    close: () => engine.close(),
  };
  ({ executionArn } = await engine.startExecution({
    stateMachineArn,
    name: "run-1",
    input: JSON.stringify({ input, run, config: {} }),
  }));
  return scene;
}

const wire = (Payload: Json): Json => ({ ExecutedVersion: "1", Payload, StatusCode: 200 });
