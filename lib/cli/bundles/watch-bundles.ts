import { join, relative, resolve, sep } from "node:path";
import { watch } from "chokidar";

/** Editors write a file in several steps; a bundle is read again once it has been quiet this long. */
const QUIET_MS = 120;

const IGNORED = new Set(["node_modules", ".git", ".espalier", "test"]);

/**
 * Calls `changed` with the folder of a bundle under `root` after something in it has changed. Calls
 * never overlap. Resolves once changes are seen; `close` waits for a call that is under way.
 */
export async function watchBundles(
  root: string,
  changed: (folder: string) => Promise<void>,
): Promise<{ close(): Promise<void> }> {
  const folder = resolve(root);
  const timers = new Map<string, NodeJS.Timeout>();
  let queue: Promise<void> = Promise.resolve();
  const watcher = watch(folder, {
    ignoreInitial: true,
    ignored: (path) =>
      relative(folder, path)
        .split(sep)
        .some((part) => IGNORED.has(part)),
  });
  watcher.on("all", (_event, path) => {
    const [name] = relative(folder, path).split(sep);
    if (name === undefined || name === "" || name === "..") {
      return;
    }
    clearTimeout(timers.get(name));
    const timer = setTimeout(() => {
      timers.delete(name);
      queue = queue.then(() => changed(join(folder, name)));
    }, QUIET_MS);
    timers.set(name, timer);
  });
  await new Promise<void>((ready) => watcher.once("ready", () => ready()));
  return {
    async close() {
      await watcher.close();
      for (const timer of timers.values()) {
        clearTimeout(timer);
      }
      await queue;
    },
  };
}
