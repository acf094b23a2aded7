/**
 * The package `espalier/testing`: runs a step in a unit test as it runs in a workflow (contracts,
 * artifacts, effects once, error names), in this process and with everything else in memory.
 */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { storedArtifact } from "../runtime/artifact-handle.ts";
import type { RunIdentity, StepCall } from "../runtime/call.ts";
import type { StepArtifacts } from "../runtime/context.ts";
import type { Effect } from "../runtime/effect.ts";
import { invokeStep, type StepPorts } from "../runtime/invoke-step.ts";
import type { Json, JsonObject } from "../runtime/json.ts";
import type { ArtifactRef } from "../runtime/ports.ts";
import type { StepDefinition } from "../runtime/step-definition.ts";
import { systemClock } from "./ports/clock.ts";
import { ignore } from "./ports/durable-file.ts";
import { memoryArtifacts, memoryRecords } from "./ports/memory.ts";

/** A world for steps; use one for several steps that hand artifacts on, or to run one step twice. */
export interface TestWorld {
  readonly ports: StepPorts;
  /** Stores a document for an input, and opens those of an output. */
  readonly artifacts: StepArtifacts;
  /** What steps have logged, and their metrics: one JSON object a line. */
  readonly lines: string[];
}

export function makeTestWorld(): TestWorld {
  const artifacts = memoryArtifacts();
  return {
    ports: { artifacts, records: memoryRecords(), clock: systemClock },
    artifacts: {
      put: (body, info) => artifacts.put(typeof body === "string" ? Buffer.from(body) : body, info),
      open: (reference: ArtifactRef) => storedArtifact(reference, artifacts),
    },
    lines: [],
  };
}

export interface RunStepOptions {
  /** Default: a new one for each call. */
  readonly world?: TestWorld;
  readonly config?: JsonObject;
  /** Of a tool: what its agent was given. */
  readonly given?: Json;
  readonly run?: Partial<RunIdentity>;
  readonly step?: Partial<StepCall["step"]>;
  /** As the manifest says. Default `none`. */
  readonly effect?: Effect;
  /** The folder of the bundle, for `file(...)`; or the files by their path in the bundle. */
  readonly files?: string | Readonly<Record<string, string | Uint8Array>>;
  /** Default 60. */
  readonly timeoutSeconds?: number;
}

const RUN: RunIdentity = {
  id: "test-run",
  workflow: "test",
  version: "0.0.0",
  digest: `sha256:${"0".repeat(64)}`,
  environment: "test",
  customer: null,
  principal: "test@example.com",
  startedAt: "2026-01-01T00:00:00.000Z",
};

/**
 * Runs a step and returns its output as the next step gets it. The input is what `with` would give:
 * JSON, artifacts by reference (`world.artifacts.put`) or inline. Throws what Step Functions would
 * see, by `name`: `Contract.InputInvalid`, `Contract.OutputInvalid`, the handler's `StepError`, or
 * `Step.Failed`, whose `cause` is what the handler threw.
 */
export async function runStep(
  definition: StepDefinition,
  input: unknown,
  options: RunStepOptions = {},
): Promise<Json> {
  const { world = makeTestWorld(), files, timeoutSeconds = 60 } = options;
  // Fails here, not only when the bundle is compiled.
  definition.contract();
  const call: StepCall = {
    run: { ...RUN, ...options.run },
    step: { id: "step", iteration: "", attempt: 0, ...options.step },
    input: JSON.parse(JSON.stringify(input)) as Json,
    ...(options.given !== undefined && { given: options.given }),
    config: options.config ?? {},
  };
  return invokeStep(definition, call, world.ports, {
    effect: options.effect ?? "none",
    deadline: new Date(Date.now() + timeoutSeconds * 1000),
    readFile: (path) => readBundleFile(path, files),
    writeLine: (line) => world.lines.push(line),
  });
}

async function readBundleFile(
  path: string,
  files: RunStepOptions["files"],
): Promise<Uint8Array | undefined> {
  if (typeof files === "string") return readFile(join(files, path)).catch(ignore("ENOENT"));
  const body = files?.[path];
  return typeof body === "string" ? Buffer.from(body) : body;
}
