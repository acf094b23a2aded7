/** Makes a scenario of a run that has ended: minimized, and with nothing that data classes forbid. */
import { randomUUID } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdir, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { gzip } from "node:zlib";
import { stringify } from "yaml";
import type { Plan } from "../../compiler/plan.ts";
import { readAll } from "../../runtime/artifact-handle.ts";
import type { Json } from "../../runtime/json.ts";
import type { Artifacts } from "../../runtime/ports.ts";
import { RunRedaction } from "../../runtime/run-redaction/run-redaction.ts";
import { collectArtifacts } from "../../runtime/run-snapshot.ts";
import type { ReplayBundle } from "../bundle-snapshot.ts";
import { isSameJson } from "../differences.ts";
import type { RecordedRun } from "../recorded-run.ts";
import { ReplayError } from "../replay-error.ts";
import { isObject } from "../request-of.ts";
import { playScenario } from "./play-scenario.ts";
import type { Played } from "./played.ts";
import { ARTIFACTS_FOLDER, openScenario, SCENARIO_FILE, SCENARIOS_FOLDER } from "./scenario.ts";
import { worldOf } from "./world-of.ts";

const compress = promisify(gzip);

/** Larger files are packed: nobody reads differences of them. */
const PLAIN_BYTES = 256 * 1024;
/** Of one artifact: scenarios live in repositories. */
const MAX_ARTIFACT_BYTES = 20 * 1024 * 1024;

export interface Capture {
  readonly name: string;
  readonly description?: string | undefined;
  /** What should have come out; absent: the run must end as it did. */
  readonly expected?: { readonly value: Json; readonly of?: string | undefined } | undefined;
  /** The run's own bundle. Absent: no artifact is written, as nobody knows what its contracts class. */
  readonly own?: ReplayBundle | undefined;
  readonly artifacts: Pick<Artifacts, "open" | "stat">;
  /** Folder of the bundle that gets it. */
  readonly bundle: string;
  /** Whether one that is there gives way. */
  readonly replace: boolean;
}

export interface Captured {
  readonly folder: string;
  /** Paths in there, sorted. */
  readonly files: readonly string[];
  /** Artifacts that a replay reads, and why they were not written. */
  readonly withheld: readonly {
    readonly artifact: string;
    readonly why: "classed" | "large" | "gone";
  }[];
  /** Whether its replay on the run's own bundle ends as the run did; null: that bundle is not kept. */
  readonly isSame: boolean | null;
  /** Tokens that stand for what was masked. */
  readonly masked: readonly string[];
}

/** Throws `ReplayError`: `ScenarioExists`, `RunEndedFromOutside`. */
export async function captureScenario(recorded: RecordedRun, capture: Capture): Promise<Captured> {
  const { run } = recorded;
  const { name, own, bundle, replace } = capture;
  const folder = join(bundle, SCENARIOS_FOLDER, name);
  if (existsSync(folder) && !replace) {
    throw new ReplayError(
      "ScenarioExists",
      `There is a scenario ${name} already.`,
      "Choose another name, or add --replace.",
    );
  }
  if (run.status !== "SUCCEEDED" && run.status !== "FAILED") {
    throw new ReplayError(
      "RunEndedFromOutside",
      `The run ${run.id} was ended from outside (${run.status}): nothing can be expected of it.`,
    );
  }
  const draft = join(bundle, SCENARIOS_FOLDER, `.draft-${randomUUID()}`);
  const made = join(draft, name);
  try {
    const { files, masked } = await filesOf(recorded, capture);
    for (const [path, body] of files) await write(made, path, body);
    const needed = own ? await neededArtifacts(recorded, made, capture, own) : new Set<string>();
    const { kept, withheld } = await allowedArtifacts(recorded, needed, capture);
    for (const [path, body] of kept) await write(made, path, body);
    const isSame = own ? isAsRecorded(recorded, await playFolder(made, own)) : null;
    await rm(folder, { recursive: true, force: true });
    await rename(made, folder);
    const all = [...files.keys(), ...kept.keys()].sort();
    return { folder, files: all, withheld, isSame, masked };
  } finally {
    await rm(draft, { recursive: true, force: true });
  }
}

async function filesOf(
  recorded: RecordedRun,
  capture: Capture,
): Promise<{ readonly files: Map<string, Uint8Array>; readonly masked: readonly string[] }> {
  const { run, input } = recorded;
  const { name, description, expected, own } = capture;
  const files = new Map<string, Uint8Array>();
  const put = async (path: string, value: unknown): Promise<string> => {
    const text = `${JSON.stringify(value, null, 2)}\n`;
    const isPlain = Buffer.byteLength(text) <= PLAIN_BYTES || path !== "world.json";
    const as = isPlain ? path : `${path}.gz`;
    files.set(as, isPlain ? Buffer.from(text) : await packed(Buffer.from(text)));
    return as;
  };
  const world = worldOf(recorded, own?.plan);
  // To be edited: what a value was, only its example can say.
  const tokens = JSON.stringify([input, world]).match(/\[masked:[^\]"\\]+:\d+\]/g) ?? [];
  const masked = Object.fromEntries([...new Set(tokens)].sort().map((token) => [token, token]));
  const given = isObject(input) ? (input.input ?? null) : input;
  const document = {
    apiVersion: "espalier/v1",
    scenario: name,
    ...(description !== undefined && { description }),
    from: { run: run.id, bundle: run.digest, version: run.version },
    input: { $json: await put("input.json", given) },
    world: await put("world.json", world),
    ...(Object.keys(masked).length > 0 && { masked }),
    checks: [
      expected
        ? {
            check: "exact",
            ...(expected.of !== undefined && { of: expected.of }),
            is: { $json: await put("expected.json", expected.value) },
          }
        : { check: "end", status: run.status, ...(run.error && { error: run.error.name }) },
    ],
  };
  files.set(SCENARIO_FILE, Buffer.from(stringify(document, { lineWidth: 100 })));
  return { files, masked: Object.keys(masked) };
}

/** What of the store a replay reads, and what the input names. */
async function neededArtifacts(
  { input }: RecordedRun,
  folder: string,
  { artifacts }: Capture,
  own: ReplayBundle,
): Promise<ReadonlySet<string>> {
  const needed = new Set<string>();
  collectArtifacts(JSON.stringify(input), needed);
  await playFolder(folder, own, async (digest) => {
    const bytes = await readAll(artifacts.open(digest)).catch(() => undefined);
    needed.add(digest);
    return bytes;
  });
  return needed;
}

async function allowedArtifacts(
  recorded: RecordedRun,
  needed: ReadonlySet<string>,
  { own, artifacts }: Capture,
): Promise<{
  readonly kept: ReadonlyMap<string, Uint8Array>;
  readonly withheld: Captured["withheld"];
}> {
  const forbidden = new Set(own ? classedArtifacts(recorded, own.plan) : recorded.artifacts);
  const all = own ? needed : new Set(recorded.artifacts);
  const kept = new Map<string, Uint8Array>();
  const withheld: Captured["withheld"][number][] = [];
  for (const artifact of [...all].sort()) {
    if (forbidden.has(artifact)) {
      withheld.push({ artifact, why: "classed" });
      continue;
    }
    const size = (await artifacts.stat(artifact))?.bytes;
    const bytes =
      size === undefined || size > MAX_ARTIFACT_BYTES
        ? undefined
        : Buffer.from(await readAll(artifacts.open(artifact)));
    if (!bytes) {
      withheld.push({ artifact, why: size === undefined ? "gone" : "large" });
      continue;
    }
    const path = `${ARTIFACTS_FOLDER}/${artifact.replace("sha256:", "")}`;
    if (bytes.byteLength <= PLAIN_BYTES) kept.set(path, bytes);
    else kept.set(`${path}.gz`, await packed(bytes));
  }
  return { kept, withheld };
}

/** As it was decided when the run was kept, and again by its plan: runs of earlier versions did not say. */
function classedArtifacts(
  { events, artifacts, withheld }: RecordedRun,
  plan: Plan,
): readonly string[] {
  const redaction = new RunRedaction(plan);
  for (const event of events) redaction.seeEvent(event);
  return [...withheld, ...redaction.withheld(artifacts)];
}

async function playFolder(
  folder: string,
  bundle: ReplayBundle,
  artifact?: (digest: string) => Promise<Uint8Array | undefined>,
): Promise<Played> {
  const { scenario, diagnostics } = await openScenario(folder);
  if (!scenario) throw new Error(`What was captured cannot be read: ${diagnostics[0]?.message}`);
  return playScenario(artifact ? { ...scenario, artifact } : scenario, bundle);
}

function isAsRecorded({ run, output }: RecordedRun, played: Played): boolean {
  const { status, error } = played.end;
  const isSameEnd = status === run.status && error === (run.error?.name ?? null);
  return isSameEnd && isSameJson(output, played.output);
}

async function write(folder: string, path: string, body: Uint8Array): Promise<void> {
  await mkdir(join(folder, path, ".."), { recursive: true });
  await writeFile(join(folder, path), body);
}

/** The same bytes for the same content: gzip's header says nothing of time or system. */
async function packed(bytes: Uint8Array): Promise<Uint8Array> {
  const body = await compress(bytes, { level: 9 });
  body[9] = 255;
  return body;
}
