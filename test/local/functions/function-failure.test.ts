import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { build } from "esbuild";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { JsonObject } from "../../../lib/runtime/json.ts";
import { FunctionWorld, failureOf } from "./world.ts";

let world: FunctionWorld;

beforeEach(async () => {
  world = await FunctionWorld.open();
});
afterEach(() => world.close());

describe("a function that fails", () => {
  it.each<[string, string, JsonObject]>([
    [
      "throws",
      "export const handler = async () => { throw new TypeError('bad value') };",
      { errorType: "TypeError", errorMessage: "bad value" },
    ],
    [
      "throws an error with a name of its own",
      "export const handler = async () => { throw Object.assign(new Error(''), { name: 'Mine' }) };",
      { errorType: "Mine", errorMessage: "" },
    ],
    [
      "throws no error",
      "export const handler = async () => { throw 'text' };",
      { errorType: "string", errorMessage: "text", trace: [] },
    ],
    [
      "calls back with an error",
      "export const handler = (e, c, callback) => callback(new RangeError('out'));",
      { errorType: "RangeError", errorMessage: "out" },
    ],
    [
      "exits",
      "export const handler = async () => { process.exit(7) };",
      {
        errorType: "Runtime.ExitError",
        errorMessage: expect.stringMatching(
          /^RequestId: [0-9a-f-]{36} Error: Runtime exited with error: exit status 7$/,
        ),
      },
    ],
    [
      "exits without a word",
      "export const handler = async () => { process.exit() };",
      {
        errorType: "Runtime.ExitError",
        errorMessage: expect.stringMatching(/Error: Runtime exited without providing a reason$/),
      },
    ],
    [
      "leaves a rejection unhandled",
      "export const handler = () => new Promise(() => { Promise.reject(new Error('lost')) });",
      { errorType: "Runtime.UnhandledPromiseRejection", errorMessage: "Error: lost" },
    ],
    [
      "throws in a timer",
      "export const handler = () => new Promise(() => { setTimeout(() => { throw new EvalError('later') }) });",
      { errorType: "EvalError", errorMessage: "later" },
    ],
    [
      "runs out of memory",
      "export const handler = async () => { const all = []; for (;;) all.push(new Array(1e5).fill({})); };",
      {
        errorType: "Runtime.OutOfMemory",
        errorMessage: expect.stringMatching(/Error: Runtime exited with error: signal: killed$/),
      },
    ],
    [
      "returns a cycle",
      "export const handler = async () => { const a = {}; a.a = a; return a; };",
      {
        errorType: "Runtime.JSONStringifyError",
        errorMessage: expect.stringContaining("Unable to stringify response body"),
      },
    ],
    [
      "returns more than 6 MB",
      "export const handler = async () => 'x'.repeat(6_291_555);",
      {
        errorType: "Function.ResponseSizeTooLarge",
        errorMessage:
          "Response payload size (6291557 bytes) exceeded maximum allowed payload size (6291556 bytes).",
      },
    ],
    [
      "does not compile",
      "export const handler = ;",
      {
        errorType: "Runtime.UserCodeSyntaxError",
        errorMessage: "SyntaxError: Unexpected token ';'",
      },
    ],
    [
      "imports what is not there",
      "import 'nowhere-to-be-found'; export const handler = () => 1;",
      {
        errorType: "Runtime.ImportModuleError",
        errorMessage: expect.stringContaining("nowhere-to-be-found"),
      },
    ],
    [
      "throws while loading",
      "throw new URIError('at once');",
      { errorType: "URIError", errorMessage: "at once" },
    ],
    [
      "exports nothing that can be called",
      "export const other = 1;",
      {
        errorType: "Runtime.HandlerNotFound",
        errorMessage: expect.stringContaining('nor a function "handler"'),
      },
    ],
  ])(
    "because it %s is reported as Lambda would, and works again afterwards",
    async (_case, code, cause) => {
      const failing = await world.makeFunction("failing", code, { memory: 64 });
      const echo = await world.makeFunction(
        "echo",
        "export const handler = async (event) => event;",
      );
      for (let attempt = 0; attempt < 2; attempt++) {
        expect((await failureOf(world.invoke(failing, {}))).cause).toMatchObject(cause);
      }
      expect(await world.invoke(echo, "still here")).toBe("still here");
    },
  );

  it.each([
    ["never answers", "export const handler = () => new Promise(() => {});"],
    ["loops without end", "export const handler = () => { for (;;); };"],
  ])("because it %s is ended at its timeout", async (_case, code) => {
    const stuck = await world.makeFunction("stuck", code, { timeout: 0.3 });
    const { cause } = await failureOf(world.invoke(stuck, {}));
    expect(cause).toEqual({
      errorType: "Sandbox.Timedout",
      errorMessage: expect.stringMatching(
        /^RequestId: [0-9a-f-]{36} Error: Task timed out after 0\.30 seconds$/,
      ),
    });
  });

  it("is ended when nobody waits for it any more", async () => {
    const stuck = await world.makeFunction(
      "stuck",
      "console.log('begun'); export const handler = () => { for (;;); };",
    );
    const stop = new AbortController();
    const running = world.invoke(stuck, {}, stop.signal);
    setTimeout(() => stop.abort(new Error("stopped")), 200);
    await expect(running).rejects.toThrow("stopped");
    await expect(world.invoke(stuck, {}, stop.signal)).rejects.toThrow("stopped");
  });

  it("shows the places of its source, not of what was compiled", async () => {
    await mkdir(join(world.folder, "code"));
    const source = join(world.folder, "code", "source.ts");
    await writeFile(
      source,
      `interface Wide { readonly a: number }\n\nexport const handler = (wide: Wide): never => {\n  throw new Error(String(wide.a));\n};\n`,
    );
    const file = join(world.folder, "mapped.mjs");
    await build({ entryPoints: [source], outfile: file, format: "esm", sourcemap: "linked" });
    const unused = await world.makeFunction("unused", "");
    const mapped = { ...unused, id: "mapped", work: { kind: "task" as const, file } };
    const { cause } = await failureOf(world.invoke(mapped, { a: 1 }));
    expect(cause.trace).toEqual([
      "Error: 1",
      expect.stringMatching(/at handler \(.*code[/\\]source\.ts:4:9\)$/),
    ]);
  });
});
