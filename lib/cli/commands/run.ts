import { open } from "node:fs/promises";
import { userInfo } from "node:os";
import { basename, extname, resolve } from "node:path";
import { z } from "zod";
import type { Control } from "../../runtime/control.ts";
import type { Json, JsonObject } from "../../runtime/json.ts";
import { compileBundle } from "../bundles/compile-bundle.ts";
import { selectBundle } from "../bundles/select-bundle.ts";
import { defineCommand } from "../command.ts";
import { Failure, isSystemError, systemFailure, usageFailure } from "../failure.ts";
import { Address, RunName } from "../input/option-shapes.ts";
import { readJson } from "../input/read-input.ts";
import { runDocument, stepDocument } from "../runs/documents.ts";
import { followRun } from "../runs/follow-run.ts";
import { driveControl } from "../runs/open-control.ts";
import { exitCodeOf, printEnding, printInterrupted } from "../runs/run-ending.ts";
import { printStart } from "../runs/run-start.ts";

export const run = defineCommand({
  name: "run",
  summary: "Run a workflow and show its steps as they happen",
  details:
    "Stops where a person has to decide, and says how. Uses the runtime that espalier dev has started on the data folder, else one of its own.",
  arguments: [["<workflow>", "name under ./bundles, or path of a bundle's folder"]],
  options: [
    { flags: "--input <file>", description: "JSON input; - reads standard input (default: {})" },
    {
      flags: "--artifact <name=file>",
      description: "store a file, and put its reference into the input under NAME; repeatable",
      repeatable: true,
    },
    {
      flags: "--as <address>",
      description: "who asks for the run (default: you, at this machine)",
    },
    {
      flags: "--name <name>",
      description: "name of the run; the same name and input start it once",
    },
    { flags: "--detach", description: "start it, and do not wait" },
  ],
  examples: [
    { command: "espalier run hello", says: "without input" },
    { command: `echo '{"name":"Ada"}' | espalier run hello --input -`, says: "with input" },
    {
      command: "espalier run license-review --artifact sbom=sbom.json",
      says: "with a file of any size",
    },
  ],
  shape: {
    args: z.tuple([z.string().min(1)]),
    options: z.object({
      input: z.string().optional(),
      artifact: z.array(z.string()).default([]),
      as: Address.optional(),
      name: RunName.optional(),
      detach: z.boolean().default(false),
    }),
  },
  async perform(invocation, [workflow], { input, artifact, as, name, detach }) {
    const { io, out } = invocation;
    const artifacts = artifact.map(parseArtifact);
    const folder = selectBundle(workflow, io.cwd);
    const given = input === undefined ? {} : await readJson(input, io);
    const compiled = await compileBundle(invocation, folder);
    return driveControl(invocation, [compiled.deployment], async (control, place) => {
      const started = await control.startRun({
        workflow: compiled.deployment.plan.workflow,
        input: await withArtifacts(control, given, artifacts, io.cwd),
        principal: as ?? `${userInfo().username}@localhost`,
        ...(name !== undefined && { name }),
      });
      printStart(invocation, started, place);
      if (detach) {
        if (place.embedded) {
          out.line(`It goes on when a runtime drives it: ${invocation.suggest("dev")}`);
        }
        return { exitCode: 0, document: { run: runDocument(await control.run(started.id)) } };
      }
      const followed = await followRun(control, started.id, {
        out,
        steps: compiled.deployment.plan.steps,
        signal: io.signal,
      });
      await (followed.stoppedBecause === "interrupted"
        ? printInterrupted(invocation, followed.run)
        : printEnding(invocation, control, followed.run, followed.rows));
      if (followed.run.status === "SUCCEEDED") {
        out.line();
        out.line(`Look again: ${invocation.suggest(`show ${started.id}`)}`);
      }
      return {
        exitCode: exitCodeOf(followed),
        document: { run: runDocument(followed.run), steps: followed.rows.map(stepDocument) },
      };
    });
  },
});

interface NamedFile {
  readonly name: string;
  readonly file: string;
}

function parseArtifact(text: string): NamedFile {
  const match = /^([A-Za-z_][A-Za-z0-9_]*)=(.+)$/.exec(text);
  if (!match?.[1] || !match[2]) {
    throw usageFailure(
      `--artifact ${text}: expected NAME=FILE`,
      "For example --artifact sbom=sbom.json; the input then has a reference under sbom.",
    );
  }
  return { name: match[1], file: match[2] };
}

async function withArtifacts(
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
