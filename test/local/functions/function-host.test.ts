import { utimes, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Json, JsonObject } from "../../../lib/runtime/json.ts";
import { FunctionWorld, until } from "./world.ts";

let world: FunctionWorld;

beforeEach(async () => {
  world = await FunctionWorld.open();
});
afterEach(() => world.close());

describe("a function in a worker", () => {
  it.each<[string, Json]>([
    ["an object", { a: [1, { b: null }], text: "ü🌳" }],
    ["a text", "hello"],
    ["null", null],
    ["a number", 0],
    ["a list", []],
  ])("takes %s as its event, and gives it back", async (_case, event) => {
    const echo = await world.makeFunction("echo", "export const handler = async (event) => event;");
    expect(await world.invoke(echo, event)).toEqual(event);
  });

  it("answers null where it returns nothing, and JSON where it returns more", async () => {
    const nothing = await world.makeFunction("nothing", "export const handler = () => {};");
    const date = await world.makeFunction(
      "date",
      "export const handler = async () => ({ at: new Date(0), not: undefined });",
    );
    expect(await world.invoke(nothing, 1)).toBeNull();
    expect(await world.invoke(date, 1)).toEqual({ at: "1970-01-01T00:00:00.000Z" });
  });

  it("gets Lambda's context, and may answer by callback", async () => {
    const context = await world.makeFunction(
      "context",
      `export const handler = (event, context, callback) => {
         const left = context.getRemainingTimeInMillis();
         callback(null, { name: context.functionName, id: context.awsRequestId,
           memory: context.memoryLimitInMB, left: left > 0 && left <= 60000 });
       };`,
    );
    expect(await world.invoke(context, {})).toEqual({
      name: "context",
      id: expect.stringMatching(/^[0-9a-f-]{36}$/),
      memory: "128",
      left: true,
    });
  });

  it("stays warm from one invocation to the next", async () => {
    const counter = await world.makeFunction(
      "counter",
      "let count = 0; export const handler = async () => ++count;",
    );
    for (const count of [1, 2, 3]) expect(await world.invoke(counter, {})).toBe(count);
  });

  it("sees nothing of the host's environment but what is harmless or named", async () => {
    process.env.ESPALIER_TEST_SECRET = "hidden";
    process.env.ESPALIER_TEST_NAMED = "shown";
    try {
      await world.reopen({
        environment: ["ESPALIER_TEST_NAMED", "ESPALIER_TEST_MISSING"],
        data: "/data",
      });
      const env = await world.makeFunction(
        "env",
        "export const handler = async () => process.env;",
      );
      const seen = (await world.invoke(env, {})) as JsonObject;
      expect(seen).toMatchObject({
        ESPALIER_TEST_NAMED: "shown",
        ESPALIER_DATA: "/data",
        AWS_LAMBDA_FUNCTION_NAME: "env",
        AWS_LAMBDA_FUNCTION_MEMORY_SIZE: "128",
      });
      expect(seen.PATH).toBe(process.env.PATH);
      expect(Object.keys(seen).filter((name) => /SECRET|VITEST|NODE_OPTIONS/.test(name))).toEqual(
        [],
      );
    } finally {
      delete process.env.ESPALIER_TEST_SECRET;
      delete process.env.ESPALIER_TEST_NAMED;
    }
  });

  it("has its own environment: what it changes there, the host and others do not see", async () => {
    const code =
      "export const handler = async () => (process.env.MINE = (process.env.MINE ?? '') + 'x');";
    const one = await world.makeFunction("one", code);
    const two = await world.makeFunction("two", code);
    expect(await world.invoke(one, {})).toBe("x");
    expect(await world.invoke(two, {})).toBe("x");
    expect(process.env.MINE).toBeUndefined();
  });

  it("has what it prints handed on line by line, under its name", async () => {
    const printing = await world.makeFunction(
      "printing",
      "export const handler = async () => { console.log('one\\ntwo'); console.error('three'); };",
    );
    await world.invoke(printing, {});
    await until(() => world.lines.length === 3);
    expect(world.lines.map(({ text }) => text).sort()).toEqual(["one", "three", "two"]);
    expect(new Set(world.lines.map((line) => line.function))).toEqual(new Set(["printing"]));
  });

  it("is loaded anew when its file has changed", async () => {
    const edited = await world.makeFunction("edited", "export const handler = async () => 1;");
    expect(await world.invoke(edited, {})).toBe(1);
    await world.makeFunction("edited", "export const handler = async () => 2;");
    const later = new Date(Date.now() + 5000);
    await utimes(join(world.folder, "edited.mjs"), later, later);
    expect(await world.invoke(edited, {})).toBe(2);
  });
});

describe("a host of functions", () => {
  const waiting = `
    import { existsSync } from "node:fs";
    export const handler = async ({ started, go }) => {
      console.log(started);
      while (!existsSync(go)) await new Promise((resolve) => setTimeout(resolve, 5));
      return started;
    };`;

  it("runs one invocation at a time in a worker, and so many workers of a function at once", async () => {
    await world.reopen({ workersPerFunction: 2 });
    const waits = await world.makeFunction("waits", waiting);
    const go = join(world.folder, "go");
    const running = [1, 2, 3, 4, 5].map((started) => world.invoke(waits, { started, go }));
    await until(() => world.lines.length === 2);
    await sleep(100);
    expect(world.lines).toHaveLength(2);
    await writeFile(go, "");
    expect(await Promise.all(running)).toEqual([1, 2, 3, 4, 5]);
  });

  it("lets a waiting invocation be stopped", async () => {
    await world.reopen({ workersPerFunction: 1 });
    const waits = await world.makeFunction("waits", waiting);
    const go = join(world.folder, "go");
    const first = world.invoke(waits, { started: 1, go });
    const stop = new AbortController();
    const second = world.invoke(waits, { started: 2, go }, stop.signal);
    const third = world.invoke(waits, { started: 3, go });
    stop.abort(new Error("no longer"));
    await expect(second).rejects.toThrow("no longer");
    await writeFile(go, "");
    expect(await Promise.all([first, third])).toEqual([1, 3]);
  });

  it("ends workers that are idle, and starts new ones when they are needed", async () => {
    await world.reopen({ idleMs: 1 });
    const counter = await world.makeFunction(
      "counter",
      "let count = 0; export const handler = async () => ++count;",
    );
    expect(await world.invoke(counter, {})).toBe(1);
    await sleep(100);
    expect(await world.invoke(counter, {})).toBe(1);
  });

  it("keeps no more workers than it may, and ends those used least recently", async () => {
    await world.reopen({ workers: 2 });
    const code = "let count = 0; export const handler = async () => ++count;";
    const [a, b, c] = await Promise.all(
      ["a", "b", "c"].map((name) => world.makeFunction(name, code)),
    );
    if (!a || !b || !c) throw new Error("unreachable");
    expect([
      await world.invoke(a, {}),
      await world.invoke(b, {}),
      await world.invoke(a, {}),
    ]).toEqual([1, 1, 2]);
    // Makes room by ending b, which was used before a.
    expect(await world.invoke(c, {})).toBe(1);
    expect(await world.invoke(a, {})).toBe(3);
    expect(await world.invoke(b, {})).toBe(1);
  });

  it("replaces a worker that has ended while it was idle", async () => {
    const dying = await world.makeFunction(
      "dying",
      `let count = 0;
       export const handler = async (event) => {
         if (event.die) setTimeout(() => process.exit(1));
         return ++count;
       };`,
    );
    await world.invoke(dying, { die: true });
    // It may still be at work, or die under the next invocation; then comes a new one.
    let count: Json = 0;
    while (count !== 1) count = await world.invoke(dying, {}).catch(() => 0);
    expect(await world.invoke(dying, {})).toBe(2);
  });

  it("rejects what is under way and what waits when it is closed, and takes nothing more", async () => {
    await world.reopen({ workersPerFunction: 1 });
    const stuck = await world.makeFunction("stuck", "export const handler = () => { for (;;); };");
    const running = [world.invoke(stuck, {}), world.invoke(stuck, {})].map((each) =>
      each.catch((error: unknown) => error),
    );
    await sleep(200);
    await world.host.close();
    for (const error of await Promise.all(running)) {
      expect(error).toMatchObject({ message: "The host of the functions was closed." });
    }
    await expect(world.invoke(stuck, {})).rejects.toThrow("closed");
  });
});
