import { open } from "node:fs/promises";
import { basename, extname, resolve } from "node:path";
import type { Control } from "../../runtime/control.ts";
import type { Json, JsonObject } from "../../runtime/json.ts";
import { Failure, isSystemError, systemFailure, usageFailure } from "../failure.ts";

/** A file, and the member of the input that refers to it. */
export interface NamedFile {
  readonly name: string;
  readonly file: string;
}

/** Reads `NAME=FILE`; throws for wrong usage. */
export function parseArtifact(text: string): NamedFile {
  const match = /^([A-Za-z_][A-Za-z0-9_]*)=(.+)$/.exec(text);
  if (!match?.[1] || !match[2]) {
    throw usageFailure(
      `--artifact ${text}: expected NAME=FILE`,
      "For example --artifact sbom=sbom.json; the input then has a reference under sbom.",
    );
  }
  return { name: match[1], file: match[2] };
}

/** Stores the files, and puts a reference to each into the input, under its name. */
export async function withArtifacts(
  control: Control,
  input: Json,
  artifacts: readonly NamedFile[],
  cwd: string,
): Promise<Json> {
  if (artifacts.length === 0) {
    return input;
  }
  if (input === null || typeof input !== "object" || Array.isArray(input)) {
    throw new Failure("InputInvalid", "The input is no object, so --artifact has nowhere to go", {
      hint: "Give an object with --input, or none.",
    });
  }
  const whole: JsonObject = { ...input };
  for (const { name, file } of artifacts) {
    whole[name] = { ...(await storeFile(control, file, cwd)) };
  }
  return whole;
}

const MEDIA_TYPES: Readonly<Record<string, string>> = {
  ".json": "application/json",
  ".md": "text/markdown",
  ".txt": "text/plain",
  ".xml": "application/xml",
  ".yaml": "application/yaml",
  ".yml": "application/yaml",
};

async function storeFile(control: Control, file: string, cwd: string) {
  const mediaType = MEDIA_TYPES[extname(file).toLowerCase()] ?? "application/octet-stream";
  try {
    // Opened first: a stream that cannot be would fail before anybody listens to it.
    const body = (await open(resolve(cwd, file))).createReadStream();
    return await control.putArtifact(body, { mediaType, name: basename(file) });
  } catch (error) {
    throw isSystemError(error) ? systemFailure("ArtifactUnreadable", error, file) : error;
  }
}
