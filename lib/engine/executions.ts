/** Executions in memory and in the folder, by ARN. */
import { EngineError } from "./errors.ts";
import { Execution, type ExecutionStart } from "./execution.ts";
import type { Json } from "./json.ts";
import type { Machines } from "./machines.ts";
import type { Summary } from "./queries.ts";
import { decode, encode } from "./record.ts";
import type { StoredExecution } from "./store/archive.ts";
import type { Folder } from "./store/folder.ts";

/** One line of the journal: records of one execution; with `s` the first time it appears. */
interface JournalLine {
  readonly x: number;
  readonly s?: ExecutionStart;
  readonly r: readonly Json[];
}

/** The journal is cleared of ended executions once it is larger than this. */
const JOURNAL_LIMIT = 32 * 1024 * 1024;

export class Executions {
  readonly #machines: Machines;
  readonly #live = new Map<string, Execution>();
  readonly #keys = new Map<Execution, number>();
  readonly #byKey = new Map<number, Execution>();
  #nextKey = 1;
  #recent: Execution | undefined;
  #compactAt = JOURNAL_LIMIT;
  folder: Folder | undefined;

  constructor(machines: Machines) {
    this.#machines = machines;
  }

  create(start: ExecutionStart, input: Json): Execution {
    const x = new Execution(start, this.#machines.compiled(start.definition), input);
    this.#live.set(start.arn, x);
    return x;
  }

  /** Throws ExecutionDoesNotExist. */
  get(arn: string): Execution {
    const x = this.find(arn);
    if (x !== undefined) return x;
    if (!/^arn:[^:]+:states:[^:]*:[^:]*:(execution|express):[^:]+:.+$/.test(arn)) {
      throw new EngineError("InvalidArn", `Invalid Arn: '${arn}'`);
    }
    throw new EngineError("ExecutionDoesNotExist", `Execution Does Not Exist: '${arn}'`);
  }

  find(arn: string): Execution | undefined {
    const live = this.#live.get(arn);
    if (live !== undefined) return live;
    if (this.#recent?.start.arn === arn) return this.#recent;
    const stored = this.folder?.archive.read(arn);
    if (stored === undefined) return undefined;
    // A history is read page by page: the last one read stays at hand.
    this.#recent = this.#rebuild(stored);
    return this.#recent;
  }

  has(arn: string): boolean {
    return this.#live.has(arn) || this.folder?.archive.has(arn) === true;
  }

  /** Takes an execution that was read from the archive back among the living. */
  revive(x: Execution): void {
    if (this.#live.has(x.start.arn)) return;
    this.#live.set(x.start.arn, x);
    this.#recent = undefined;
    x.committed = 0;
  }

  forget(x: Execution): void {
    this.#live.delete(x.start.arn);
  }

  live(): Iterable<Execution> {
    return this.#live.values();
  }

  /** Newest first. */
  summaries(wanted: (summary: Summary) => boolean): Summary[] {
    const found: Summary[] = [...this.#live.values()].filter(wanted);
    for (const summary of this.folder?.archive.summaries() ?? []) {
      if (!this.#live.has(summary.start.arn) && wanted(summary)) found.push(summary);
    }
    // Of those that started within one millisecond, the later one is the newer.
    return found.reverse().sort((a, b) => b.start.startDate - a.start.startDate);
  }

  /** Hands the records since the last time to the journal. */
  write(x: Execution): void {
    const journal = this.folder?.journal;
    if (journal === undefined || x.start.express || x.committed === x.log.length) return;
    journal.append(this.#line(x, x.committed));
  }

  #line(x: Execution, from: number): string {
    let key = this.#keys.get(x);
    const known = key !== undefined && from > 0;
    if (key === undefined) {
      key = this.#nextKey++;
      this.#keys.set(x, key);
    }
    const rows: Json[] = [];
    for (let i = from; i < x.log.length; i++) rows.push(encode(x.log[i] as (typeof x.log)[number]));
    const line: JournalLine = known ? { x: key, r: rows } : { x: key, s: x.start, r: rows };
    return JSON.stringify(line);
  }

  /** Reads a line of the journal back. */
  restore(line: unknown): void {
    const { x: key, s: start, r: rows } = line as JournalLine;
    this.#nextKey = Math.max(this.#nextKey, key + 1);
    let x = this.#byKey.get(key);
    if (start !== undefined) {
      x = this.create(start, JSON.parse(start.input) as Json);
      this.#byKey.set(key, x);
      this.#keys.set(x, key);
    }
    if (x === undefined) throw new Error(`records of an unknown execution ${key}`);
    replay(x, rows);
  }

  /** Moves what has ended into the archive and starts the journal anew, if it has grown to `size`. */
  compact(size = this.#compactAt): void {
    const { folder } = this;
    if (folder === undefined || folder.journal.size < size) return;
    const ended = [...this.#live.values()].filter((x) => !x.running && !x.start.express);
    const running = [...this.#live.values()].filter((x) => x.running && !x.start.express);
    folder.archive.add(
      ended.map((x) => ({
        start: x.start,
        status: x.status,
        stopDate: x.stopDate,
        redriveCount: x.redriveCount,
        redriveDate: x.redriveDate,
        stored: { start: x.start, rows: x.log.map(encode) },
      })),
    );
    folder.journal.rewrite(running.map((x) => this.#line(x, 0)));
    for (const x of running) x.committed = x.log.length;
    for (const x of ended) {
      this.#live.delete(x.start.arn);
      this.#keys.delete(x);
    }
    this.#byKey.clear();
    this.#compactAt = Math.max(JOURNAL_LIMIT, 2 * folder.journal.size);
  }

  #rebuild(stored: StoredExecution): Execution {
    const { start, rows } = stored;
    const x = new Execution(
      start,
      this.#machines.compiled(start.definition),
      JSON.parse(start.input) as Json,
    );
    replay(x, rows);
    return x;
  }
}

function replay(x: Execution, rows: readonly Json[]): void {
  for (const row of rows) x.restore(decode(row, (id) => x.frames[id] ?? x.root));
  x.committed = x.log.length;
}
