/** The same on AWS as on one machine (test/local/run-redaction.test.ts), and in what is brought from there. */
import { gunzipSync } from "node:zlib";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { lazyS3 } from "../../lib/aws/lazy-s3.ts";
import { lazySfn } from "../../lib/aws/lazy-sfn.ts";
import type { HistoryEvent } from "../../lib/aws/sfn-calls.ts";
import { writeRunSnapshot } from "../../lib/aws/write-run-snapshot.ts";
import { pullArtifacts } from "../../lib/cli/pull/pull-artifacts.ts";
import { memoryArtifacts } from "../../lib/local/ports/memory.ts";
import { RunListing } from "../../lib/replay/recorded-run.ts";
import type { KeptFiles } from "../../lib/runtime/kept-files.ts";
import {
  echoes,
  leaksIn,
  leavesOf,
  planted,
  RUN,
  type Told,
  tellRun,
} from "../local/redaction-scene.ts";
import { type S3Server, startS3 } from "./s3-server.ts";

let s3: S3Server;

beforeAll(async () => {
  s3 = await startS3();
  vi.stubEnv("AWS_REGION", "us-east-1");
  vi.stubEnv("AWS_ACCESS_KEY_ID", "test");
  vi.stubEnv("AWS_SECRET_ACCESS_KEY", "test");
  vi.stubEnv("AWS_ENDPOINT_URL_S3", s3.url);
});
afterAll(async () => {
  vi.unstubAllEnvs();
  await s3.close();
});

/** Writes the run's snapshot; returns its files as they lie in the bucket, and what may be had of its artifacts. */
async function keepAndPull(told: Told) {
  const { plan, events, report, ports, files: documents } = await tellRun(told);
  s3.objects.clear();
  s3.objects.set(`bundles/bundles/${RUN.digest.slice(7)}/plans/p.json`, {
    body: Buffer.from(JSON.stringify({ ...plan, steps: [] })),
    headers: {},
  });
  await writeRunSnapshot(events as unknown as readonly HistoryEvent[], report, {
    clients: { s3: lazyS3(), sfn: lazySfn() },
    ...{ ports, runsBucket: "runs", bundlesBucket: "bundles", traceContent: true },
  });
  const files: Record<string, string> = {};
  for (const [key, { body }] of s3.objects) {
    if (!key.startsWith("runs/")) continue;
    files[key.replace(/^.*\//, "")] = (key.endsWith(".gz") ? gunzipSync(body) : body).toString();
  }
  const listing = RunListing.parse(JSON.parse(files["run.json"] ?? ""));
  const kept = { artifact: async (digest: string) => ports.artifacts.open(digest) };
  const store = memoryArtifacts();
  const pulled = await pullArtifacts(kept as unknown as KeptFiles, listing, store);
  return { files, pulled, documents };
}

describe("a run's snapshot on AWS", () => {
  it("holds nothing of what a contract classes, nor does what is pulled", async () => {
    await fc.assert(
      fc.asyncProperty(planted, fc.constantFrom(...echoes), async (one, echo) => {
        const { schema, value, secrets } = one;
        const cause = `Cannot use ${leavesOf(value).join(", ")}: ${JSON.stringify({ value })}`;
        const documents = { first: { class: "pii" }, second: {} };
        const told = { contract: schema, value, echo, cause, documents };
        const { files, pulled } = await keepAndPull(told);
        expect(Object.keys(files)).toHaveLength(7);
        expect(leaksIn(files, secrets)).toEqual([]);
        expect(pulled.pulled).toEqual([]);
      }),
      { numRuns: 15 },
    );
  }, 120_000);

  it("lets go of what every contract calls open", async () => {
    const { pulled, documents } = await keepAndPull({
      contract: { properties: { a: { "x-data-class": "pii" } } },
      value: { a: "some value" },
      echo: (value) => value,
      documents: { open: { class: "internal" }, silent: {} },
    });
    expect(pulled).toMatchObject({
      pulled: [documents.open?.$artifact],
      withheld: [documents.silent?.$artifact],
    });
  });
});
