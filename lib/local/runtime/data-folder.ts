/** The data folder: what lies where, and whether this Espalier may use it. See `../README.md`. */
import { randomUUID } from "node:crypto";
import { constants } from "node:fs";
import { access, mkdir, readFile, rename, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { RequestError } from "../../runtime/errors.ts";

/** Goes up when an older Espalier could no longer read what a newer one has written. */
export const FORMAT = 1;

export interface DataFolder {
  readonly path: string;
  readonly engine: string;
  readonly bundles: string;
  readonly runs: string;
  readonly ports: string;
  readonly events: string;
  readonly outbox: string;
}

/**
 * Opens the folder, or makes it. A folder of a newer format is left untouched, and one that cannot be
 * written is named as such: `RequestError` `DataFolderNewer`, `DataFolderUnusable`.
 */
export async function openDataFolder(directory: string): Promise<DataFolder> {
  const path = resolve(directory);
  const marker = join(path, "format");
  try {
    await mkdir(path, { recursive: true });
    const format = await readFormat(marker);
    if (format === undefined) {
      // Two processes may do so at once; each moves a file of its own.
      const draft = `${marker}.${randomUUID()}`;
      await writeFile(draft, `${FORMAT}\n`);
      await rename(draft, marker);
    } else if (format !== FORMAT) {
      throw otherFormat(path, format);
    }
    await access(path, constants.R_OK | constants.W_OK | constants.X_OK);
  } catch (error) {
    throw error instanceof RequestError ? error : unusable(path, error);
  }
  return {
    path,
    engine: join(path, "engine"),
    bundles: join(path, "bundles"),
    runs: join(path, "runs"),
    ports: join(path, "store"),
    events: join(path, "events.ndjson"),
    outbox: join(path, "outbox"),
  };
}

async function readFormat(marker: string): Promise<number | undefined> {
  try {
    return Number((await readFile(marker, "utf8")).trim());
  } catch (error) {
    if (codeOf(error) === "ENOENT") return undefined;
    throw error;
  }
}

function otherFormat(path: string, format: number): RequestError {
  if (format > FORMAT) {
    return new RequestError(
      "DataFolderNewer",
      `The data folder ${path} has format ${format}; this Espalier knows formats up to ${FORMAT}.`,
      "Use the Espalier that wrote it, or another folder with `--data`. Nothing was changed.",
    );
  }
  return new RequestError(
    "DataFolderUnusable",
    `The file "format" in ${path} does not hold a format number.`,
    "If the folder is no data folder of Espalier, name another with `--data`.",
  );
}

const REASONS: Readonly<Record<string, string>> = {
  EACCES: "its permissions do not allow it",
  EPERM: "its permissions do not allow it",
  EROFS: "it lies on a read-only file system",
  ENOTDIR: "something on its path is no folder",
  EEXIST: "it is no folder",
  ENOSPC: "the disk is full",
};

function unusable(path: string, error: unknown): unknown {
  const code = codeOf(error);
  if (code === undefined) return error;
  return new RequestError(
    "DataFolderUnusable",
    `The data folder ${path} cannot be used: ${REASONS[code] ?? code}.`,
    "Make it writable, or name another with `--data`.",
  );
}

function codeOf(error: unknown): string | undefined {
  if (!(error instanceof Error) || !("code" in error)) return undefined;
  return typeof error.code === "string" ? error.code : undefined;
}
