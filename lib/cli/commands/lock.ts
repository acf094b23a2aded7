import { rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import type { Lock } from "../../bundle/index.ts";
import { compileEverywhere, lockEverywhere } from "../bundles/check-everywhere.ts";
import { isError, problems } from "../bundles/compile-bundle.ts";
import { selectBundles } from "../bundles/select-bundles.ts";
import { defineCommand, type Invocation } from "../command.ts";
import { Failure } from "../failure.ts";
import { safeText } from "../text/safe-text.ts";

export const lock = defineCommand({
  name: "lock",
  summary: "Write down what exactly bundles are made of, in bundle.lock.json",
  details:
    "Every component with version, source and digest, here and in each environment that binds it; every step, prompt, contract and policy; compiled code, models, pinned tools. Commit the file: check refuses a bundle that is not what its lock says.",
  arguments: [["[bundle...]", "names under ./bundles, or paths (default: all under ./bundles)"]],
  options: [
    { flags: "--check", description: "write nothing; exit code 1 if a lock is missing or stale" },
  ],
  examples: [
    { command: "espalier lock", says: "write what has changed" },
    { command: "espalier lock --check", says: "in CI: is everything locked?" },
  ],
  shape: {
    args: z.tuple([z.array(z.string())]),
    options: z.object({ check: z.boolean().default(false) }),
  },
  async perform(invocation, [names], { check }) {
    const { io, out } = invocation;
    const bundles = [];
    for (const folder of selectBundles(names, io.cwd)) {
      const locked = await lockOne(invocation, folder, check);
      bundles.push(locked);
      const { color } = out;
      const paint = locked.state === "unchanged" || !check ? color.green : color.red;
      out.line(`${paint(locked.state)}  ${locked.file}`);
      out.lines(locked.changes.map((words) => `  ${safeText(words)}`));
    }
    const isStale = bundles.some(({ state }) => state === "missing" || state === "stale");
    if (isStale) out.line("Run espalier lock, read the difference, and commit it.");
    return { exitCode: isStale ? 1 : 0, document: { bundles } };
  },
});

/** More of them in a terminal help nobody; the file's own difference shows all. */
const MAX_CHANGES = 20;

async function lockOne({ io, out }: Invocation, folder: string, check: boolean) {
  const all = await compileEverywhere(folder, io.cwd);
  const [shown] = [...all.compiled.values()].map((compiled) => compiled.folder);
  if (!all.sound) {
    const diagnostics = [...all.compiled.values()].flatMap((compiled) => compiled.diagnostics);
    throw new Failure(
      "BundleInvalid",
      `${problems(diagnostics.filter(isError).length)} in ${shown}`,
      {
        diagnostics,
        hint: "Only a bundle without errors can be locked.",
      },
    );
  }
  const { LOCK_FILE, readLockText, renderLock } = await import("../../bundle/index.ts");
  const now = await lockEverywhere(all);
  const [before, text] = [readLockText(folder), renderLock(now)];
  const file = `${shown}/${LOCK_FILE}`;
  if (before === text) return { file, state: "unchanged" as const, changes: [] };
  const changes = await changesSince(before, now);
  if (check) {
    return {
      file,
      state: before === undefined ? ("missing" as const) : ("stale" as const),
      changes,
    };
  }
  out.clearProgress();
  await replaceFile(join(folder, LOCK_FILE), text);
  return { file, state: "written" as const, changes };
}

async function changesSince(before: string | undefined, now: Lock): Promise<string[]> {
  if (before === undefined) return [];
  const { differentFacts, parseLock } = await import("../../bundle/index.ts");
  const locked = parseLock(before);
  if (locked === undefined) return ["what was there is no lock of this format"];
  const words = [...new Set(differentFacts(locked, now).map((fact) => fact.words))];
  if (words.length === 0) return ["the same facts, written in another way"];
  const more = words.length - MAX_CHANGES;
  return more > 0 ? [...words.slice(0, MAX_CHANGES), `and ${more} more`] : words;
}

/** Beside its place first, so that a file is there whole or as it was. */
async function replaceFile(path: string, text: string): Promise<void> {
  const draft = `${path}.${process.pid}.tmp`;
  try {
    await writeFile(draft, text);
    await rename(draft, path);
  } finally {
    await rm(draft, { force: true });
  }
}
