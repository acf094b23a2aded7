/** What the API stands on: executions, their commits, and what waits for them. */
import { randomUUID } from "node:crypto";
import { type EngineClock, SystemClock } from "./clock.ts";
import { Definitions } from "./definitions.ts";
import { EngineError, StorageError } from "./errors.ts";
import { toHistoryEvent } from "./events.ts";
import type { Execution, ExecutionStart } from "./execution.ts";
import { Executions } from "./executions.ts";
import type { Frame } from "./frame.ts";
import { exceedsPayloadLimit, type Json } from "./json.ts";
import { checkName, type MachineRecord, Machines, type StoredMachine } from "./machines.ts";
import type { EngineOptions, Listener, StartExecution } from "./options.ts";
import { type Host, Runner } from "./runner.ts";
import { Folder } from "./store/folder.ts";
import type { TaskCall } from "./task-call.ts";
import { Tokens } from "./tokens.ts";

/** A journal larger than this, in bytes, is cleared of ended executions when it is opened. */
const OPENING_LIMIT = 1024 * 1024;

export class Core implements Host {
  readonly machines: Machines;
  readonly executions: Executions;
  readonly runner: Runner;
  readonly tokens = new Tokens();
  readonly clock: EngineClock;
  readonly region: string;
  readonly account: string;
  readonly listeners = new Set<Listener>();
  readonly #invoke: EngineOptions["invoke"];
  readonly #endings = new Map<string, Set<(x: Execution) => void>>();
  /** Rejections of those who wait for something that will not come any more. */
  readonly #waiting = new Set<(error: EngineError) => void>();
  #folder: Folder | undefined;
  #machinesPending = false;
  #resumed = false;
  #activity = 0;
  #closed: EngineError | undefined;

  constructor(options: EngineOptions) {
    this.clock = options.clock ?? new SystemClock();
    this.region = options.region ?? "us-east-1";
    this.account = options.account ?? "000000000000";
    this.#invoke = options.invoke;
    const place = { region: this.region, account: this.account };
    const definitions = options.definitions ?? new Definitions();
    this.machines = new Machines(place, definitions, (record) => this.#writeMachine(record));
    this.executions = new Executions(this.machines);
    this.runner = new Runner(this);
    if (options.directory === undefined) return;
    this.#folder = Folder.open(options.directory, {
      machine: (line) => this.machines.restore(line as MachineRecord),
      journal: (line) => this.executions.restore(line),
      written: () => this.#compact(),
    });
    this.executions.folder = this.#folder;
    // What was read now need not be read the next time.
    this.executions.compact(OPENING_LIMIT);
  }

  /**
   * Takes up every execution that was running when the folder was last used: soon after opening,
   * or before the first call that changes anything, such as the return of a task token.
   */
  resume(): void {
    if (this.#resumed) return;
    this.#resumed = true;
    for (const x of this.executions.live()) {
      if (this.#closed !== undefined) return;
      if (x.running && x.resumable) this.runner.resume(x);
    }
  }

  checkOpen(): void {
    if (this.#closed !== undefined) throw this.#closed;
    this.resume();
  }

  begin(machine: StoredMachine, request: StartExecution): Execution {
    const text = request.input ?? "{}";
    const input = parseInput(text);
    const name = request.name ?? randomUUID();
    checkName(name);
    const express = machine.type === "EXPRESS";
    const arn = express
      ? `${machine.arn.replace(":stateMachine:", ":express:")}:${name}:${randomUUID()}`
      : `${machine.arn.replace(":stateMachine:", ":execution:")}:${name}`;
    if (this.executions.has(arn)) {
      const existing = this.executions.get(arn);
      if (existing.running && existing.start.input === text) return existing;
      throw new EngineError("ExecutionAlreadyExists", `Execution Already Exists: '${arn}'`);
    }
    const start: ExecutionStart = {
      arn,
      name,
      machineArn: machine.arn,
      machineName: machine.name,
      roleArn: machine.roleArn,
      express,
      input: text,
      startDate: this.clock.now(),
      definition: machine.definition,
    };
    const x = this.executions.create(start, input);
    this.runner.enter(x, () => {
      const d = { input: text, roleArn: start.roleArn };
      x.record(start.startDate, x.root, "ExecutionStarted", d, { prev: 0 });
      this.runner.watchDeadline(x);
      this.runner.schedule(x, x.root);
    });
    return x;
  }

  /** Resolves once all that has happened to an execution so far is durable. */
  durable(x: Execution): Promise<void> {
    const { journal } = this.#folder ?? {};
    if (journal === undefined || x.start.express) return Promise.resolve();
    return new Promise((resolve, reject) => {
      journal.whenDurable({ done: resolve, failed: reject });
    });
  }

  async machinesDurable(): Promise<void> {
    if (!this.#machinesPending) return;
    await this.#folder?.machines.settle();
    this.#machinesPending = false;
  }

  commit(x: Execution): void {
    const from = x.committed;
    if (this.#closed !== undefined) return;
    this.executions.write(x);
    if (this.listeners.size > 0 && from < x.log.length) {
      const recs = x.log.slice(from).filter((rec) => rec.id > 0);
      x.effects.push(() => {
        for (const rec of recs) {
          const event = toHistoryEvent(rec);
          for (const listener of this.listeners) listener({ executionArn: x.start.arn, event });
        }
      });
    }
    x.committed = x.log.length;
    if (this.#activity === 0) this.#tellWhenIdle();
    if (x.effects.length === 0) return;
    const effects = x.effects;
    x.effects = [];
    const { journal } = this.#folder ?? {};
    if (journal === undefined || x.start.express) {
      for (const effect of effects) effect();
      return;
    }
    this.busy();
    journal.whenDurable({
      done: () => {
        if (this.#closed === undefined) for (const effect of effects) effect();
        this.free();
      },
      failed: (error) => this.halt(error),
    });
  }

  invoke(call: TaskCall): Promise<unknown> {
    try {
      return this.#invoke(call);
    } catch (thrown) {
      return Promise.reject(thrown);
    }
  }

  newToken(): string {
    return this.tokens.create();
  }

  token(x: Execution, f: Frame, token: string): () => void {
    return this.tokens.add(token, x, f);
  }

  async startNested(request: {
    stateMachineArn: string;
    name: string;
    input: string;
  }): Promise<{ executionArn: string; startDate: number }> {
    this.checkOpen();
    const machine = this.machines.get(request.stateMachineArn);
    const arn = `${machine.arn.replace(":stateMachine:", ":execution:")}:${request.name}`;
    // After a restart the task starts its execution again: the one that it started before.
    const before = machine.type === "STANDARD" ? this.executions.find(arn) : undefined;
    const again = before?.start.input === request.input && before.resumable;
    const x = again ? before : this.begin(machine, request);
    await this.durable(x);
    return { executionArn: x.start.arn, startDate: x.start.startDate };
  }

  onEnd(executionArn: string, fn: (x: Execution) => void): () => void {
    const x = this.executions.find(executionArn);
    if (x !== undefined && !x.running) {
      let wanted = true;
      setImmediate(() => {
        if (wanted) fn(x);
      });
      return () => {
        wanted = false;
      };
    }
    const fns = this.#endings.get(executionArn) ?? new Set();
    this.#endings.set(executionArn, fns.add(fn));
    return () => fns.delete(fn);
  }

  ended(x: Execution): void {
    x.effects.push(() => {
      const fns = this.#endings.get(x.start.arn);
      this.#endings.delete(x.start.arn);
      for (const fn of fns ?? []) fn(x);
      // The results of an EXPRESS execution are not kept, as on AWS.
      if (x.start.express) this.executions.forget(x);
    });
  }

  /** Resolves with an execution once it has ended, durably. */
  async end(x: Execution): Promise<Execution> {
    if (!x.running) {
      await this.durable(x);
      return x;
    }
    this.checkOpen();
    return new Promise((resolve, reject) => {
      this.#waiting.add(reject);
      this.onEnd(x.start.arn, () => {
        this.#waiting.delete(reject);
        resolve(x);
      });
    });
  }

  busy(): void {
    this.#activity++;
  }

  free(): void {
    if (--this.#activity === 0) this.#tellWhenIdle();
  }

  /** Tells a clock that wants to know, once this turn of the event loop has led to nothing. */
  #tellWhenIdle(): void {
    if (this.clock.idle === undefined) return;
    setImmediate(() => {
      if (this.#activity === 0 && this.#closed === undefined) this.clock.idle?.();
    });
  }

  halt(error: EngineError | StorageError): void {
    if (this.#closed !== undefined) return;
    this.#closed = error;
    for (const x of this.executions.live()) {
      x.cancelDeadline?.();
      for (const f of x.frames) f.detach();
    }
    for (const reject of this.#waiting) reject(error);
    this.#waiting.clear();
  }

  async close(): Promise<void> {
    if (this.#closed?.name === "EngineClosed") return;
    this.halt(new EngineError("EngineClosed", "The engine has been closed"));
    await this.#folder?.close();
  }

  #compact(): void {
    try {
      this.executions.compact();
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      this.halt(new StorageError(`cannot write the archive: ${reason}`));
    }
  }

  #writeMachine(record: MachineRecord): void {
    if (this.#folder === undefined) return;
    this.#machinesPending = true;
    this.#folder.machines.append(JSON.stringify(record));
  }
}

function parseInput(text: string): Json {
  let input: Json;
  try {
    input = JSON.parse(text) as Json;
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new EngineError(
      "InvalidExecutionInput",
      `Invalid State Machine Execution Input: '${reason}'`,
    );
  }
  if (!exceedsPayloadLimit(input)) return input;
  throw new EngineError(
    "InvalidExecutionInput",
    "Invalid State Machine Execution Input: 'The input is longer than 262144 bytes'",
  );
}
