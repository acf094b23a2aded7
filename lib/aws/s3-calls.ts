/** The calls of S3 that we use. Loaded on first use, through `lazy`: the client is our largest. */
import {
  AbortMultipartUploadCommand,
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  S3Client,
  UploadPartCommand,
} from "@aws-sdk/client-s3";
import { type AwsAccess, clientSettings } from "./client-settings.ts";

export const s3 = {
  abortUpload: AbortMultipartUploadCommand,
  completeUpload: CompleteMultipartUploadCommand,
  createUpload: CreateMultipartUploadCommand,
  get: GetObjectCommand,
  head: HeadObjectCommand,
  list: ListObjectsV2Command,
  put: PutObjectCommand,
  uploadPart: UploadPartCommand,
} as const;

export type { S3Client } from "@aws-sdk/client-s3";

export function makeS3Client(access?: AwsAccess): S3Client {
  return new S3Client({
    ...clientSettings(access),
    // We send a SHA-256 with each write, and check our own on each read.
    requestChecksumCalculation: "WHEN_REQUIRED",
    responseChecksumValidation: "WHEN_REQUIRED",
    // An emulator at an address has no bucket names before it (`bucket.127.0.0.1`).
    forcePathStyle: (process.env.AWS_ENDPOINT_URL_S3 ?? process.env.AWS_ENDPOINT_URL) !== undefined,
  });
}
