/** Results of tests, kept in the data folder by the digest of the bundle: `tests/sha256-HEX.json`. */
import { mkdir, readFile, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import type { SuiteResult } from "../../replay/scenarios/report.ts";

const VERDICTS = ["passed", "failed", "flaky", "unproven", "invalid"] as const;

const StoredTest = z.object({
  format: z.literal(1),
  /** ISO 8601. */
  at: z.iso.datetime(),
  bundle: z.string(),
  workflow: z.string(),
  version: z.string(),
  isMet: z.boolean(),
  unmet: z.array(z.string()),
  scenarios: z.array(
    z.object({
      name: z.string(),
      origin: z.enum(["captured", "written", "generated"]),
      verdict: z.enum(VERDICTS),
    }),
  ),
});
/** The last test of a bundle. */
export type StoredTest = z.infer<typeof StoredTest>;

/** Without what the scenarios hold. */
export async function storeTest(dataDir: string, suite: SuiteResult, at: Date): Promise<void> {
  const { bundle, workflow, version, isMet, unmet, scenarios } = suite;
  const stored: StoredTest = {
    ...{ format: 1, at: at.toISOString(), bundle, workflow, version, isMet, unmet: [...unmet] },
    scenarios: scenarios.map(({ name, origin, verdict }) => ({ name, origin, verdict })),
  };
  const path = pathOf(dataDir, bundle);
  await mkdir(join(dataDir, "tests"), { recursive: true });
  await writeFile(`${path}.draft`, `${JSON.stringify(stored, null, 2)}\n`);
  await rename(`${path}.draft`, path);
}

/** Undefined where the bundle was never tested here. */
export async function readTest(dataDir: string, bundle: string): Promise<StoredTest | undefined> {
  const text = await readFile(pathOf(dataDir, bundle), "utf8").catch(() => undefined);
  if (text === undefined) return undefined;
  try {
    const { data } = StoredTest.safeParse(JSON.parse(text));
    return data?.bundle === bundle ? data : undefined;
  } catch {
    return undefined;
  }
}

function pathOf(dataDir: string, bundle: string): string {
  return join(dataDir, "tests", `${bundle.replace(":", "-")}.json`);
}
