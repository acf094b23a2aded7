/**
 * Keeps the index of runs and the approvals true to what the executions do. Everything here is
 * derived: after a crash, `catchUp` reads it from the engine again.
 */
import type { Engine, ExecutionListItem, HistoryEvent } from "../../engine/index.ts";
import {
  closeAbandoned,
  closeApprovalsOfRun,
  closeTimedOut,
  listApprovals,
} from "../../runtime/approval/find-approvals.ts";
import { approvalOfToken } from "../../runtime/approval/request-approval.ts";
import type { ApprovalCall } from "../../runtime/call.ts";
import type { Ports } from "../../runtime/ports.ts";
import { runEvent } from "../../runtime/run-event.ts";
import { isRecorded, type RunReport, recordStatus } from "../../runtime/runs.ts";
import { journalsOf, type RunJournals } from "../../runtime/trace/run-journals.ts";
import { usageOfRun } from "../../runtime/trace/usage.ts";
import type { StoredBundle } from "./bundle-store.ts";
import { readHistory } from "./engine-calls.ts";
import { type EndedRun, writeRunFolder } from "./run-folder.ts";
import { runReport } from "./run-report.ts";

/** Stands among the records themselves: where those are lost, so is it. */
const SEAL = { partition: "runs-index", sort: "complete" } as const;

interface World {
  readonly engine: Engine;
  readonly ports: Ports;
  /** The folder of what is kept of runs. */
  readonly runs: string;
  readonly traceContent: boolean;
  bundleOf(executionArn: string): Promise<StoredBundle | undefined>;
  /** Told of what went wrong in the background; the next `catchUp` puts it right. */
  onError(error: unknown): void;
}

export class RunRecorder {
  readonly #world: World;
  /** One chain for each execution that has work under way: its reports stay in order. */
  readonly #chains = new Map<string, Promise<void>>();

  /** False once something could not be recorded. */
  #isComplete = true;

  constructor(world: World) {
    this.#world = world;
  }

  /** Takes a durable event of an execution in. */
  observe(executionArn: string, event: HistoryEvent): void {
    const work = this.#workFor(executionArn, event);
    if (!work) return;
    this.#enqueue(executionArn, work).catch((error: unknown) => {
      this.#isComplete = false;
      this.#world.onError(error);
    });
  }

  /** Records everything that the engine knows and the index does not. */
  async catchUp(): Promise<void> {
    const { ports } = this.#world;
    const isSealed = (await ports.records.get(SEAL)) !== undefined;
    // From now on a crash leaves the index unsealed.
    if (isSealed) await ports.records.delete(SEAL);
    const running = new Map<string, string>();
    for await (const { executionArn, name, status, redriveCount } of this.#executions()) {
      if (status === "RUNNING") running.set(name, executionArn);
      // Sealed, the index knows all that had ended; reading each of thousands takes seconds.
      else if (isSealed) continue;
      if (!(await isRecorded({ id: name, status, redrives: redriveCount }, ports))) {
        await this.record(executionArn);
      }
    }
    const open = await listApprovals({ status: "open" }, ports);
    for (const run of new Set(open.map(({ run }) => run.id))) {
      const executionArn = running.get(run);
      if (executionArn === undefined) await closeApprovalsOfRun(run, ports);
      else await closeAbandoned(run, ports);
    }
  }

  /** Brings the record of one execution up to date, now. */
  record(executionArn: string): Promise<void> {
    return this.#enqueue(executionArn, () => this.#record(executionArn));
  }

  async #record(executionArn: string): Promise<void> {
    const { engine, ports, bundleOf } = this.#world;
    const bundle = await bundleOf(executionArn);
    const execution = await engine.describeExecution({ executionArn });
    const report = runReport(execution, bundle);
    const { id, status } = report.run;
    if (status === "RUNNING") {
      await recordStatus(report, ports);
    } else if (!(await isRecorded({ id, status, redrives: report.redrives }, ports))) {
      // First those whose time was up: the rest were overtaken by the end of the run.
      await this.#closeTimedOut(executionArn);
      await closeApprovalsOfRun(id, ports);
      const events = await readHistory(engine, executionArn);
      const journals = await this.#journalsOf(events, bundle);
      const ended = withUsage(report, journals);
      // Before the record: a run that is known to have ended has its folder, also after a crash.
      if (bundle) await this.#keep({ execution, events, report: ended, bundle, journals });
      await recordStatus(ended, ports);
    }
  }

  /** Writes the folder of a run that has ended; if that fails, the run has ended all the same. */
  async #keep({
    bundle,
    ...ended
  }: Omit<EndedRun, "steps" | "plan" | "traceContent"> & {
    readonly bundle: StoredBundle;
  }): Promise<void> {
    const { ports, runs, traceContent, onError } = this.#world;
    const { plan } = bundle;
    try {
      await writeRunFolder({ ...ended, steps: plan.steps, plan, traceContent }, runs, ports);
    } catch (error) {
      onError(error);
    }
  }

  async #journalsOf(
    events: readonly HistoryEvent[],
    bundle: StoredBundle | undefined,
  ): Promise<RunJournals> {
    const steps = bundle?.plan.steps ?? [];
    if (!steps.some(({ kind }) => kind === "agent" || kind === "model")) return NO_JOURNALS;
    return journalsOf(events.map(runEvent), steps, this.#world.ports);
  }

  /** Says, at an orderly end, that the index knows all there is. Call it when nothing is under way. */
  async seal(): Promise<void> {
    if (!this.#isComplete) return;
    const { records, clock } = this.#world.ports;
    await records.put({ key: SEAL, data: { at: clock.now().toISOString() } });
  }

  /** Resolves once nothing is under way. */
  async settled(): Promise<void> {
    while (this.#chains.size > 0) await Promise.all(this.#chains.values());
  }

  #workFor(executionArn: string, event: HistoryEvent): (() => Promise<void>) | undefined {
    switch (event.type) {
      case "ExecutionStarted":
      case "ExecutionRedriven":
      case "ExecutionSucceeded":
      case "ExecutionFailed":
      case "ExecutionAborted":
      case "ExecutionTimedOut":
        return () => this.#record(executionArn);
      case "TaskTimedOut":
        return () => this.#closeTimedOut(executionArn);
      // Where a branch or an iteration has failed, its siblings no longer wait.
      case "MapIterationFailed":
      case "MapStateFailed":
      case "MapStateStarted":
      case "ParallelStateFailed":
      case "ParallelStateStarted":
        return () => closeAbandoned(nameOf(executionArn), this.#world.ports);
      default:
        return undefined;
    }
  }

  /** Work on one execution goes one by one: two reports at once would only get in each other's way. */
  #enqueue(executionArn: string, work: () => Promise<void>): Promise<void> {
    const before = this.#chains.get(executionArn) ?? Promise.resolve();
    const done = before.then(work);
    const chain = done.catch(() => undefined);
    this.#chains.set(executionArn, chain);
    void chain.then(() => {
      if (this.#chains.get(executionArn) === chain) this.#chains.delete(executionArn);
    });
    return done;
  }

  async *#executions(): AsyncGenerator<ExecutionListItem> {
    let nextToken: string | undefined;
    do {
      const page = await this.#world.engine.listExecutions({ maxResults: 1000, nextToken });
      yield* page.executions;
      nextToken = page.nextToken;
    } while (nextToken !== undefined);
  }

  /** Closes the approvals whose tasks the execution's own history calls timed out. */
  async #closeTimedOut(executionArn: string): Promise<void> {
    const calls = new Map<number, AskingCall>();
    for (const event of await readHistory(this.#world.engine, executionArn)) {
      // The call's id travels along the chain scheduled → started → submitted → timed out.
      const call =
        event.type === "TaskScheduled" ? approvalOf(event) : calls.get(event.previousEventId);
      if (call === undefined) continue;
      if (event.type === "TaskTimedOut") {
        const id = await approvalOfToken(call, this.#world.ports);
        if (id !== undefined) await closeTimedOut(id, call.token, this.#world.ports);
      } else if (event.type.startsWith("Task")) calls.set(event.id, call);
    }
  }
}

const NO_JOURNALS: RunJournals = { format: 1, steps: [] };

function withUsage(report: RunReport, journals: RunJournals): RunReport {
  if (journals.steps.length === 0) return report;
  return { ...report, run: { ...report.run, usage: usageOfRun(journals) } };
}

type AskingCall = Pick<ApprovalCall, "run" | "step" | "token" | "key">;

function approvalOf(event: HistoryEvent): AskingCall | undefined {
  const parameters = event.taskScheduledEventDetails?.parameters;
  if (typeof parameters !== "string") return undefined;
  const { Payload: call } = JSON.parse(parameters) as { Payload?: AskingCall };
  const isApproval = call?.run?.id && call.step?.id && typeof call.token === "string";
  return isApproval ? call : undefined;
}

function nameOf(executionArn: string): string {
  return executionArn.slice(executionArn.lastIndexOf(":") + 1);
}
