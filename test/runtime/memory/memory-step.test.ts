import { beforeEach, describe, expect, it } from "vitest";
import { memoryArtifacts, memoryRecords } from "../../../lib/local/ports/memory.ts";
import type { RunIdentity } from "../../../lib/runtime/call.ts";
import type { LogData, Logger } from "../../../lib/runtime/context.ts";
import type { Json } from "../../../lib/runtime/json.ts";
import type { MemoryDocument } from "../../../lib/runtime/memory/memory-document.ts";
import { type MemoryStepWorld, runMemoryStep } from "../../../lib/runtime/memory/memory-step.ts";

const START = Date.UTC(2026, 0, 1);
const POLICY: Omit<MemoryDocument, "operation"> = {
  memory: "preferences",
  version: "1.0.0",
  scope: "customer",
  retention: 3600,
  readers: ["support", "billing"],
  writers: ["support"],
  maxBytes: 1000,
};
const RUN: RunIdentity = {
  id: "run-1",
  workflow: "support",
  version: "1.0.0",
  digest: `sha256:${"0".repeat(64)}`,
  environment: "test",
  customer: "acme",
  principal: "ada@example.com",
  startedAt: "2026-01-01T00:00:00.000Z",
};

let now = START;
let world: MemoryStepWorld;
let lines: string[];
beforeEach(() => {
  now = START;
  lines = [];
  const clock = { now: () => new Date(now) };
  const write = (message: string, data?: LogData) =>
    void lines.push(JSON.stringify([message, data]));
  const logger: Logger = { debug: write, info: write, warn: write, error: write };
  world = { records: memoryRecords(clock), artifacts: memoryArtifacts(), clock, logger };
});

interface Asked {
  readonly policy?: Partial<MemoryDocument>;
  readonly run?: Partial<RunIdentity>;
  readonly step?: string;
}

const perform = (operation: MemoryDocument["operation"], input: Json, asked: Asked = {}) =>
  runMemoryStep(
    { ...POLICY, operation, ...asked.policy },
    {
      run: { ...RUN, ...asked.run },
      step: { id: asked.step ?? operation, iteration: "", attempt: 0 },
      input,
      config: {},
    },
    world,
  );
const read = (key: string, asked?: Asked) => perform("read", { key }, asked);
const write = (key: string, value: Json, asked?: Asked) => perform("write", { key, value }, asked);
const forget = (key: string, asked?: Asked) => perform("forget", { key }, asked);

describe("a memory", () => {
  it("knows nothing at first", async () => {
    expect(await read("tone")).toEqual({
      found: false,
      key: "tone",
      value: null,
      provenance: null,
    });
  });

  it("gives back what was written, and by whom", async () => {
    const provenance = {
      workflow: "support",
      run: "run-1",
      step: "write",
      iteration: "",
      at: "2026-01-01T00:00:00.000Z",
    };
    const entry = { found: true, key: "tone", value: { formal: true }, provenance };
    expect(await write("tone", { formal: true })).toEqual(entry);
    expect(await read("tone", { run: { id: "run-2", workflow: "billing" } })).toEqual(entry);
  });

  it("tells an entry that is null from none", async () => {
    await write("tone", null);
    expect(await read("tone")).toMatchObject({ found: true, value: null });
  });

  it("forgets", async () => {
    await write("tone", 1);
    expect(await forget("tone")).toMatchObject({ found: false });
    expect(await read("tone")).toMatchObject({ found: false, value: null, provenance: null });
    await write("tone", 2, { step: "again" });
    expect(await read("tone")).toMatchObject({ found: true, value: 2 });
  });

  it("forgets by itself once its time after the last write is up", async () => {
    await write("tone", 1);
    now += 3_000_000;
    await write("tone", 2, { step: "again" });
    now += 3_599_000;
    expect(await read("tone")).toMatchObject({ value: 2 });
    now += 2_000;
    expect(await read("tone")).toMatchObject({ found: false });
  });

  it.each([
    ["customer", { customer: "acme" }, { customer: "globex" }],
    ["principal", { principal: "ada@example.com" }, { principal: "bob@example.com" }],
    ["workflow", { workflow: "support" }, { workflow: "billing" }],
    ["run", { id: "run-1" }, { id: "run-2" }],
    ["run", { id: "run-1" }, { startedAt: "2026-05-01T00:00:00.000Z" }],
    ["customer", {}, { environment: "prod" }],
  ] as const)("is shared by %s: %j and not %j", async (scope, same, other) => {
    const policy = { scope, writers: ["support", "billing"] };
    await write("tone", 1, { policy, run: same });
    const elsewhere = scope === "run" ? {} : { id: "run-9" };
    expect(await read("tone", { policy, run: { ...same, ...elsewhere } })).toMatchObject({
      found: true,
    });
    expect(await read("tone", { policy, run: other })).toMatchObject({ found: false });
  });

  it("keeps memories of several names apart, and not their versions", async () => {
    await write("tone", 1);
    expect(await read("tone", { policy: { memory: "other" } })).toMatchObject({ found: false });
    expect(await read("tone", { policy: { version: "2.0.0" } })).toMatchObject({ found: true });
  });
});

describe("a step that is tried again", () => {
  it("writes once", async () => {
    await write("tone", 1);
    now += 1000;
    expect(await write("tone", 1)).toMatchObject({
      provenance: { at: "2026-01-01T00:00:00.000Z" },
    });
  });

  it("does not undo what others have written since", async () => {
    await write("tone", "mine");
    await write("tone", "theirs", { run: { id: "run-2" } });
    expect(await write("tone", "mine")).toMatchObject({ value: "mine" });
    expect(await read("tone")).toMatchObject({ value: "theirs" });
  });

  it("does not forget what others have written since", async () => {
    await forget("tone");
    await write("tone", "theirs", { run: { id: "run-2" } });
    expect(await forget("tone")).toMatchObject({ found: false });
    expect(await read("tone")).toMatchObject({ value: "theirs" });
  });

  it("leaves one value when twelve write at once, and their retries change nothing", async () => {
    const all = () =>
      Promise.all(
        Array.from({ length: 12 }, (_, n) => write("tone", n, { run: { id: `run-${n}` } })),
      );
    await all();
    const entry = await read("tone");
    expect(await all()).toHaveLength(12);
    expect(await read("tone")).toEqual(entry);
  });
});

describe("the policy of a memory", () => {
  it.each([
    ["read", "mailer", "readers` are support, billing"],
    ["write", "billing", "writers` are support"],
    ["forget", "billing", "writers` are support"],
  ] as const)("does not let others %s", async (operation, workflow, says) => {
    const denied = perform(operation, { key: "tone", value: 1 }, { run: { workflow } });
    await expect(denied).rejects.toMatchObject({
      name: "Memory.Denied",
      message: expect.stringContaining(says),
    });
  });

  it("lets nobody in where nobody is named", async () => {
    await expect(read("tone", { policy: { readers: [] } })).rejects.toMatchObject({
      name: "Memory.Denied",
      message: expect.stringContaining("are nobody"),
    });
  });

  it("refuses a run without the customer that owns it", async () => {
    const run = { customer: null };
    await expect(read("tone", { run })).rejects.toMatchObject({
      name: "Memory.Denied",
      message: expect.stringContaining("run run-1 has none"),
    });
    expect(await read("tone", { run, policy: { scope: "workflow" } })).toMatchObject({
      found: false,
    });
  });

  it.each([
    ["a value that is too large", { key: "k", value: "x".repeat(999) }, "1001 bytes as JSON"],
    ["no value", { key: "k" }, "nothing to write"],
    ["no key", { value: 1 }, "1 to 1024 bytes, found undefined"],
    ["an empty key", { key: "", value: 1 }, "found 0 bytes"],
    ["a key without end", { key: "ä".repeat(600), value: 1 }, "found 1200 bytes"],
    ["half a character", { key: "\ud83c", value: 1 }, "surrogate"],
    ["no object", ["k", 1], "takes `with: { key }`"],
  ])("refuses to write %s", async (_what, input, says) => {
    await expect(perform("write", input as Json)).rejects.toMatchObject({
      name: "Contract.InputInvalid",
      message: expect.stringContaining(says),
    });
  });

  it("takes a large value by reference, and gives it so", async () => {
    const policy = { maxBytes: 262_144 };
    const value = { text: "ä".repeat(120_000) };
    const stored = await world.artifacts.put(Buffer.from(JSON.stringify(value)), {
      mediaType: "application/json",
    });
    const reference = { $stored: stored.$artifact, bytes: stored.bytes };
    await perform("write", { key: "k", value: reference }, { policy });
    expect(await read("k", { policy })).toMatchObject({ found: true, value: reference });
  });

  it("keeps keys and values out of the log and people out of table keys", async () => {
    const seen: string[] = [];
    const { records } = world;
    world = {
      ...world,
      records: {
        ...records,
        put(item, condition) {
          seen.push(item.key.partition);
          return records.put(item, condition);
        },
      },
    };
    await write("iban", "secret value", { policy: { scope: "principal" } });
    expect(lines.join()).not.toMatch(/iban|secret|ada@/);
    expect(seen.join()).not.toContain("ada");
  });
});
