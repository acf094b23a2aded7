/**
 * The compiler: from a manifest's text to the text of its state machine (YAML, grammar, names, data
 * flow, effects, emission). Without reading files and bundling handlers, whose time is esbuild's.
 */
import { z } from "zod";
import type { Bundle } from "../../lib/bundle/bundle.ts";
import { compile, renderDefinition } from "../../lib/compiler/index.ts";
import { bundleOf, manifestText } from "../manifest.ts";
import { report, time } from "../peers/report.mjs";
import { median } from "../rounds.ts";

const Options = z.object({
  steps: z.number(),
  repeat: z.number(),
  /** Time the first call of the process only. */
  cold: z.boolean(),
  /** Whether reading the manifest (YAML, grammar, names) is part of the time. */
  read: z.boolean(),
});

async function compileOnce(bundle: Bundle, steps: number): Promise<void> {
  const { plan, diagnostics } = compile(bundle, { today: "2026-11-21" });
  if (plan === undefined) {
    throw new Error(diagnostics.map(({ code, message }) => `${code} ${message}`).join("; "));
  }
  renderDefinition(plan);
  if (plan.steps.length !== steps) throw new Error(`${plan.steps.length} steps, not ${steps}`);
}

await report(async (given) => {
  const { steps, repeat, cold, read } = Options.parse(given);
  const text = manifestText(steps);
  const known = read ? undefined : bundleOf(text);
  const once = () => compileOnce(known ?? bundleOf(text), steps);
  if (!cold) for (let i = 0; i < repeat; i++) await once();
  const times: number[] = [];
  for (let i = 0; i < repeat; i++) times.push(await time(once));
  return { value: median(times) ?? Number.NaN };
});
