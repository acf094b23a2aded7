/** Takes in a stream of unknown length with bounded memory, and says its digest. */
import { createHash } from "node:crypto";
import { type FileHandle, mkdtemp, open, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** Streams up to here never touch the disk (a function has 512 MB of it, unless it asks for more). */
const MEMORY_BYTES = 8 * 1024 * 1024;

export type Spooled = {
  /** `sha256:…` over all bytes. */
  readonly digest: string;
  readonly bytes: number;
  /** Removes the file; always call it at the end. */
  remove(): Promise<void>;
} & (
  | { readonly body: Uint8Array; readonly path?: undefined }
  | { readonly path: string; readonly body?: undefined }
);

/** Reads the stream to its end. What the stream throws travels on, and leaves nothing behind. */
export async function spool(
  stream: AsyncIterable<Uint8Array>,
  memoryBytes = MEMORY_BYTES,
): Promise<Spooled> {
  const hash = createHash("sha256");
  const held: Uint8Array[] = [];
  let bytes = 0;
  let file: { readonly folder: string; readonly handle: FileHandle } | undefined;
  const remove = async () => {
    if (file) await rm(file.folder, { recursive: true, force: true });
  };
  try {
    for await (const chunk of stream) {
      hash.update(chunk);
      bytes += chunk.byteLength;
      if (!file && bytes <= memoryBytes) {
        // A copy: whoever makes the stream may use its buffer again.
        held.push(Uint8Array.from(chunk));
        continue;
      }
      if (!file) {
        file = await openFile();
        for (const part of held.splice(0)) await file.handle.writeFile(part);
      }
      await file.handle.writeFile(chunk);
    }
    await file?.handle.close();
  } catch (error) {
    await file?.handle.close().catch(() => undefined);
    await remove();
    throw error;
  }
  const digest = `sha256:${hash.digest("hex")}`;
  return file
    ? { digest, bytes, path: join(file.folder, "body"), remove }
    : { digest, bytes, body: Buffer.concat(held), remove };
}

async function openFile() {
  const folder = await mkdtemp(join(tmpdir(), "espalier-"));
  return { folder, handle: await open(join(folder, "body"), "wx") };
}
