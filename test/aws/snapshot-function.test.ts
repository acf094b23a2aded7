/** The custom resource that keeps deployed bundles. */
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { sha256 } from "../../lib/bundle/digest.ts";
import { type PreparedBundle, prepareBundle } from "../../lib/constructs/code/prepared-bundle.ts";
import { VARIABLES } from "../../lib/runtime/deployed.ts";
import { context } from "./deployed-world.ts";
import { type S3Server, startS3 } from "./s3-server.ts";

type Handler = (event: unknown, context: object) => Promise<object>;

let s3: S3Server;
let cloudFormation: Server;
let answers: Record<string, unknown>[];
let handler: Handler;
let bundle: PreparedBundle;
let plan: Buffer;

beforeEach(async () => {
  s3 = await startS3();
  answers = [];
  cloudFormation = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      answers.push(JSON.parse(Buffer.concat(chunks).toString()) as Record<string, unknown>);
      // Its first answer is lost.
      response.writeHead(answers.length === 1 ? 503 : 200).end();
    });
  });
  await new Promise<void>((resolve) => cloudFormation.listen(0, "127.0.0.1", resolve));
  vi.stubEnv("AWS_REGION", "us-east-1");
  vi.stubEnv("AWS_ACCESS_KEY_ID", "test");
  vi.stubEnv("AWS_SECRET_ACCESS_KEY", "test");
  vi.stubEnv("AWS_ENDPOINT_URL_S3", s3.url);
  vi.stubEnv(VARIABLES.bundlesBucket, "bundles");
  vi.spyOn(console, "log").mockImplementation(() => undefined);
  vi.resetModules();
  handler = (await import("../../lambdas/snapshot/index.ts")).handler as Handler;
  bundle = await prepareBundle(join(import.meta.dirname, "../../lib/cli/template/bundles/hello"));
  plan = Buffer.from(JSON.stringify(bundle.plan));
  putSource({});
});
afterEach(async () => {
  vi.unstubAllEnvs();
  vi.restoreAllMocks();
  cloudFormation.closeAllConnections();
  await new Promise((resolve) => cloudFormation.close(resolve));
  await s3.close();
});

/** What `lib/constructs` puts among the assets, with some of it changed. */
function putSource(change: { readonly files?: Record<string, string>; readonly digest?: string }) {
  const files = new Map<string, Uint8Array | string>(bundle.sources);
  for (const [entry, { js, map }] of bundle.code) {
    files.set(`compiled/${entry}.mjs`, js);
    files.set(`compiled/${entry}.mjs.map`, map);
  }
  const encoded = [...files].map(([path, content]) => [
    path,
    Buffer.from(content).toString("base64"),
  ]);
  const document = {
    format: 1,
    digest: bundle.digest,
    plan: plan.toString("base64"),
    lock: Buffer.from(bundle.lock).toString("base64"),
    ...change,
    files: { ...Object.fromEntries(encoded), ...change.files } as object,
  };
  s3.objects.set("assets/source.json.gz", {
    body: gzipSync(JSON.stringify(document)),
    headers: {},
  });
}

function event(type: "Create" | "Update" | "Delete", properties: object = {}) {
  const { port } = cloudFormation.address() as AddressInfo;
  return {
    RequestType: type,
    ServiceToken: "arn:aws:lambda:us-east-1:000000000000:function:snapshot",
    ResponseURL: `http://127.0.0.1:${port}/answer?signature=x`,
    StackId: "stack",
    RequestId: "request",
    ResourceType: "Custom::EspalierSnapshot",
    LogicalResourceId: "Snapshot",
    ...(type !== "Create" && { PhysicalResourceId: bundle.digest }),
    ResourceProperties: {
      ServiceToken: "arn:aws:lambda:us-east-1:000000000000:function:snapshot",
      Digest: bundle.digest,
      Plan: sha256(plan),
      SourceBucket: "assets",
      SourceKey: "source.json.gz",
      ...properties,
    },
  };
}

const folder = () => `bundles/bundles/${bundle.digest.slice(7)}`;
const stored = () => [...s3.objects.keys()].filter((key) => key.startsWith("bundles/"));

describe("the function snapshot", () => {
  it("stores a bundle under its digest, its listing last, and tells CloudFormation", async () => {
    await handler(event("Create"), context);
    const files = [
      ...bundle.sources.values(),
      ...[...bundle.code.values()].flatMap(({ js, map }) => [js, map]),
    ];
    const blobs = [
      ...new Set(files.map((bytes) => `bundles/bundles/blobs/${sha256(bytes).slice(7)}`)),
    ];
    expect(stored()).toEqual([
      ...blobs,
      `${folder()}/plans/${sha256(plan).slice(7)}.json`,
      `${folder()}/plans/${sha256(plan).slice(7)}.lock.json`,
      `${folder()}/snapshot.json`,
    ]);
    // The second time it was taken.
    expect(answers).toHaveLength(2);
    expect(answers[1]).toEqual({
      Status: "SUCCESS",
      PhysicalResourceId: bundle.digest,
      StackId: "stack",
      RequestId: "request",
      LogicalResourceId: "Snapshot",
    });
    const listing = JSON.parse(s3.objects.get(`${folder()}/snapshot.json`)?.body.toString() ?? "");
    expect(listing).toMatchObject({ format: 1, digest: bundle.digest });
  });

  it("changes nothing when it is told again, and adds another plan and lock beside the first", async () => {
    await handler(event("Create"), context);
    const before = stored();
    await handler(event("Update"), context);
    expect(stored()).toEqual(before);
    plan = Buffer.from(`${plan.toString()} `);
    putSource({});
    expect(await handler(event("Update"), context)).toMatchObject({ Status: "SUCCESS" });
    expect(stored()).toHaveLength(before.length + 2);
  });

  it("deletes nothing, whatever the properties are", async () => {
    await handler(event("Create"), context);
    const before = stored();
    const answer = await handler({ ...event("Delete"), ResourceProperties: {} }, context);
    expect(answer).toMatchObject({ Status: "SUCCESS", PhysicalResourceId: bundle.digest });
    expect(stored()).toEqual(before);
  });

  it("refuses to replace what stands there", async () => {
    const [manifest = ""] = bundle.sources.values();
    s3.objects.set(`bundles/bundles/blobs/${sha256(manifest).slice(7)}`, {
      body: Buffer.from("other"),
      headers: {},
    });
    expect(await handler(event("Create"), context)).toMatchObject({
      Status: "FAILED",
      Reason: expect.stringContaining("holds other bytes"),
    });
    expect(stored()).not.toContain(`${folder()}/snapshot.json`);
  });

  it.each([
    ["files that are not the bundle's", { files: { "more.txt": "" } }, /files should have/],
    ["another bundle's digest", { digest: `sha256:${"0".repeat(64)}` }, /bundle should have/],
    ["a path that leaves the folder", { files: { "../x": "" } }, /cannot be a path/],
    ["a path of its own", { files: { "snapshot.json": "" } }, /cannot be a path/],
  ])("refuses %s", async (_case, change, reason) => {
    putSource(change);
    const answer = await handler(event("Create"), context);
    expect(answer).toMatchObject({ Status: "FAILED", Reason: expect.stringMatching(reason) });
    expect(stored()).toEqual([]);
  });

  it("says so when the source is missing, or its time is up", async () => {
    const missing = await handler(event("Create", { SourceKey: "none" }), context);
    expect(missing).toMatchObject({ Status: "FAILED", Reason: expect.stringContaining("none") });
    const late = { ...context, getRemainingTimeInMillis: () => 0 };
    const answer = await handler(event("Create"), late);
    expect(answer).toMatchObject({ Status: "FAILED", Reason: expect.stringContaining("longer") });
  });
});
