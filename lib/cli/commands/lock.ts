import { join } from "node:path";
import { z } from "zod";
import { LOCK_FILE } from "../../bundle/find-bundles.ts";
import type { Lock, MovedVersion, Update } from "../../bundle/index.ts";
import { compileEverywhere, lockEverywhere } from "../bundles/check-everywhere.ts";
import { isError, problems } from "../bundles/compile-bundle.ts";
import { selectBundles } from "../bundles/select-bundles.ts";
import { defineCommand, type Invocation } from "../command.ts";
import { Failure, usageFailure } from "../failure.ts";
import { replaceFile } from "../replace-file.ts";
import { safeText } from "../text/safe-text.ts";

export const lock = defineCommand({
  name: "lock",
  summary: "Write down what exactly bundles are made of, in bundle.lock.json",
  details:
    "Every component with version, source and digest, here and in each environment that binds it; every step, prompt, contract and policy; compiled code, models, pinned tools. Commit the file: check refuses a bundle that is not what its lock says. A component stays at the version that is locked for as long as that is there and wanted; --update moves it to the newest.",
  arguments: [["[bundle...]", "names under ./bundles, or paths (default: all under ./bundles)"]],
  options: [
    { flags: "--check", description: "write nothing; exit code 1 if a lock is missing or stale" },
    {
      flags: "--update [component]",
      description: "to the newest versions that are wanted: of NAME or CATEGORY/NAME, else of all",
      repeatable: true,
    },
  ],
  examples: [
    { command: "espalier lock", says: "write what has changed" },
    { command: "espalier lock --check", says: "in CI: is everything locked?" },
    {
      command: "espalier lock refunds --update small-reader",
      says: "one bundle moves to the newest version of a component",
    },
  ],
  shape: {
    args: z.tuple([z.array(z.string())]),
    options: z.object({
      check: z.boolean().default(false),
      update: z.union([z.literal(true), z.array(z.string().min(1))]).optional(),
    }),
  },
  async perform(invocation, [names], { check, update }) {
    const { io, out } = invocation;
    if (check && update !== undefined) {
      throw usageFailure("--check and --update exclude each other", "--check writes nothing.");
    }
    const wanted = update === true ? "all" : update && new Set(update);
    const unknown = new Set(wanted === "all" ? [] : wanted);
    const found = [];
    for (const folder of selectBundles(names, io.cwd)) {
      const one = await lockOne(invocation, folder, check, wanted);
      for (const name of one.used) unknown.delete(name);
      found.push(one);
    }
    if (unknown.size > 0) {
      throw usageFailure(
        `No bundle here uses ${[...unknown].join(", ")}`,
        "--update takes the name of a component; bundles stand before it: lock BUNDLE --update NAME.",
      );
    }
    const bundles = [];
    for (const { used: _, text, folder, ...locked } of found) {
      if (locked.state === "written") await replaceFile(join(folder, LOCK_FILE), text);
      bundles.push(locked);
      const { color } = out;
      const paint = locked.state === "unchanged" || !check ? color.green : color.red;
      out.line(`${paint(locked.state)}  ${locked.file}`);
      out.lines(locked.moved.map((one) => `  ${safeText(inWords(one))}`));
      out.lines(locked.changes.map((words) => `  ${safeText(words)}`));
    }
    const isStale = bundles.some(({ state }) => state === "missing" || state === "stale");
    if (isStale) out.line("Run espalier lock, read the difference, and commit it.");
    return { exitCode: isStale ? 1 : 0, document: { bundles } };
  },
});

function inWords({ component, environment, before, after }: MovedVersion): string {
  const where = environment === null ? "" : ` in "${environment}"`;
  return `${component}${where} moves from ${before} to ${after}`;
}

/** More of them in a terminal help nobody; the file's own difference shows all. */
const MAX_CHANGES = 20;

/** What the lock of a bundle is to be; writes nothing. */
async function lockOne(
  { io }: Invocation,
  folder: string,
  check: boolean,
  update: Update | undefined,
) {
  const all = await compileEverywhere(folder, io.cwd, update);
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
  const { movedVersions, parseLock, readLockText, renderLock } = await import(
    "../../bundle/index.ts"
  );
  const now = await lockEverywhere(all);
  const [before, text] = [readLockText(folder), renderLock(now)];
  const known = parseLock(before ?? "");
  const used = [...all.compiled.values()].flatMap(({ bundle }) =>
    [...(bundle?.components.values() ?? [])].flatMap(({ category, name }) => [
      name,
      `${category}/${name}`,
    ]),
  );
  const isSame = before === text;
  return {
    folder,
    text,
    used,
    file: `${shown}/${LOCK_FILE}`,
    state: isSame ? "unchanged" : !check ? "written" : before === undefined ? "missing" : "stale",
    moved: known === undefined ? [] : movedVersions(known, now).map((one) => ({ ...one })),
    changes: isSame ? [] : await changesSince(before, now),
  } as const;
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
