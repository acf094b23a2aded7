/** An express workflow on one machine: run like any other, and told of like any other. */
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { loadBundle } from "../../lib/bundle/index.ts";
import { compile } from "../../lib/compiler/index.ts";
import { dataFolder, deploymentOf, openRuntime } from "./runtime-world.ts";

const PROBE = join(import.meta.dirname, "../aws/fixtures/probe");

async function deployProbe() {
  const { bundle } = await loadBundle(PROBE);
  const plan = bundle && compile(bundle, { today: "2026-11-21" }).plan;
  if (!bundle || !plan) throw new Error("The bundle does not compile.");
  const { code, digest } = bundle;
  const runtime = await openRuntime(await dataFolder());
  await runtime.deploy({ ...deploymentOf({ startAt: "", states: {} }), plan, code, digest });
  return { runtime, plan };
}

const request = {
  workflow: "probe",
  input: { name: "Ada" },
  principal: "ann@example.com",
  name: "first",
};

describe("an express workflow on one machine", () => {
  it("runs to its end within five minutes, with a record and a history", async () => {
    const { runtime, plan } = await deployProbe();
    expect(plan).toMatchObject({ type: "express", definition: { TimeoutSeconds: 300 } });
    const { startedAt } = await runtime.startRun(request);
    const types: string[] = [];
    const times = new Set<unknown>();
    for await (const event of runtime.history("first", { follow: true })) {
      types.push(event.type);
      const { parameters } = (event.taskScheduledEventDetails ?? {}) as { parameters?: string };
      if (!parameters) continue;
      const called = JSON.parse(parameters) as { Payload: { run: { startedAt: string } } };
      times.add(called.Payload.run.startedAt);
    }
    expect(types.at(-1)).toBe("ExecutionSucceeded");
    expect([...times]).toEqual([startedAt]);
    expect(await runtime.run("first")).toMatchObject({
      status: "SUCCEEDED",
      startedAt,
      input: { name: "Ada" },
      output: { text: "Hello, Ada!" },
    });
  });

  it("is started once for a name, whenever it is asked for again", async () => {
    const { runtime } = await deployProbe();
    const { startedAt } = await runtime.startRun(request);
    for await (const _event of runtime.history("first", { follow: true }));
    expect(await runtime.startRun(request)).toMatchObject({ startedAt, status: "SUCCEEDED" });
    await expect(runtime.startRun({ ...request, input: { name: "Ben" } })).rejects.toMatchObject({
      code: "RunExists",
    });
    expect(await runtime.runs()).toHaveLength(1);
  });
});
