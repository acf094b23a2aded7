import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { stringify } from "yaml";
import { compile } from "../../lib/compiler/index.ts";
import { checkDefinition } from "../../lib/engine/index.ts";
import type { JsonObject } from "../../lib/runtime/json.ts";
import { bundleOfManifest, TODAY } from "./bundle-of.ts";
import { type Behaviour, generateManifest } from "./generate-manifest.ts";
import { lintAll } from "./lint.ts";
import { knownPolicy, policyName } from "./policies.ts";
import { Failure, tell, type Visit, type World } from "./reference.ts";
import { DIGEST, ENVIRONMENT, runOnEngine } from "./run-on-engine.ts";

/** A small number that depends on all of a text. */
function hash(text: string): number {
  let value = 7;
  for (let i = 0; i < text.length; i++) value = (value * 31 + text.charCodeAt(i)) % 100_003;
  return value;
}

function worldOf(behaviour: ReadonlyMap<string, Behaviour>, flag: boolean): World {
  const items = [0, 1, 2, 3].map((k) => ({ k, odd: k % 2 === 1 }));
  return {
    input: { n: 3, flag, items },
    config: { limit: 2 },
    run: {
      id: "run-1",
      workflow: "generated",
      version: "1.2.3",
      digest: DIGEST,
      environment: ENVIRONMENT,
      principal: "somebody@example.com",
      customer: null,
    },
    task(id, input, iteration, attempt) {
      const v = hash(JSON.stringify([id, input, iteration])) % 10;
      const how = behaviour.get(id);
      const fails =
        how === "fail" || (how === "flaky" && attempt === 0) || (how === "moody" && v < 3);
      if (fails) throw new Failure("Step.Failed", `${id} failed`);
      return { v, even: v % 2 === 0, list: items.slice(0, v % 4) };
    },
    script(id, agent, iteration) {
      const lines = Array.from({ length: hash(`${id} ${iteration}`) % 3 }, (_, i) =>
        i % 2 === 0 && !agent.includes("looking") ? ("ask" as const) : ("continue" as const),
      );
      return lines;
    },
    stages(policy) {
      const { stages, isScheduled } = knownPolicy(policyName(policy));
      return { count: stages, isScheduled };
    },
    approve(id, required, policy, isLast) {
      const how = required ? (behaviour.get(`${id}.approval`) ?? behaviour.get(id)) : "ok";
      if (how === "fail") throw new Failure("Approval.Rejected", "not like this");
      if ((how === "late" || how === "slow") && !isLast) throw new Failure("", "nobody yet");
      const { within } = knownPolicy(policyName(policy));
      // What has no end waits for as long as it takes.
      if (how === "late" && within !== undefined) {
        const late = `nobody decided "${id}" within ${within}`;
        throw policy.includes("reject")
          ? new Failure("Approval.Rejected", `expired: ${late}`)
          : new Failure("Approval.Expired", late);
      }
      return {
        approval: "a1",
        verdict: "approved",
        by: required ? "rule" : "x",
        at: "now",
        reason: null,
      };
    },
  };
}

/** Work in an order that does not depend on what ran at the same time. An event has no iteration. */
const inOrder = (visits: readonly Visit[], emits: ReadonlySet<string>): readonly string[] =>
  visits
    .map(({ id, iteration, given }) => JSON.stringify([id, emits.has(id) ? "" : iteration, given]))
    .sort();

/** Every machine that was run, for the linter to see all at once. */
const compiled: JsonObject[] = [];

/** A manifest from numbers, compiled, run, and compared with the reference. */
async function agree(choices: readonly number[], flag: boolean): Promise<string> {
  const { manifest, behaviour } = generateManifest(choices);
  const bundle = bundleOfManifest(stringify(manifest));
  const { plan, diagnostics } = compile(bundle, { today: TODAY });
  expect(diagnostics.filter(({ severity }) => severity === "error")).toEqual([]);
  if (plan === undefined) throw new Error("no plan");
  compiled.push(plan.definition);
  expect(checkDefinition(JSON.stringify(plan.definition)).problems).toEqual([]);

  const world = worldOf(behaviour, flag);
  const told = await tell(bundle.manifest, world);
  const ran = await runOnEngine(plan, world);
  if (told.open) return "open";

  expect(ran.outcome).toEqual(told.outcome);
  const kinds = new Map(plan.steps.map(({ id, kind }) => [id, kind]));
  const emits = new Set([...kinds].filter(([, kind]) => kind === "emit").map(([id]) => id));
  const calls = told.visits.filter(({ id }) => !["wait", "workflow"].includes(kinds.get(id) ?? ""));
  expect(inOrder(ran.visits, emits)).toEqual(inOrder(calls, emits));
  const waits = (names: readonly string[]) =>
    names.filter((name) => ["wait", "workflow"].includes(kinds.get(name) ?? "")).sort();
  expect(waits(ran.entered)).toEqual(waits(told.visits.map(({ id }) => id)));
  // A flow that ends on a decision needs a state to end in: a Choice cannot.
  const entered = ran.entered.filter((name) => !name.endsWith(".end")).length;
  expect(entered).toBeLessThanOrEqual(told.steps + told.decisions);
  return "output" in told.outcome ? "succeeded" : "failed";
}

/** Some ten seconds alone; several times that beside other work. */
const PATIENCE = 240_000;

describe("generated manifests", () => {
  it(
    "run on the engine as the reference says, in no more states than steps and decisions",
    async () => {
      const ends = new Map<string, number>();
      const choices = fc.array(fc.nat(255), { minLength: 40, maxLength: 260, size: "max" });
      await fc.assert(
        fc.asyncProperty(choices, fc.boolean(), async (numbers, flag) => {
          const end = await agree(numbers, flag);
          ends.set(end, (ends.get(end) ?? 0) + 1);
        }),
        { numRuns: Number(process.env.ESPALIER_RUNS ?? 250) },
      );
      // The generator would be of little use if most runs failed at once.
      expect(ends.get("succeeded") ?? 0).toBeGreaterThan(60);
      expect(ends.get("failed") ?? 0).toBeGreaterThan(0);
      for (let i = 0; i < compiled.length; i += 50) {
        expect(lintAll(compiled.slice(i, i + 50))).toEqual([]);
      }
    },
    PATIENCE,
  );
});
