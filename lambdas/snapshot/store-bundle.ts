/**
 * Files to `bundles/blobs/HEX`, where those of all bundles are, each once; what belongs to this one to
 * `bundles/HEX/…`. All is written once, and the listing last, so that what is listed is there.
 */
import type { S3Objects } from "../../lib/aws/s3-objects.ts";
import { digestOf, sha256 } from "../../lib/bundle/digest.ts";
import { OBJECTS } from "../../lib/runtime/deployed.ts";
import type { BundleSource } from "./read-source.ts";

/** Throws an `Error` if other bytes stand in the place of one of the files. */
export async function storeBundle(
  { digest, files, plan, lock }: BundleSource,
  bundles: S3Objects,
): Promise<void> {
  const folder = `${OBJECTS.bundles}${hexOf(digest)}/`;
  for (const bytes of files.values()) {
    await store(`${OBJECTS.bundleFiles}${hexOf(sha256(bytes))}`, bytes, bundles);
  }
  // One bundle may be compiled anew by a later kit: what that makes of it stands beside the first.
  const deployed = `${folder}plans/${hexOf(sha256(plan))}`;
  await store(`${deployed}.json`, plan, bundles);
  if (lock) await store(`${deployed}.lock.json`, lock, bundles);
  await store(`${folder}snapshot.json`, listing(digest, files), bundles);
}

/** The same listing as beside a snapshot on one machine (`lib/bundle/snapshot.ts`). */
function listing(digest: string, files: ReadonlyMap<string, Buffer>): Buffer {
  const listed = [...files].map(([path, bytes]) => [
    path,
    { bytes: bytes.byteLength, digest: sha256(bytes) },
  ]);
  const content = {
    format: 1,
    digest,
    content: digestOf(files),
    files: Object.fromEntries(listed) as object,
  };
  return Buffer.from(`${JSON.stringify(content, null, 2)}\n`);
}

async function store(key: string, bytes: Buffer, bundles: S3Objects): Promise<void> {
  const mediaType = /\.(json|map)$/.test(key) ? "application/json" : "text/plain; charset=utf-8";
  if (await bundles.putOnce(key, bytes, { mediaType })) return;
  const standing = await bundles.read(key);
  if (standing?.equals(bytes)) return;
  throw new Error(
    `s3://${bundles.bucket}/${key} holds other bytes than this bundle. A bundle is never replaced: ` +
      "whoever wrote there has to say why.",
  );
}

function hexOf(digest: string): string {
  return digest.slice("sha256:".length);
}
