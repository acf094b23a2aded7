/** What artifacts in S3 make of broken lines, other writers, damaged bytes and refusals. */
import { createHash } from "node:crypto";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { S3Artifacts } from "../../lib/aws/s3-artifacts.ts";
import { S3Objects } from "../../lib/aws/s3-objects.ts";
import { readAll } from "../../lib/runtime/artifact-handle.ts";
import { s3At } from "./aws-world.ts";
import { type Answer, type FaultyProxy, startProxy } from "./faulty-proxy.ts";
import { type S3Server, startS3 } from "./s3-server.ts";

const text = { mediaType: "text/plain" };

describe("artifacts in a bucket", () => {
  let s3: S3Server;
  let proxy: FaultyProxy;
  let artifacts: S3Artifacts;
  const body = Buffer.alloc(400_000, "0123456789abcdef");

  beforeEach(async () => {
    s3 = await startS3();
    proxy = await startProxy(s3.url);
    artifacts = new S3Artifacts(new S3Objects("runs", s3At(proxy.url)), {
      memoryBytes: 1_000_000,
      partBytes: 5 * 1024 * 1024,
      retention: "short",
    });
  });
  afterEach(async () => {
    await proxy?.close();
    await s3?.close();
  });

  const s3Error = (status: number, code: string): Answer => ({
    status,
    headers: { "content-type": "application/xml", date: new Date().toUTCString() },
    body: `<Error><Code>${code}</Code><Message>${code}</Message></Error>`,
  });
  const hexOf = (bytes: Uint8Array) => createHash("sha256").update(bytes).digest("hex");
  async function* pieces(total: number): AsyncGenerator<Uint8Array> {
    for (let at = 0; at < total; at += 65_536) {
      yield Buffer.alloc(Math.min(65_536, total - at), at / 65_536);
    }
  }

  it("lie under their digest, with their retention class", async () => {
    await artifacts.put(body, text);
    const stored = s3.objects.get(`runs/artifacts/${hexOf(body)}`);
    expect(stored?.body.equals(body)).toBe(true);
    expect(stored?.headers).toEqual({
      "content-type": "text/plain",
      "x-amz-tagging": "espalier-retention=short",
    });
  });

  it("are uploaded once, however often they are stored", async () => {
    await artifacts.put(body, text);
    await artifacts.put(body, text);
    await artifacts.put(pieces(12_000_000), text);
    await artifacts.put(pieces(12_000_000), text);
    expect(
      s3.log.filter((line) => line.startsWith("PUT") && !line.includes("uploadId")),
    ).toHaveLength(1);
    expect(
      s3.log.filter((line) => line.startsWith("POST") && !line.includes("uploadId")),
    ).toHaveLength(1);
    expect(s3.uploads.size).toBe(0);
  });

  it("go in parts where they are large, each sent again if it was not taken", async () => {
    let parts = 0;
    proxy.fault = ({ path }) => {
      if (!path.includes("partNumber=2")) return undefined;
      parts += 1;
      return parts === 1 ? { answer: s3Error(503, "SlowDown") } : undefined;
    };
    const { $artifact, bytes } = await artifacts.put(pieces(12_000_000), text);
    expect(bytes).toBe(12_000_000);
    expect(parts).toBe(2);
    const read = await readAll(artifacts.open($artifact));
    expect(`sha256:${hexOf(read)}`).toBe($artifact);
  });

  it("leave no upload behind that could not be completed", async () => {
    proxy.fault = ({ path }) =>
      path.includes("partNumber=2") ? { answer: s3Error(400, "InvalidPart") } : undefined;
    await expect(artifacts.put(pieces(12_000_000), text)).rejects.toMatchObject({
      name: "InvalidPart",
    });
    expect(s3.uploads.size).toBe(0);
    expect(s3.objects.size).toBe(0);
  });

  it.each([
    ["a small one", 1000, "artifacts/"],
    ["a large one", 12_000_000, "uploadId="],
  ])("are stored though another write of %s is under way", async (_case, size, part) => {
    let conflicts = 0;
    proxy.fault = ({ method, path, headers }) => {
      const isWrite = method === "POST" ? !path.includes("uploads") : headers["if-none-match"];
      if (!isWrite || !path.includes(part) || conflicts++ > 0) return undefined;
      return { answer: s3Error(409, "ConditionalRequestConflict") };
    };
    const { $artifact } = await artifacts.put(pieces(size), text);
    expect(conflicts).toBeGreaterThan(1);
    expect(await artifacts.stat($artifact)).toEqual({ bytes: size });
    expect(s3.uploads.size).toBe(0);
  });

  it("are written once by 100 writers of the same bytes at one moment", async () => {
    const refs = await Promise.all(Array.from({ length: 100 }, () => artifacts.put(body, text)));
    expect(new Set(refs.map(({ $artifact }) => $artifact))).toEqual(
      new Set([`sha256:${hexOf(body)}`]),
    );
    expect(s3.objects.size).toBe(1);
    expect(Buffer.compare(await readAll(artifacts.open(`sha256:${hexOf(body)}`)), body)).toBe(0);
  });

  it("are stored, looked up and read while every second call is told to slow down", async () => {
    const times = new Map<string, number>();
    let refused = 0;
    proxy.fault = ({ method, path }) => {
      const call = `${method} ${path}`;
      const before = times.get(call) ?? 0;
      times.set(call, before + 1);
      if (before > 0 || times.size % 2 === 0) return undefined;
      refused += 1;
      // An answer to HEAD has no body that could name the error.
      const isHead = method === "HEAD";
      return { answer: isHead ? { status: 503, body: "" } : s3Error(503, "SlowDown") };
    };
    const bodies = Array.from({ length: 40 }, (_, n) => Buffer.from(`artifact ${n}`));
    const refs = await Promise.all(bodies.map((each) => artifacts.put(each, text)));
    const stats = await Promise.all(refs.map(({ $artifact }) => artifacts.stat($artifact)));
    expect(stats).toEqual(bodies.map(({ byteLength }) => ({ bytes: byteLength })));
    const read = await Promise.all(refs.map(({ $artifact }) => readAll(artifacts.open($artifact))));
    expect(read.map(String)).toEqual(bodies.map(String));
    expect(refused).toBeGreaterThan(40);
  });

  it("are signed with the service's time once it has refused ours", async () => {
    const ahead = Date.now() + 3_600_000;
    let refused = 0;
    proxy.fault = ({ headers }) => {
      const signed = String(headers["x-amz-date"]);
      const at = Date.parse(signed.replace(/^(....)(..)(..T..)(..)(..Z)$/, "$1-$2-$3:$4:$5"));
      const dated = (answer: Answer): Answer => {
        return { ...answer, headers: { ...answer.headers, date: new Date(ahead).toUTCString() } };
      };
      if (Math.abs(at - ahead) < 300_000) return { rewrite: dated };
      refused += 1;
      return { answer: dated(s3Error(403, "RequestTimeTooSkewed")) };
    };
    const { $artifact } = await artifacts.put(Buffer.from("on time"), text);
    expect(String(await readAll(artifacts.open($artifact)))).toBe("on time");
    expect(refused).toBe(1);
  });

  it("are read on from where the line broke", async () => {
    const { $artifact } = await artifacts.put(body, text);
    let cuts = 0;
    proxy.fault = ({ method }) =>
      method === "GET" && cuts++ < 2 ? { cutAfter: 100_000 } : undefined;
    expect(Buffer.compare(await readAll(artifacts.open($artifact)), body)).toBe(0);
    const ranges = proxy.seen.flatMap(({ method, headers }) =>
      method === "GET" && headers.range ? [headers.range] : [],
    );
    expect(ranges).toHaveLength(2);
  });

  it("are damaged when their bytes are others, and nobody gets the last of those", async () => {
    const { $artifact } = await artifacts.put(body, text);
    const stored = s3.objects.get(`runs/artifacts/${hexOf(body)}`);
    if (stored) stored.body = Buffer.from(stored.body).fill("x", 5, 6);
    const read = async () => {
      let bytes = 0;
      try {
        for await (const chunk of artifacts.open($artifact)) bytes += chunk.byteLength;
      } catch (error) {
        return { bytes, error };
      }
      return { bytes, error: undefined };
    };
    const { bytes, error } = await read();
    expect(error).toMatchObject({ name: "ArtifactCorrupt" });
    expect(bytes).toBeLessThan(body.byteLength);
  });

  it("that are not there are not found, also for who may not list the bucket", async () => {
    proxy.fault = ({ method }) =>
      method === "PUT" ? undefined : { answer: s3Error(403, "AccessDenied") };
    const missing = artifacts.open(`sha256:${"0".repeat(64)}`);
    await expect(readAll(missing)).rejects.toMatchObject({ name: "ArtifactNotFound" });
    await artifacts.put(body, text);
    expect(s3.objects.size).toBe(1);
  });

  it("are refused by S3 when they arrive as others than they were sent", async () => {
    const changed = createHash("sha256").update("other").digest("base64");
    const objects = new S3Objects("runs", s3At(proxy.url));
    const { client, calls } = await objects.client();
    const put = new calls.put({ Bucket: "runs", Key: "k", Body: body, ChecksumSHA256: changed });
    await expect(client.send(put)).rejects.toMatchObject({ name: "BadDigest" });
    expect(s3.objects.size).toBe(0);
  });
});
