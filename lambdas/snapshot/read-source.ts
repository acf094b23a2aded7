/** The bundle as it comes with a deployment: one compressed JSON document. */
import { promisify } from "node:util";
import { gunzip } from "node:zlib";
import * as z from "zod";
import type { S3Objects } from "../../lib/aws/s3-objects.ts";
import { digestOf, sha256 } from "../../lib/bundle/digest.ts";

export interface BundleSource {
  /** `sha256:…` of the bundle. */
  readonly digest: string;
  readonly files: ReadonlyMap<string, Buffer>;
  readonly plan: Buffer;
}

const Document = z.object({
  format: z.literal(1),
  digest: z.string(),
  files: z.record(z.string(), z.base64()),
  plan: z.base64(),
});

/** Compiled step code in a snapshot, and its name in the digest's listing. */
const COMPILED = /^compiled\/(.+)\.mjs$/;
const MAP = /^compiled\/.+\.mjs\.map$/;

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
  checkDigest("files", expected.Digest, bundleDigest(files));
  checkDigest("plan", expected.Plan, sha256(plan));
  return { digest: document.digest, files, plan };
}

/** Source maps help people to read a stack; they make no difference to a run. */
function bundleDigest(files: ReadonlyMap<string, Buffer>): string {
  const parts = [...files].filter(([path]) => !MAP.test(path));
  return digestOf(
    new Map(
      parts.map(([path, bytes]) => {
        const entry = COMPILED.exec(path)?.[1];
        return [entry === undefined ? path : `compiled:${entry}`, bytes] as const;
      }),
    ),
  );
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
