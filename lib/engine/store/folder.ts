/** The engine's folder: its format, its lock, and the files in it. */
import fs from "node:fs";
import path from "node:path";
import { EngineError } from "../errors.ts";
import { Archive } from "./archive.ts";
import { Journal, readLines } from "./journal.ts";
import { lockFolder } from "./lock.ts";

/** Goes up when an older engine could not read what this one writes. */
export const FORMAT = 1;

export class Folder {
  readonly machines: Journal;
  readonly journal: Journal;
  readonly archive: Archive;
  readonly #unlock: () => void;

  private constructor(folder: string, unlock: () => void, written: () => void) {
    this.#unlock = unlock;
    this.archive = new Archive(path.join(folder, "archive"));
    this.machines = new Journal(path.join(folder, "machines.jsonl"));
    this.journal = new Journal(path.join(folder, "journal.jsonl"), written);
  }

  /**
   * Opens or makes the folder and hands over what is in it, oldest first.
   * Throws EngineError: `FolderTooNew`, `FolderInUse`, `FolderNotUsable`.
   */
  static open(
    folder: string,
    visit: { machine(line: unknown): void; journal(line: unknown): void; written(): void },
  ): Folder {
    const format = path.join(folder, "format.json");
    try {
      refuseNewer(folder, format);
      fs.mkdirSync(folder, { recursive: true });
      const unlock = lockFolder(folder);
      try {
        if (!fs.existsSync(format))
          fs.writeFileSync(format, `${JSON.stringify({ format: FORMAT })}\n`);
        readLines(path.join(folder, "machines.jsonl"), visit.machine);
        readLines(path.join(folder, "journal.jsonl"), visit.journal);
        return new Folder(folder, unlock, visit.written);
      } catch (error) {
        unlock();
        throw error;
      }
    } catch (error) {
      if (error instanceof EngineError) throw error;
      const { code, message } = error as NodeJS.ErrnoException;
      if (code === undefined) throw error;
      throw new EngineError(
        "FolderNotUsable",
        `${folder} cannot be used: ${message}. Name a folder in which this user may create files.`,
      );
    }
  }

  async close(): Promise<void> {
    try {
      await Promise.all([this.machines.close(), this.journal.close()]);
    } finally {
      this.#unlock();
    }
  }
}

function refuseNewer(folder: string, file: string): void {
  if (!fs.existsSync(file)) return;
  let format: unknown;
  try {
    format = (JSON.parse(fs.readFileSync(file, "utf8")) as { format?: unknown }).format;
  } catch {
    format = undefined;
  }
  if (format === FORMAT) return;
  throw new EngineError(
    "FolderTooNew",
    `${folder} has format ${String(format)}; this engine reads format ${FORMAT}. Use the version that wrote it, or another folder. Nothing was changed.`,
  );
}
