/** A run as its snapshot keeps it: Step Functions forgets an execution 90 days after its end. */

import { createInterface } from "node:readline";
import { Readable } from "node:stream";
import { createGunzip } from "node:zlib";
import type { RunEvent } from "../../runtime/control.ts";
import { OBJECTS } from "../../runtime/deployed.ts";
import type { Json } from "../../runtime/json.ts";
import type { ClassedPlan } from "../../runtime/run-redaction/plan-contracts.ts";
import { SNAPSHOT_FILES } from "../../runtime/run-snapshot.ts";
import type { TimelineStep } from "../../runtime/timeline.ts";
import type { S3Objects } from "../s3-objects.ts";

/** Where a run's files are, as people are told. */
export function locationOf(run: string, runs: S3Objects): string {
  return `s3://${runs.bucket}/${OBJECTS.runs}${run}/`;
}

/** Null for what is not kept (any more). */
export async function keptEnds(
  run: string,
  runs: S3Objects,
): Promise<{ readonly input: Json; readonly output: Json }> {
  const [input, output] = await Promise.all([
    readJson(`${OBJECTS.runs}${run}/${SNAPSHOT_FILES.input}`, runs),
    readJson(`${OBJECTS.runs}${run}/${SNAPSHOT_FILES.output}`, runs),
  ]);
  const envelope = input as { readonly input?: Json } | null;
  return { input: envelope?.input ?? null, output: output ?? null };
}

export async function* keptHistory(run: string, runs: S3Objects): AsyncGenerator<RunEvent> {
  const packed = await runs.open(`${OBJECTS.runs}${run}/${SNAPSHOT_FILES.history}`);
  if (!packed) return;
  const text = Readable.from(packed).pipe(createGunzip());
  for await (const line of createInterface({ input: text })) yield JSON.parse(line) as RunEvent;
}

/** Steps of the plan that a bundle was deployed with; none if it is not there. */
export async function keptSteps(
  digest: string,
  bundles: S3Objects,
): Promise<readonly TimelineStep[]> {
  return (await keptPlan(digest, bundles))?.steps ?? [];
}

/** What is read of a plan here: its steps, and the contracts that say what is masked. */
export type KeptPlan = ClassedPlan & { readonly steps: readonly TimelineStep[] };

/** The plan of that digest, else one that the bundle was deployed with; undefined if it is not there. */
export async function keptPlan(
  digest: string,
  bundles: S3Objects,
  plan?: string,
): Promise<KeptPlan | undefined> {
  if (!/^sha256:[0-9a-f]{64}$/.test(digest)) return undefined;
  const prefix = `${OBJECTS.bundles}${digest.slice("sha256:".length)}/plans/`;
  if (plan !== undefined) {
    const own = await readJson(`${prefix}${plan.slice("sha256:".length)}.json`, bundles);
    if (own !== undefined) return own as unknown as KeptPlan;
  }
  for await (const key of bundles.keys(prefix)) {
    // Plans of one bundle differ in what the kit made of it, never in its steps.
    const plan = (await readJson(key, bundles)) as { readonly steps?: unknown } | undefined;
    if (Array.isArray(plan?.steps)) return plan as KeptPlan;
  }
  return undefined;
}

async function readJson(key: string, objects: S3Objects): Promise<Json | undefined> {
  const body = await objects.read(key);
  return body && (JSON.parse(body.toString()) as Json);
}
