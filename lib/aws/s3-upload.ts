/** Puts a file into S3, part by part: each part can be sent again, and only one is held in memory. */
import { type FileHandle, open } from "node:fs/promises";
import type { CompletedPart } from "@aws-sdk/client-s3";
import { headersOf, type ObjectInfo, once, type S3Objects, sha256Base64 } from "./s3-objects.ts";

/** S3 takes parts from 5 MiB on, and at most 10,000 of them: so 160 GB. */
const PART_BYTES = 16 * 1024 * 1024;

export interface FileInfo extends ObjectInfo {
  readonly partBytes?: number | undefined;
  /** Replaces what may be there. */
  readonly replace?: boolean;
}

/**
 * Writes the file unless the object is there (`If-None-Match: *` at the end); says whether it was
 * written. With `replace`, whatever is there. An upload that meets another one of the same key begins anew, as S3 asks for. What a
 * killed process leaves of an upload is the bucket's lifecycle rule to remove.
 * https://docs.aws.amazon.com/AmazonS3/latest/API/API_CompleteMultipartUpload.html
 */
export async function uploadFile(
  objects: S3Objects,
  key: string,
  path: string,
  info: FileInfo,
): Promise<boolean> {
  const file = await open(path, "r");
  try {
    return await once(() => upload(objects, key, file, info));
  } finally {
    await file.close();
  }
}

async function upload(
  objects: S3Objects,
  key: string,
  file: FileHandle,
  info: FileInfo,
): Promise<void> {
  const { client, calls } = await objects.client();
  const place = { Bucket: objects.bucket, Key: key };
  const { UploadId } = await client.send(
    new calls.createUpload({ ...place, ...headersOf(info), ChecksumAlgorithm: "SHA256" }),
  );
  try {
    const Parts: CompletedPart[] = [];
    for await (const Body of partsOf(file, info.partBytes ?? PART_BYTES)) {
      const part = { PartNumber: Parts.length + 1, ChecksumSHA256: sha256Base64(Body) };
      const { ETag } = await client.send(
        new calls.uploadPart({ ...place, ...part, UploadId, Body, ContentLength: Body.length }),
      );
      Parts.push({ ...part, ETag });
    }
    await client.send(
      new calls.completeUpload({
        ...place,
        UploadId,
        MultipartUpload: { Parts },
        IfNoneMatch: "*",
      }),
    );
  } catch (error) {
    // Only tidies up; the lifecycle rule does the same a few days later.
    await client.send(new calls.abortUpload({ ...place, UploadId })).catch(() => undefined);
    throw error;
  }
}

async function* partsOf(file: FileHandle, size: number): AsyncGenerator<Buffer> {
  for (let at = 0; ; at += size) {
    const buffer = Buffer.alloc(size);
    let filled = 0;
    while (filled < size) {
      const { bytesRead } = await file.read(buffer, filled, size - filled, at + filled);
      if (bytesRead === 0) break;
      filled += bytesRead;
    }
    if (filled > 0) yield buffer.subarray(0, filled);
    if (filled < size) return;
  }
}
