/** A bundle in a folder of its own, with scenarios beside it. */
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { onTestFinished } from "vitest";
import { compile } from "../../../lib/compiler/index.ts";
import { BundleStore } from "../../../lib/local/runtime/bundle-store.ts";
import { openBundleSnapshot } from "../../../lib/replay/index.ts";
import type { ScenarioJob } from "../../../lib/replay/scenarios/test-scenario.ts";
import { testScenario } from "../../../lib/replay/scenarios/test-scenario.ts";
import { type BundleParts, bundleOf, TODAY } from "../../compiler/bundle-of.ts";
import { digestNumber } from "../record-run.ts";

/** `code` is the body of `(id, input, attempt) => output`, of all tasks. */
export interface Made {
  readonly steps: string;
  readonly code?: string;
  readonly parts?: BundleParts;
  /** What stands in the folder of the bundle, by path. */
  readonly files?: Readonly<Record<string, string>>;
}

export async function scenarioBundle({ steps, code = "return input;", parts, files = {} }: Made) {
  const { plan, diagnostics } = compile(bundleOf(steps, parts), { today: TODAY });
  if (!plan) throw new Error(JSON.stringify(diagnostics));
  const folder = await mkdtemp(join(tmpdir(), "espalier-scenarios-"));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  const js = `const work = (id, input, attempt) => { ${code} };\nexport const handler = async ({ step: { id, attempt }, input }) => work(id, input, attempt);\n`;
  const entries = plan.functions.flatMap((each) => (each.kind === "task" ? [each.entry] : []));
  const store = join(folder, "store");
  await mkdir(store);
  const digest = digestNumber(1);
  await new BundleStore(store).save({
    ...{ plan, digest, files: new Map(), components: new Map() },
    code: new Map(entries.map((entry) => [entry, { js, map: "{}" }])),
  });
  for (const [path, text] of Object.entries(files)) {
    await mkdir(dirname(join(folder, path)), { recursive: true });
    await writeFile(join(folder, path), text);
  }
  const bundle = await openBundleSnapshot(store, digest);
  const test = (name = "case", more: Partial<ScenarioJob> = {}) =>
    testScenario({ folder: join(folder, "scenarios", name), bundle: folder, ...more }, bundle);
  return { folder, store, digest, plan, bundle, test };
}

/** The scenario `case`, with these keys. */
export function scenarioFile(keys: string, name = "case"): Readonly<Record<string, string>> {
  const head = `apiVersion: espalier/v1\nscenario: ${name}\n`;
  return { [`scenarios/${name}/scenario.yaml`]: `${head}${keys}` };
}
