/** `link-keys.json` in the data folder: the keys that sign links to approvals, for its owner alone. */
import { randomUUID } from "node:crypto";
import { chmod, link, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { type KeyRing, parseKeyRing, rotateKeyRing } from "../../runtime/approval/key-ring.ts";
import { RequestError } from "../../runtime/errors.ts";
import { ignore, isCode } from "../ports/durable-file.ts";

/**
 * The ring of a data folder; the first caller makes it. Whoever can read the file can decide in anybody's
 * name, as whoever can read `runtime.json` can: both have mode 0600. Throws `RequestError`
 * `DataFolderUnusable` for a file that holds no keys.
 */
export async function readLinkKeys(directory: string, now = new Date()): Promise<KeyRing> {
  const path = join(directory, "link-keys.json");
  const text =
    (await readFile(path, "utf8").catch(ignore("ENOENT"))) ?? (await makeKeys(path, now));
  try {
    return parseKeyRing(text);
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    throw new RequestError(
      "DataFolderUnusable",
      `${path}: ${error.message}`,
      "Remove the file: another one is made, and links that were signed by it end.",
    );
  }
}

/** There whole or not at all; of two processes that make it at once, one wins. */
async function makeKeys(path: string, now: Date): Promise<string> {
  const draft = `${path}.${randomUUID()}`;
  try {
    await writeFile(draft, rotateKeyRing(undefined, now), { mode: 0o600, flag: "wx" });
    // Whatever the umask was.
    await chmod(draft, 0o600);
    await link(draft, path);
  } catch (error) {
    if (!isCode(error, "EEXIST")) throw error;
  } finally {
    await rm(draft, { force: true });
  }
  return readFile(path, "utf8");
}
