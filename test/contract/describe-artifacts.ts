import { createHash } from "node:crypto";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { readAll } from "../../lib/runtime/artifact-handle.ts";
import type { Artifacts } from "../../lib/runtime/ports.ts";
import type { Adapter, MakeAdapter } from "./adapter.ts";

const text = { mediaType: "text/plain" };

function digestOf(body: Uint8Array): string {
  return `sha256:${createHash("sha256").update(body).digest("hex")}`;
}

async function* inPieces(body: Uint8Array, size: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < body.byteLength; at += size) yield body.subarray(at, at + size);
}

/** The contract of `Artifacts`. */
export function describeArtifacts(name: string, make: MakeAdapter<Artifacts>): void {
  describe(`Artifacts: ${name}`, () => {
    let adapter: Adapter<Artifacts>;
    let artifacts: Artifacts;

    beforeEach(async () => {
      adapter = await make();
      artifacts = adapter.port;
    });
    afterEach(() => adapter.close?.());

    it.each([
      ["no bytes", new Uint8Array()],
      ["one byte", Buffer.from("x")],
      ["text beyond ASCII", Buffer.from("Fjäll 🏔 \u0000 end")],
      ["bytes that are no text", Buffer.from([0xff, 0xfe, 0x00, 0x80, 0x0a])],
      ["three megabytes", Buffer.alloc(3_000_000, "espalier")],
    ])("gives back %s, under the digest of the bytes", async (_case, body) => {
      const reference = await artifacts.put(body, { ...text, name: "a name.txt" });
      expect(reference).toEqual({
        $artifact: digestOf(body),
        bytes: body.byteLength,
        mediaType: "text/plain",
        name: "a name.txt",
      });
      expect(Buffer.compare(await readAll(artifacts.open(reference.$artifact)), body)).toBe(0);
      expect(await artifacts.stat(reference.$artifact)).toEqual({ bytes: body.byteLength });
    });

    it("stores a stream under the same digest as its bytes at once", async () => {
      const body = Buffer.alloc(1_000_003, "0123456789");
      const streamed = await artifacts.put(inPieces(body, 65_537), text);
      const whole = await artifacts.put(body, text);
      expect(streamed).toEqual(whole);
      expect(Buffer.compare(await readAll(artifacts.open(whole.$artifact)), body)).toBe(0);
    });

    it("stores an empty stream", async () => {
      const reference = await artifacts.put(inPieces(new Uint8Array(), 1), text);
      expect(reference.bytes).toBe(0);
      expect(await readAll(artifacts.open(reference.$artifact))).toHaveLength(0);
    });

    it("leaves the name out where none was given", async () => {
      expect(await artifacts.put(Buffer.from("x"), text)).not.toHaveProperty("name");
    });

    it("keeps name and media type out of the identity", async () => {
      const one = await artifacts.put(Buffer.from("same"), { mediaType: "text/plain", name: "a" });
      const two = await artifacts.put(Buffer.from("same"), { mediaType: "text/html", name: "b" });
      expect(two.$artifact).toBe(one.$artifact);
      expect(two).toMatchObject({ mediaType: "text/html", name: "b" });
    });

    it("stores the same bytes from many writers at once", async () => {
      const body = Buffer.alloc(200_000, "parallel");
      const references = await Promise.all(
        Array.from({ length: 20 }, (_, index) =>
          artifacts.put(index % 2 === 0 ? body : inPieces(body, 1000), text),
        ),
      );
      expect(new Set(references.map(({ $artifact }) => $artifact)).size).toBe(1);
      expect(Buffer.compare(await readAll(artifacts.open(digestOf(body))), body)).toBe(0);
    });

    it("stores nothing of a stream that breaks off", async () => {
      async function* broken(): AsyncGenerator<Uint8Array> {
        yield Buffer.from("first half");
        throw new Error("the line is dead");
      }
      await expect(artifacts.put(broken(), text)).rejects.toThrow("the line is dead");
      expect(await artifacts.stat(digestOf(Buffer.from("first half")))).toBeUndefined();
    });

    it("can be read by many at once, and left in the middle", async () => {
      const body = Buffer.alloc(2_000_000, "abcdefg");
      const { $artifact } = await artifacts.put(body, text);
      for await (const chunk of artifacts.open($artifact)) {
        expect(chunk.byteLength).toBeGreaterThan(0);
        break;
      }
      const reads = await Promise.all(
        Array.from({ length: 8 }, () => readAll(artifacts.open($artifact))),
      );
      expect(reads.every((read) => Buffer.compare(read, body) === 0)).toBe(true);
    });

    it.each([
      ["a digest that nothing has", `sha256:${"0".repeat(64)}`],
      ["no digest", "hello"],
      ["a path", "sha256:../../../etc/passwd"],
      ["upper-case digits", `sha256:${"A".repeat(64)}`],
      ["nothing", ""],
    ])("says that there is no artifact for %s", async (_case, digest) => {
      expect(await artifacts.stat(digest)).toBeUndefined();
      await expect(readAll(artifacts.open(digest))).rejects.toMatchObject({
        name: "ArtifactNotFound",
      });
    });
  });
}
