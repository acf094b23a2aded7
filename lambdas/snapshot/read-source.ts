/** The bundle as it comes with a deployment: one compressed JSON document. */
import { promisify } from "node:util";
import { gunzip } from "node:zlib";
import * as z from "zod";
import type { S3Objects } from "../../lib/aws/s3-objects.ts";
import { bundleDigest } from "../../lib/bundle/bundle-files.ts";
import { listedFiles, sha256 } from "../../lib/bundle/digest.ts";

export interface BundleSource {
  /** `sha256:…` of the bundle. */
  readonly digest: string;
  readonly files: ReadonlyMap<string, Buffer>;
  readonly plan: Buffer;
  /** Absent: a deployment of an earlier version. */
  readonly lock: Buffer | undefined;
}

const Document = z.object({
  format: z.literal(1),
  digest: z.string(),
  files: z.record(z.string(), z.base64()),
  plan: z.base64(),
  lock: z.base64().optional(),
});

/** Throws an `Error` unless the document is there and is what its digests say. */
export async function readSource(
  assets: S3Objects,
  key: string,
  expected: { readonly Digest: string; readonly Plan: string },
): Promise<BundleSource> {
  const packed = await assets.read(key);
  if (!packed) throw new Error(`There is no object s3://${assets.bucket}/${key}.`);
  const text = (await promisify(gunzip)(packed)).toString();
  const document = Document.parse(JSON.parse(text));
  const files = new Map(
    Object.entries(document.files).map(([path, bytes]) => [path, Buffer.from(bytes, "base64")]),
  );
  const plan = Buffer.from(document.plan, "base64");
  for (const path of files.keys()) checkPath(path);
  checkDigest("bundle", expected.Digest, document.digest);
  checkDigest("files", expected.Digest, bundleDigest(listedFiles(files)));
  checkDigest("plan", expected.Plan, sha256(plan));
  const lock = document.lock === undefined ? undefined : Buffer.from(document.lock, "base64");
  return { digest: document.digest, files, plan, lock };
}

function checkDigest(what: string, expected: string, found: string): void {
  if (found === expected) return;
  throw new Error(`The ${what} should have the digest ${expected}, found ${found}.`);
}

function checkPath(path: string): void {
  const isPlain = (part: string) => part !== "" && part !== "." && part !== "..";
  const isOwn = path === "snapshot.json" || path.startsWith("plans/");
  if (path.split("/").every(isPlain) && !/[\\\0]/.test(path) && !isOwn) return;
  throw new Error(`${JSON.stringify(path)} cannot be a path in a bundle's snapshot.`);
}
