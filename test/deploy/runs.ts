/** What is asked of runs: the CLI's documents, and what the run's snapshot has to hold. */
import { createHash } from "node:crypto";
import { gunzipSync } from "node:zlib";
import * as z from "zod";
import type { Aws } from "./aws.ts";
import type { Finished } from "./processes.ts";
import type { Report } from "./report.ts";
import { until } from "./until.ts";
import type { Workspace } from "./workspace.ts";

const Artifact = z.object({ $artifact: z.string(), bytes: z.number() });
const Output = z.object({
  order: z.string(),
  approval: z.object({ verdict: z.string(), by: z.string(), approval: z.string() }),
  shipped: z.object({ edition: z.string(), label: Artifact }),
});
export type Output = z.infer<typeof Output>;

const Record = z.object({
  id: z.string(),
  workflow: z.string(),
  version: z.string(),
  digest: z.string(),
  environment: z.string(),
  customer: z.string().nullable(),
  principal: z.string(),
  status: z.string(),
  startedAt: z.string(),
  endedAt: z.string().nullable(),
  error: z.unknown(),
});
export type Record = z.infer<typeof Record>;

const OpenApproval = z.object({
  id: z.string(),
  run: z.object({ id: z.string(), digest: z.string() }),
  evidence: z.looseObject({ more: z.unknown() }),
});
export type OpenApproval = z.infer<typeof OpenApproval>;

const Snapshot = z.object({
  format: z.literal(1),
  run: Record,
  events: z.number(),
  files: z.record(z.string(), z.object({ bytes: z.number(), digest: z.string() })),
  artifacts: z.array(z.string()),
});

const Approvals = z.array(
  z.object({
    id: z.string(),
    run: z.object({ id: z.string(), digest: z.string() }),
    decision: z.object({ verdict: z.string(), by: z.string() }),
  }),
);

/** The document that a command of ours prints. Throws if it fails. */
export function documentOf<T>({ code, stdout, stderr }: Finished, shape: z.ZodType<T>): T {
  if (code !== 0) throw new Error(`The command ended with ${code}: ${stdout}${stderr}`);
  return shape.parse(JSON.parse(stdout));
}

export async function listRuns(workspace: Workspace): Promise<readonly Record[]> {
  const Runs = z.object({ runs: z.array(Record) });
  return documentOf(await workspace.espalier("runs"), Runs).runs;
}

export function awaitRecord(
  workspace: Workspace,
  what: string,
  matches: (run: Record) => boolean,
): Promise<Record> {
  return until(what, async () => (await listRuns(workspace)).find(matches));
}

/** The open approval about an order. */
export function awaitApproval(workspace: Workspace, order: string): Promise<OpenApproval> {
  const Found = z.object({ approvals: z.array(OpenApproval) });
  const Evidence = z.object({ more: z.object({ order: z.string().optional() }) });
  return until(`the approval of ${order}`, async () =>
    documentOf(await workspace.espalier("approvals"), Found).approvals.find(
      ({ evidence }) => Evidence.parse(evidence).more.order === order,
    ),
  );
}

export async function outputOf(workspace: Workspace, run: string): Promise<Output> {
  const Shown = z.object({ run: z.object({ output: Output }) });
  return documentOf(await workspace.espalier("show", run), Shown).run.output;
}

export interface Expected {
  readonly record: Record;
  readonly input: unknown;
  readonly output: Output;
  readonly by: string;
  readonly label: string;
}

/** Reads the whole snapshot of a run and holds it against what happened. */
export async function checkSnapshot(
  aws: Aws,
  bucket: string,
  { record, input, output, by, label }: Expected,
  report: Report,
): Promise<void> {
  const folder = `runs/${record.id}/`;
  const read = (file: string) => aws.object(bucket, `${folder}${file}`);
  const main = await until("the run's snapshot", () => read("run.json"), 30);
  const snapshot = Snapshot.parse(JSON.parse(main.toString()));
  report.equal("run.json holds the run's record", snapshot.run, record);
  const files = new Map<string, Buffer>();
  for (const [file, { bytes, digest }] of Object.entries(snapshot.files)) {
    const body = await read(file);
    report.equal(`${file} has the bytes that run.json names`, body && [body.length, sha256(body)], [
      bytes,
      digest,
    ]);
    files.set(file, body ?? Buffer.of());
  }
  const json = (file: string): unknown => JSON.parse((files.get(file) ?? "null").toString());
  report.equal("input.json is what the event said", Input.parse(json("input.json")).input, input);
  report.equal("output.json is the run's output", Output.parse(json("output.json")), output);
  const history = gunzipSync(files.get("history.jsonl.gz") ?? Buffer.of()).toString();
  report.equal(
    "the history has every event",
    history.trimEnd().split("\n").length,
    snapshot.events,
  );
  report.equal(
    "approvals.json has the decision",
    Approvals.parse(json("approvals.json")).map(({ decision, run }) => [
      run.id,
      run.digest,
      decision.verdict,
      decision.by,
    ]),
    [[record.id, record.digest, "approved", by]],
  );
  const { $artifact } = output.shipped.label;
  report.equal("it names the label as an artifact", snapshot.artifacts, [$artifact]);
  const stored = await aws.object(bucket, `artifacts/${$artifact.replace("sha256:", "")}`);
  report.equal(
    "the label lies in the bucket under its digest",
    stored && sha256(stored),
    $artifact,
  );
  report.equal("and says what was shipped", stored?.toString(), label);
  report.equal(
    "the snapshot carries its retention class",
    await aws.objectTags(bucket, `${folder}run.json`),
    ["espalier-retention=short"],
  );
}

const Input = z.object({ input: z.unknown() });

export function sha256(bytes: Uint8Array): string {
  return `sha256:${createHash("sha256").update(bytes).digest("hex")}`;
}
