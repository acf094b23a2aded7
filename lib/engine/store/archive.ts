/**
 * Executions that have ended, out of the journal's way: each is one line of a data file, and a
 * line of the index says where. Only the index is read when the folder is opened.
 */
import fs from "node:fs";
import path from "node:path";
import type { ExecutionStart } from "../execution.ts";
import type { Json } from "../json.ts";
import type { Summary } from "../queries.ts";
import { readLines, syncFolder } from "./journal.ts";

/** An execution's records as the journal has them. */
export interface StoredExecution {
  readonly start: ExecutionStart;
  readonly rows: readonly Json[];
}

interface Entry extends Summary {
  readonly file: string;
  readonly offset: number;
  readonly bytes: number;
}

/** A data file is closed once it is larger than this. */
const FILE_LIMIT = 256 * 1024 * 1024;

export class Archive {
  readonly #folder: string;
  readonly #index: string;
  readonly #entries = new Map<string, Entry>();
  #file = 1;

  constructor(folder: string) {
    this.#folder = folder;
    this.#index = path.join(folder, "index.jsonl");
    fs.mkdirSync(folder, { recursive: true });
    readLines(this.#index, (line) => {
      const entry = line as Entry;
      this.#entries.set(entry.start.arn, entry);
    });
    while (fs.existsSync(this.#path(this.#file + 1))) this.#file++;
  }

  has(arn: string): boolean {
    return this.#entries.has(arn);
  }

  summaries(): Iterable<Summary> {
    return this.#entries.values();
  }

  read(arn: string): StoredExecution | undefined {
    const entry = this.#entries.get(arn);
    if (entry === undefined) return undefined;
    const fd = fs.openSync(path.join(this.#folder, entry.file), "r");
    try {
      const bytes = Buffer.alloc(entry.bytes);
      fs.readSync(fd, bytes, 0, entry.bytes, entry.offset);
      return JSON.parse(bytes.toString()) as StoredExecution;
    } finally {
      fs.closeSync(fd);
    }
  }

  /** Adds executions, durably: first the data, chain the index that points at it. */
  add(executions: Iterable<Summary & { readonly stored: StoredExecution }>): void {
    if (
      fs.existsSync(this.#path(this.#file)) &&
      fs.statSync(this.#path(this.#file)).size > FILE_LIMIT
    ) {
      this.#file++;
    }
    const file = path.basename(this.#path(this.#file));
    const data = fs.openSync(this.#path(this.#file), "a");
    const entries: Entry[] = [];
    try {
      let offset = fs.fstatSync(data).size;
      for (const { stored, start, status, stopDate, redriveCount, redriveDate } of executions) {
        const bytes = Buffer.from(`${JSON.stringify(stored)}\n`);
        for (let done = 0; done < bytes.length; ) done += fs.writeSync(data, bytes, done);
        // The input is in the data file; the index stays small.
        const brief = { ...start, input: "" };
        entries.push({
          start: brief,
          status,
          stopDate,
          redriveCount,
          redriveDate,
          file,
          offset,
          bytes: bytes.length - 1,
        });
        offset += bytes.length;
      }
      fs.fdatasyncSync(data);
    } finally {
      fs.closeSync(data);
    }
    const index = fs.openSync(this.#index, "a");
    try {
      fs.writeSync(index, entries.map((entry) => `${JSON.stringify(entry)}\n`).join(""));
      fs.fdatasyncSync(index);
    } finally {
      fs.closeSync(index);
    }
    syncFolder(this.#folder);
    for (const entry of entries) this.#entries.set(entry.start.arn, entry);
  }

  #path(file: number): string {
    return path.join(this.#folder, `executions-${String(file).padStart(4, "0")}.jsonl`);
  }
}
