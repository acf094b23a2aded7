/**
 * A test's stand-in for S3: speaks the part of its REST protocol that we use, with objects in memory.
 * Writes are checked as S3 checks them (SHA-256, length, `If-None-Match`), parts and their checksums
 * too; `aws-chunked` bodies are decoded. Not an emulator: no policies, versions or signatures.
 */
import { createHash, randomUUID } from "node:crypto";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

export interface StoredObject {
  body: Buffer;
  readonly headers: Readonly<Record<string, string>>;
}

export interface S3Server {
  readonly url: string;
  /** `BUCKET/KEY` → object. */
  readonly objects: Map<string, StoredObject>;
  /** Uploads that were begun and neither completed nor aborted. */
  readonly uploads: Map<string, { readonly place: string; readonly parts: Map<number, Buffer> }>;
  /** `METHOD BUCKET/KEY?QUERY` of each request. */
  readonly log: string[];
  close(): Promise<void>;
}

class S3Error extends Error {
  readonly status: number;
  readonly code: string;
  constructor(status: number, code: string, message: string = code) {
    super(message);
    this.status = status;
    this.code = code;
  }
}

export async function startS3(): Promise<S3Server> {
  const objects: S3Server["objects"] = new Map();
  const uploads: S3Server["uploads"] = new Map();
  const log: string[] = [];
  const server = createServer((request, response) => {
    void serve(request, response).catch((error: unknown) => {
      if (error instanceof S3Error) return fail(response, request, error);
      request.socket.destroy();
    });
  });

  async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? "/", "http://s3");
    const place = decodeURIComponent(url.pathname.slice(1));
    log.push(`${request.method} ${place}${url.search}`);
    const { searchParams: query } = url;
    const body = await readBody(request);
    switch (request.method) {
      case "PUT":
        return query.has("uploadId")
          ? putPart(request, response, query, body)
          : putObject(request, response, place, body);
      case "POST":
        return query.has("uploads")
          ? beginUpload(request, response, place)
          : completeUpload(request, response, place, query, body);
      case "DELETE":
        if (query.has("uploadId")) uploads.delete(query.get("uploadId") ?? "");
        else objects.delete(place);
        response.writeHead(204).end();
        return;
      case "GET":
      case "HEAD":
        return query.get("list-type") === "2"
          ? list(response, place, query)
          : getObject(request, response, place);
      default:
        throw new S3Error(405, "MethodNotAllowed");
    }
  }

  function putObject(
    request: IncomingMessage,
    response: ServerResponse,
    place: string,
    body: Buffer,
  ): void {
    checkSum(request, body);
    checkAbsent(request, place);
    objects.set(place, { body, headers: kept(request) });
    response.writeHead(200, { etag: etagOf(body) }).end();
  }

  function beginUpload(request: IncomingMessage, response: ServerResponse, place: string): void {
    const id = randomUUID();
    uploads.set(id, { place, parts: new Map() });
    begun.set(id, kept(request));
    xml(
      response,
      `<InitiateMultipartUploadResult><UploadId>${id}</UploadId></InitiateMultipartUploadResult>`,
    );
  }
  const begun = new Map<string, Readonly<Record<string, string>>>();

  function putPart(
    request: IncomingMessage,
    response: ServerResponse,
    query: URLSearchParams,
    body: Buffer,
  ): void {
    const upload = uploads.get(query.get("uploadId") ?? "");
    if (!upload) throw new S3Error(404, "NoSuchUpload");
    checkSum(request, body);
    upload.parts.set(Number(query.get("partNumber")), body);
    response.writeHead(200, { etag: etagOf(body) }).end();
  }

  function completeUpload(
    request: IncomingMessage,
    response: ServerResponse,
    place: string,
    query: URLSearchParams,
    body: Buffer,
  ): void {
    const id = query.get("uploadId") ?? "";
    const upload = uploads.get(id);
    if (!upload) throw new S3Error(404, "NoSuchUpload");
    const named = [...body.toString().matchAll(/<Part>.*?<\/Part>/gs)].map(([part]) => ({
      number: Number(/<PartNumber>(\d+)</.exec(part)?.[1]),
      etag: /<ETag>(.*?)</.exec(part)?.[1]?.replaceAll("&quot;", '"'),
    }));
    const parts = named.map(({ number, etag }, index) => {
      const part = upload.parts.get(number);
      if (!part || etagOf(part) !== etag) throw new S3Error(400, "InvalidPart");
      const isLast = index === named.length - 1;
      if (!isLast && part.byteLength < 5 * 1024 * 1024) throw new S3Error(400, "EntityTooSmall");
      return part;
    });
    checkAbsent(request, place);
    objects.set(place, { body: Buffer.concat(parts), headers: begun.get(id) ?? {} });
    uploads.delete(id);
    xml(
      response,
      `<CompleteMultipartUploadResult><Key>${place}</Key></CompleteMultipartUploadResult>`,
    );
  }

  function getObject(request: IncomingMessage, response: ServerResponse, place: string): void {
    const found = objects.get(place);
    if (!found) throw new S3Error(404, request.method === "HEAD" ? "NotFound" : "NoSuchKey");
    const from = Number(/^bytes=(\d+)-$/.exec(request.headers.range ?? "")?.[1] ?? 0);
    if (from > 0 && from >= found.body.byteLength) throw new S3Error(416, "InvalidRange");
    const part = found.body.subarray(from);
    response.writeHead(from > 0 ? 206 : 200, {
      ...found.headers,
      "content-length": part.byteLength,
      etag: etagOf(found.body),
      "accept-ranges": "bytes",
    });
    response.end(request.method === "HEAD" ? undefined : part);
  }

  function list(response: ServerResponse, bucket: string, query: URLSearchParams): void {
    const prefix = `${bucket.replace(/\/$/, "")}/${query.get("prefix") ?? ""}`;
    const after = query.get("continuation-token") ?? "";
    const size = Number(query.get("max-keys") ?? 1000);
    const places = [...objects.keys()].filter((place) => place.startsWith(prefix)).sort();
    const rest = places.filter((place) => place > after);
    const page = rest.slice(0, size);
    const next = rest.length > size ? page.at(-1) : undefined;
    const contents = page
      .map((place) => `<Contents><Key>${place.slice(place.indexOf("/") + 1)}</Key></Contents>`)
      .join("");
    const more = next ? `<NextContinuationToken>${next}</NextContinuationToken>` : "";
    xml(response, `<ListBucketResult>${contents}${more}</ListBucketResult>`);
  }

  function checkAbsent(request: IncomingMessage, place: string): void {
    if (request.headers["if-none-match"] === "*" && objects.has(place)) {
      throw new S3Error(412, "PreconditionFailed");
    }
  }

  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    objects,
    uploads,
    log,
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** S3 refuses bytes that are not those whose checksum was sent. */
function checkSum(request: IncomingMessage, body: Buffer): void {
  const expected = request.headers["x-amz-checksum-sha256"];
  const found = createHash("sha256").update(body).digest("base64");
  if (expected !== undefined && expected !== found) throw new S3Error(400, "BadDigest");
}

const KEPT = ["content-type", "content-encoding", "x-amz-tagging"];

function kept(request: IncomingMessage): Record<string, string> {
  return Object.fromEntries(
    KEPT.flatMap((name) => {
      const value = request.headers[name];
      const text = String(value).replace(/^aws-chunked,?/, "");
      return value === undefined || text === "" ? [] : [[name, text]];
    }),
  );
}

function etagOf(body: Buffer): string {
  return `"${createHash("md5").update(body).digest("hex")}"`;
}

function xml(response: ServerResponse, text: string): void {
  response.writeHead(200, { "content-type": "application/xml" });
  response.end(`<?xml version="1.0" encoding="UTF-8"?>\n${text}`);
}

function fail(response: ServerResponse, request: IncomingMessage, error: S3Error): void {
  response.writeHead(error.status, { "content-type": "application/xml" });
  const { code, message } = error;
  const text = `<Error><Code>${code}</Code><Message>${message}</Message></Error>`;
  response.end(request.method === "HEAD" ? undefined : text);
}

async function readBody(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const body = Buffer.concat(chunks);
  const isChunked = String(request.headers["content-encoding"] ?? "").includes("aws-chunked");
  return isChunked ? unchunk(body) : body;
}

/** `SIZE[;signature]\r\n BYTES \r\n … 0\r\n TRAILERS`: the framing of the SDK's own. */
function unchunk(body: Buffer): Buffer {
  const parts: Buffer[] = [];
  for (let at = 0; ; ) {
    const end = body.indexOf("\r\n", at);
    const size = Number.parseInt(body.subarray(at, end).toString(), 16);
    if (!(size > 0)) return Buffer.concat(parts);
    parts.push(body.subarray(end + 2, end + 2 + size));
    at = end + 2 + size + 2;
  }
}
