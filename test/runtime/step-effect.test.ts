import { describe, expect, it } from "vitest";
import { memoryRecords } from "../../lib/local/ports/memory.ts";
import { makeTestWorld, runStep, type TestWorld } from "../../lib/local/testing.ts";
import type { StepCall } from "../../lib/runtime/call.ts";
import { StepError, step, z } from "../../lib/runtime/index.ts";
import { type InvokeOptions, invokeStep } from "../../lib/runtime/invoke-step.ts";
import type { Records } from "../../lib/runtime/ports.ts";

/** The process dies at this point: nothing that follows happens, no release either. */
class Crash extends Error {}

interface Sent {
  readonly key: string;
  readonly text: string;
}

/** A mail server that knows idempotency keys, and a step that sends through it. */
function mail() {
  const calls: Sent[] = [];
  const sender = step({
    input: z.object({ text: z.string() }),
    output: z.object({ receipt: z.number() }),
    async run({ text }, { idempotencyKey }) {
      calls.push({ key: idempotencyKey, text });
      return { receipt: calls.length };
    },
  });
  return { calls, sender };
}

const call = (input: StepCall["input"] = { text: "hello" }, id = "run-1"): StepCall => ({
  run: {
    id,
    workflow: "w",
    version: "1.0.0",
    digest: `sha256:${"0".repeat(64)}`,
    environment: "test",
    customer: null,
    principal: "ann@example.com",
    startedAt: "2026-01-01T00:00:00.000Z",
  },
  step: { id: "send", iteration: "", attempt: 0 },
  config: {},
  input,
});

function invoke(
  definition: Parameters<typeof invokeStep>[0],
  world: TestWorld,
  options: Partial<InvokeOptions> = {},
  payload: unknown = call(),
) {
  return invokeStep(definition, payload, world.ports, {
    effect: "send",
    deadline: new Date(Date.now() + 60_000),
    readFile: async () => undefined,
    writeLine: () => undefined,
    patience: 0,
    ...options,
  });
}

/** The store of a process that dies before (or after) its nth write. */
function dyingAt(records: Records, write: number, when: "before" | "after"): Records {
  let writes = 0;
  let isDead = false;
  const through = async <T>(perform: () => Promise<T>): Promise<T> => {
    if (isDead) throw new Crash();
    isDead = ++writes === write;
    if (isDead && when === "before") throw new Crash();
    const result = await perform();
    if (isDead) throw new Crash();
    return result;
  };
  return {
    get: (key) => records.get(key),
    query: (query) => records.query(query),
    put: (item, condition) => through(() => records.put(item, condition)),
    delete: (key, condition) => through(() => records.delete(key, condition)),
    deleteAll: (keys) => through(() => records.deleteAll(keys)),
  };
}

describe("a step with an effect", () => {
  it.each(["write", "send", "delete"] as const)("that is %s happens once", async (effect) => {
    const world = makeTestWorld();
    const { calls, sender } = mail();
    for (let attempt = 0; attempt < 3; attempt++) {
      const options = { world, effect, step: { attempt } };
      expect(await runStep(sender, { text: "hello" }, options)).toEqual({ receipt: 1 });
    }
    expect(calls).toHaveLength(1);
  });

  it("happens again in another run, step or iteration", async () => {
    const world = makeTestWorld();
    const { calls, sender } = mail();
    for (const options of [
      {},
      { run: { id: "other" } },
      { step: { id: "other" } },
      { step: { iteration: "1" } },
    ]) {
      await runStep(sender, { text: "hello" }, { world, effect: "send", ...options });
    }
    expect(new Set(calls.map(({ key }) => key)).size).toBe(4);
  });

  it("that failed is tried again, with the same key", async () => {
    const world = makeTestWorld();
    const keys: string[] = [];
    const flaky = step({
      input: z.object({ text: z.string() }),
      output: z.null(),
      run(_input, { idempotencyKey }) {
        keys.push(idempotencyKey);
        if (keys.length === 1) throw new StepError("Mail.Busy", "later");
        return null;
      },
    });
    await expect(invoke(flaky, world)).rejects.toMatchObject({ name: "Mail.Busy" });
    expect(await invoke(flaky, world)).toBeNull();
    expect(keys).toHaveLength(2);
    expect(keys[0]).toBe(keys[1]);
  });

  it("checks its input before it begins anything", async () => {
    const world = makeTestWorld();
    const { calls, sender } = mail();
    const bad = invoke(sender, world, {}, call({ text: 1 }));
    await expect(bad).rejects.toMatchObject({ name: "Contract.InputInvalid" });
    expect(await invoke(sender, world)).toEqual({ receipt: 1 });
    expect(calls).toHaveLength(1);
  });

  it("gives its large result again by reference", async () => {
    const world = makeTestWorld();
    const large = step({
      input: z.unknown(),
      output: z.object({ text: z.string() }),
      run: () => ({ text: "x".repeat(300_000) }),
    });
    const first = await invoke(large, world);
    expect(first).toEqual({ text: { $stored: expect.any(String), bytes: 300_002 } });
    expect(await invoke(large, world)).toEqual(first);
  });

  it("is not taken for done when the same step asks for something else", async () => {
    const world = makeTestWorld();
    const { calls, sender } = mail();
    await invoke(sender, world);
    await expect(invoke(sender, world, {}, call({ text: "other" }))).rejects.toMatchObject({
      name: "Step.Failed",
      message: expect.stringContaining("for another input"),
    });
    expect(calls).toHaveLength(1);
  });

  describe("called twice at once", () => {
    /** A step that holds on until it is told to go on. */
    function slow() {
      let release: () => void = () => undefined;
      let runs = 0;
      const held = new Promise<void>((resolve) => {
        release = resolve;
      });
      let begin: () => void = () => undefined;
      const begun = new Promise<void>((resolve) => {
        begin = resolve;
      });
      const definition = step({
        input: z.unknown(),
        output: z.object({ run: z.number() }),
        async run() {
          runs++;
          begin();
          await held;
          return { run: runs };
        },
      });
      return { definition, begun, release: () => release(), count: () => runs };
    }

    it("runs once, and the second call waits for the result of the first", async () => {
      const world = makeTestWorld();
      const { definition, begun, release, count } = slow();
      const first = invoke(definition, world);
      await begun;
      const second = invoke(definition, world, { patience: 60_000 });
      release();
      expect(await Promise.all([first, second])).toEqual([{ run: 1 }, { run: 1 }]);
      expect(count()).toBe(1);
    });

    it("fails the second call with a name that can be retried, if the first takes too long", async () => {
      const world = makeTestWorld();
      const { definition, begun, release } = slow();
      const first = invoke(definition, world);
      await begun;
      await expect(invoke(definition, world)).rejects.toMatchObject({ name: "Step.InProgress" });
      release();
      expect(await first).toEqual({ run: 1 });
      expect(await invoke(definition, world)).toEqual({ run: 1 });
    });

    it("lets only one of many callers run", async () => {
      const world = makeTestWorld();
      const { calls, sender } = mail();
      const results = await Promise.all(
        Array.from({ length: 20 }, () => invoke(sender, world, { patience: 60_000 })),
      );
      expect(results).toEqual(Array.from({ length: 20 }, () => ({ receipt: 1 })));
      expect(calls).toHaveLength(1);
    });

    it("keeps the result of whoever took over from one that overran its time", async () => {
      const world = makeTestWorld();
      const { definition, begun, release } = slow();
      const overrun = invoke(definition, world, { deadline: new Date(Date.now() - 1) });
      await begun;
      const { sender } = mail();
      // The lease is over: the next attempt takes over and completes.
      expect(await invoke(sender, world)).toEqual({ receipt: 1 });
      release();
      expect(await overrun).toEqual({ receipt: 1 });
    });
  });

  describe("whose process dies", () => {
    const points = [
      ["before it has recorded anything", 1, "before", 0],
      ["after it has recorded that it begins", 1, "after", 0],
      ["after the effect, before it has recorded the result", 2, "before", 1],
      ["after it has recorded the result", 2, "after", 1],
    ] as const;

    it.each(points)("%s, is resumed with the same key", async (_case, write, when, sent) => {
      const world = makeTestWorld();
      const { calls, sender } = mail();
      const dying = {
        ...world,
        ports: { ...world.ports, records: dyingAt(world.ports.records, write, when) },
      };
      await expect(invoke(sender, dying, { holder: "dead" })).rejects.toThrow();
      expect(calls).toHaveLength(sent);
      const isGone = (holder: string) => holder === "dead";
      const result = await invoke(sender, world, { isGone });
      // The effect repeats at one point only (3), and there under the key that makes it harmless.
      expect(calls).toHaveLength(write === 2 && when === "before" ? 2 : 1);
      expect(new Set(calls.map(({ key }) => key)).size).toBe(1);
      expect(result).toEqual({ receipt: calls.length });
      expect(await invoke(sender, world)).toEqual(result);
    });

    it("is not resumed while its lease runs and nobody knows that it is gone", async () => {
      const world = makeTestWorld();
      const { calls, sender } = mail();
      const dying = {
        ...world,
        ports: { ...world.ports, records: dyingAt(world.ports.records, 1, "after") },
      };
      await expect(invoke(sender, dying)).rejects.toThrow();
      await expect(invoke(sender, world)).rejects.toMatchObject({ name: "Step.InProgress" });
      expect(calls).toHaveLength(0);
    });

    it("is not repeated if it may not be, and says that its outcome is unknown", async () => {
      const world = makeTestWorld();
      const { calls, sender } = mail();
      const dying = {
        ...world,
        ports: { ...world.ports, records: dyingAt(world.ports.records, 2, "before") },
      };
      await expect(invoke(sender, dying, { holder: "dead" })).rejects.toThrow();
      const again = { isGone: (holder: string) => holder === "dead", repeatable: false };
      await expect(invoke(sender, world, again)).rejects.toMatchObject({
        name: "Tool.OutcomeUnknown",
      });
      expect(calls).toHaveLength(1);
    });

    it("is resumed once its lease has run out", async () => {
      let now = Date.now();
      const clock = { now: () => new Date(now) };
      const world = makeTestWorld();
      const ports = { ...world.ports, clock, records: memoryRecords(clock) };
      const { calls, sender } = mail();
      const deadline = new Date(now + 5000);
      const dying = { ...world, ports: { ...ports, records: dyingAt(ports.records, 1, "after") } };
      await expect(invoke(sender, dying, { deadline })).rejects.toThrow();
      now += 4999;
      const next = { deadline: new Date(now + 5000) };
      await expect(invoke(sender, { ...world, ports }, next)).rejects.toMatchObject({
        name: "Step.InProgress",
      });
      now += 1;
      expect(await invoke(sender, { ...world, ports }, next)).toEqual({ receipt: 1 });
      expect(calls).toHaveLength(1);
    });
  });
});
