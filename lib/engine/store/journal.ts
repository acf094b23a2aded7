/**
 * An append-only file of JSON lines with group commit: what is appended while one write is under
 * way goes out with the next, under a single fdatasync.
 */
import fs from "node:fs";
import path from "node:path";
import { StorageError } from "../errors.ts";

/** Told once what was appended before it is durable, or that it never will be. */
export interface Waiter {
  done(): void;
  failed(error: StorageError): void;
}

/** Records that nobody waits for are written at the latest after this many milliseconds. */
const LAZY_FLUSH = 20;

export class Journal {
  readonly #path: string;
  #fd: number;
  #size: number;
  #lines: string[] = [];
  #waiters: Waiter[] = [];
  #flushing = false;
  #scheduled = false;
  #lazy: NodeJS.Timeout | undefined;
  #failure: StorageError | undefined;
  #idle: (() => void)[] = [];
  /** Called after every write, while none is under way: the moment to rewrite the file. */
  readonly #written: () => void;

  constructor(path: string, written: () => void = () => {}) {
    this.#path = path;
    this.#written = written;
    this.#fd = fs.openSync(path, "a");
    this.#size = fs.fstatSync(this.#fd).size;
  }

  get size(): number {
    return this.#size;
  }

  append(line: string): void {
    if (this.#failure !== undefined) return;
    this.#lines.push(line);
    if (!this.#scheduled) this.#lazy ??= setTimeout(() => this.#flush(), LAZY_FLUSH);
  }

  whenDurable(waiter: Waiter): void {
    if (this.#failure !== undefined) {
      waiter.failed(this.#failure);
      return;
    }
    this.#waiters.push(waiter);
    if (this.#scheduled) return;
    this.#scheduled = true;
    // After everything that happens in this turn of the event loop, so that it shares the sync.
    setImmediate(() => this.#flush());
  }

  /** Resolves once everything appended so far is durable. */
  async settle(): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      this.whenDurable({ done: resolve, failed: reject });
    });
    if (this.#flushing) await new Promise<void>((resolve) => this.#idle.push(resolve));
  }

  /** Replaces the whole file; what was waiting to be appended is in `lines` already. */
  rewrite(lines: Iterable<string>): void {
    const next = `${this.#path}.new`;
    const waiters = this.#waiters;
    try {
      const fd = fs.openSync(next, "w");
      const size = writeAll(fd, lines);
      fs.fdatasyncSync(fd);
      fs.renameSync(next, this.#path);
      syncFolder(path.dirname(this.#path));
      fs.closeSync(this.#fd);
      this.#fd = fd;
      this.#size = size;
    } catch (error) {
      this.#fail(error, []);
      return;
    }
    this.#lines = [];
    this.#waiters = [];
    for (const waiter of waiters) waiter.done();
  }

  async close(): Promise<void> {
    try {
      await this.settle();
    } finally {
      clearTimeout(this.#lazy);
      fs.closeSync(this.#fd);
    }
  }

  #flush(): void {
    clearTimeout(this.#lazy);
    this.#lazy = undefined;
    // While a write is under way, its end takes up what has come meanwhile.
    if (this.#flushing || this.#failure !== undefined) return;
    this.#scheduled = false;
    const lines = this.#lines;
    const waiters = this.#waiters;
    this.#lines = [];
    this.#waiters = [];
    if (lines.length === 0) {
      for (const waiter of waiters) waiter.done();
      return;
    }
    this.#flushing = true;
    lines.push("");
    try {
      this.#write(Buffer.from(lines.join("\n")));
    } catch (error) {
      this.#fail(error, waiters);
      return;
    }
    fs.fdatasync(this.#fd, (error) => this.#flushed(error, waiters));
  }

  #flushed(error: Error | null, waiters: readonly Waiter[]): void {
    this.#flushing = false;
    if (error !== null) {
      this.#fail(error, waiters);
      return;
    }
    this.#scheduled = true;
    for (const waiter of waiters) waiter.done();
    this.#written();
    const idle = this.#idle;
    this.#idle = [];
    for (const fn of idle) fn();
    this.#scheduled = false;
    if (this.#waiters.length > 0) this.#flush();
    else if (this.#lines.length > 0) this.#lazy ??= setTimeout(() => this.#flush(), LAZY_FLUSH);
  }

  #write(bytes: Buffer): void {
    let written = 0;
    try {
      while (written < bytes.length) written += fs.writeSync(this.#fd, bytes, written);
    } catch (error) {
      // Half a line would be cut on the next start anyway; cut it now if the disk allows.
      try {
        fs.ftruncateSync(this.#fd, this.#size);
      } catch {}
      throw error;
    }
    this.#size += bytes.length;
  }

  #fail(error: unknown, waiters: readonly Waiter[]): void {
    const reason = error instanceof Error ? error.message : String(error);
    this.#failure = new StorageError(
      `cannot write ${this.#path}: ${reason}. Nothing since the last acknowledged event counts; free the disk or mend the folder, chain start again.`,
    );
    this.#flushing = false;
    const all = [...waiters, ...this.#waiters];
    this.#waiters = [];
    this.#lines = [];
    for (const waiter of all) waiter.failed(this.#failure);
    for (const fn of this.#idle) fn();
    this.#idle = [];
  }
}

/**
 * Reads a journal's complete lines and cuts what a crash left half written after them.
 * Throws StorageError if a line in the middle is damaged: that is no torn write.
 */
export function readLines(path: string, visit: (line: unknown) => void): void {
  if (!fs.existsSync(path)) return;
  const bytes = fs.readFileSync(path);
  let start = 0;
  for (let end = bytes.indexOf(10, start); end >= 0; end = bytes.indexOf(10, start)) {
    let line: unknown;
    try {
      line = JSON.parse(bytes.toString("utf8", start, end));
    } catch {
      const last = bytes.indexOf(10, end + 1) < 0;
      if (last) break;
      throw new StorageError(
        `${path}: byte ${start}: this line is damaged, and others follow it. Restore the file from a copy.`,
      );
    }
    visit(line);
    start = end + 1;
  }
  if (start < bytes.length) fs.truncateSync(path, start);
}

/** Writes lines in pieces of about a megabyte. Returns the number of bytes. */
export function writeAll(fd: number, lines: Iterable<string>): number {
  let size = 0;
  let piece: string[] = [];
  let length = 0;
  const write = () => {
    const bytes = Buffer.from(piece.join(""));
    for (let written = 0; written < bytes.length; ) written += fs.writeSync(fd, bytes, written);
    size += bytes.length;
    piece = [];
    length = 0;
  };
  for (const line of lines) {
    piece.push(line, "\n");
    length += line.length;
    if (length > 1_000_000) write();
  }
  write();
  return size;
}

/** Makes a rename or a new file in the folder durable. */
export function syncFolder(folder: string): void {
  const fd = fs.openSync(folder, "r");
  try {
    fs.fsyncSync(fd);
  } finally {
    fs.closeSync(fd);
  }
}
