import { mkdir, mkdtemp, rm, utimes, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { build } from "esbuild";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { TaskError } from "../../../lib/engine/index.ts";
import {
  FunctionHost,
  type FunctionHostOptions,
  type HostedFunction,
} from "../../../lib/local/functions/index.ts";
import { openPorts } from "../../../lib/local/ports/index.ts";
import { readAll } from "../../../lib/runtime/artifact-handle.ts";
import type { Json, JsonObject } from "../../../lib/runtime/json.ts";

let folder: string;
let host: FunctionHost;
let lines: { readonly function: string; readonly text: string }[];

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "espalier-functions-"));
  lines = [];
  host = makeHost();
});
afterEach(async () => {
  await host.close();
  await rm(folder, { recursive: true, force: true });
});

function makeHost(options: Partial<FunctionHostOptions> = {}): FunctionHost {
  return new FunctionHost({
    ports: join(folder, "ports"),
    onLine: (line) => lines.push(line),
    ...options,
  });
}

/** Writes a function's module. Timeouts are long, because the machine may be busy. */
async function makeFunction(
  name: string,
  code: string,
  options: Partial<HostedFunction> = {},
): Promise<HostedFunction> {
  const file = join(folder, `${name}.mjs`);
  await writeFile(file, code);
  return {
    id: name,
    name,
    file,
    timeout: 60,
    memory: 128,
    effect: "none",
    files: folder,
    ...options,
  };
}

async function failureOf(running: Promise<Json>): Promise<{ error: string; cause: JsonObject }> {
  const thrown: unknown = await running.catch((error: unknown) => error);
  if (!(thrown instanceof TaskError)) throw new Error(`No TaskError: ${JSON.stringify(thrown)}`);
  const cause = JSON.parse(thrown.cause) as JsonObject;
  expect(cause["errorType"]).toBe(thrown.error);
  return { error: thrown.error, cause };
}

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await sleep(5);
}

describe("a function in a worker", () => {
  it.each<[string, Json]>([
    ["an object", { a: [1, { b: null }], text: "ü🌳" }],
    ["a text", "hello"],
    ["null", null],
    ["a number", 0],
    ["a list", []],
  ])("takes %s as its event, and gives it back", async (_case, event) => {
    const echo = await makeFunction("echo", "export const handler = async (event) => event;");
    expect(await host.invoke(echo, event)).toEqual(event);
  });

  it("answers null where it returns nothing, and JSON where it returns more", async () => {
    const nothing = await makeFunction("nothing", "export const handler = () => {};");
    const date = await makeFunction(
      "date",
      "export const handler = async () => ({ at: new Date(0), not: undefined });",
    );
    expect(await host.invoke(nothing, 1)).toBeNull();
    expect(await host.invoke(date, 1)).toEqual({ at: "1970-01-01T00:00:00.000Z" });
  });

  it("gets Lambda's context, and may answer by callback", async () => {
    const context = await makeFunction(
      "context",
      `export const handler = (event, context, callback) => {
         const left = context.getRemainingTimeInMillis();
         callback(null, { name: context.functionName, id: context.awsRequestId,
           memory: context.memoryLimitInMB, left: left > 0 && left <= 60000 });
       };`,
    );
    expect(await host.invoke(context, {})).toEqual({
      name: "context",
      id: expect.stringMatching(/^[0-9a-f-]{36}$/),
      memory: "128",
      left: true,
    });
  });

  it("stays warm from one invocation to the next", async () => {
    const counter = await makeFunction(
      "counter",
      "let count = 0; export const handler = async () => ++count;",
    );
    for (const count of [1, 2, 3]) expect(await host.invoke(counter, {})).toBe(count);
  });

  it("sees nothing of the host's environment but what is harmless or named", async () => {
    process.env["ESPALIER_TEST_SECRET"] = "hidden";
    process.env["ESPALIER_TEST_NAMED"] = "shown";
    try {
      await host.close();
      host = makeHost({ environment: ["ESPALIER_TEST_NAMED", "ESPALIER_TEST_MISSING"] });
      const env = await makeFunction("env", "export const handler = async () => process.env;");
      const seen = (await host.invoke(env, {})) as JsonObject;
      expect(seen).toMatchObject({
        ESPALIER_TEST_NAMED: "shown",
        AWS_LAMBDA_FUNCTION_NAME: "env",
        AWS_LAMBDA_FUNCTION_MEMORY_SIZE: "128",
      });
      expect(seen["PATH"]).toBe(process.env["PATH"]);
      expect(Object.keys(seen).filter((name) => /SECRET|VITEST|NODE_OPTIONS/.test(name))).toEqual(
        [],
      );
    } finally {
      delete process.env["ESPALIER_TEST_SECRET"];
      delete process.env["ESPALIER_TEST_NAMED"];
    }
  });

  it("has its own environment: what it changes there, the host and others do not see", async () => {
    const code =
      "export const handler = async () => (process.env.MINE = (process.env.MINE ?? '') + 'x');";
    const one = await makeFunction("one", code);
    const two = await makeFunction("two", code);
    expect(await host.invoke(one, {})).toBe("x");
    expect(await host.invoke(two, {})).toBe("x");
    expect(process.env["MINE"]).toBeUndefined();
  });

  it("has what it prints handed on line by line, under its name", async () => {
    const printing = await makeFunction(
      "printing",
      "export const handler = async () => { console.log('one\\ntwo'); console.error('three'); };",
    );
    await host.invoke(printing, {});
    await until(() => lines.length === 3);
    expect(lines.map(({ text }) => text).sort()).toEqual(["one", "three", "two"]);
    expect(new Set(lines.map((line) => line.function))).toEqual(new Set(["printing"]));
  });

  it("is loaded anew when its file has changed", async () => {
    const edited = await makeFunction("edited", "export const handler = async () => 1;");
    expect(await host.invoke(edited, {})).toBe(1);
    await makeFunction("edited", "export const handler = async () => 2;");
    const later = new Date(Date.now() + 5000);
    await utimes(edited.file, later, later);
    expect(await host.invoke(edited, {})).toBe(2);
  });
});

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
      const failing = await makeFunction("failing", code, { memory: 64 });
      const echo = await makeFunction("echo", "export const handler = async (event) => event;");
      for (let attempt = 0; attempt < 2; attempt++) {
        expect((await failureOf(host.invoke(failing, {}))).cause).toMatchObject(cause);
      }
      expect(await host.invoke(echo, "still here")).toBe("still here");
    },
  );

  it.each([
    ["never answers", "export const handler = () => new Promise(() => {});"],
    ["loops without end", "export const handler = () => { for (;;); };"],
  ])("because it %s is ended at its timeout", async (_case, code) => {
    const stuck = await makeFunction("stuck", code, { timeout: 0.3 });
    const { cause } = await failureOf(host.invoke(stuck, {}));
    expect(cause).toEqual({
      errorType: "Sandbox.Timedout",
      errorMessage: expect.stringMatching(
        /^RequestId: [0-9a-f-]{36} Error: Task timed out after 0\.30 seconds$/,
      ),
    });
  });

  it("is ended when nobody waits for it any more", async () => {
    const stuck = await makeFunction(
      "stuck",
      "console.log('begun'); export const handler = () => { for (;;); };",
    );
    const stop = new AbortController();
    const running = host.invoke(stuck, {}, stop.signal);
    setTimeout(() => stop.abort(new Error("stopped")), 200);
    await expect(running).rejects.toThrow("stopped");
    await expect(host.invoke(stuck, {}, stop.signal)).rejects.toThrow("stopped");
  });

  it("shows the places of its source, not of what was compiled", async () => {
    await mkdir(join(folder, "code"));
    const source = join(folder, "code", "source.ts");
    await writeFile(
      source,
      `interface Wide { readonly a: number }\n\nexport const handler = (wide: Wide): never => {\n  throw new Error(String(wide.a));\n};\n`,
    );
    const file = join(folder, "mapped.mjs");
    await build({ entryPoints: [source], outfile: file, format: "esm", sourcemap: "linked" });
    const mapped = { ...(await makeFunction("unused", "")), id: "mapped", file };
    const { cause } = await failureOf(host.invoke(mapped, { a: 1 }));
    expect(cause["trace"]).toEqual([
      "Error: 1",
      expect.stringMatching(/at handler \(.*code[/\\]source\.ts:4:9\)$/),
    ]);
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
    await host.close();
    host = makeHost({ workersPerFunction: 2 });
    const waits = await makeFunction("waits", waiting);
    const go = join(folder, "go");
    const running = [1, 2, 3, 4, 5].map((started) => host.invoke(waits, { started, go }));
    await until(() => lines.length === 2);
    await sleep(100);
    expect(lines).toHaveLength(2);
    await writeFile(go, "");
    expect(await Promise.all(running)).toEqual([1, 2, 3, 4, 5]);
  });

  it("lets a waiting invocation be stopped", async () => {
    await host.close();
    host = makeHost({ workersPerFunction: 1 });
    const waits = await makeFunction("waits", waiting);
    const go = join(folder, "go");
    const first = host.invoke(waits, { started: 1, go });
    const stop = new AbortController();
    const second = host.invoke(waits, { started: 2, go }, stop.signal);
    const third = host.invoke(waits, { started: 3, go });
    stop.abort(new Error("no longer"));
    await expect(second).rejects.toThrow("no longer");
    await writeFile(go, "");
    expect(await Promise.all([first, third])).toEqual([1, 3]);
  });

  it("ends workers that are idle, and starts new ones when they are needed", async () => {
    await host.close();
    host = makeHost({ idleMs: 1 });
    const counter = await makeFunction(
      "counter",
      "let count = 0; export const handler = async () => ++count;",
    );
    expect(await host.invoke(counter, {})).toBe(1);
    await sleep(100);
    expect(await host.invoke(counter, {})).toBe(1);
  });

  it("keeps no more workers than it may, and ends those used least recently", async () => {
    await host.close();
    host = makeHost({ workers: 2 });
    const code = "let count = 0; export const handler = async () => ++count;";
    const [a, b, c] = await Promise.all(["a", "b", "c"].map((name) => makeFunction(name, code)));
    if (!a || !b || !c) throw new Error("unreachable");
    expect([await host.invoke(a, {}), await host.invoke(b, {}), await host.invoke(a, {})]).toEqual([
      1, 1, 2,
    ]);
    // Makes room by ending b, which was used before a.
    expect(await host.invoke(c, {})).toBe(1);
    expect(await host.invoke(a, {})).toBe(3);
    expect(await host.invoke(b, {})).toBe(1);
  });

  it("replaces a worker that has ended while it was idle", async () => {
    const dying = await makeFunction(
      "dying",
      "export const handler = async (event) => { if (event.die) setTimeout(() => process.exit(1)); return 1; };",
    );
    await host.invoke(dying, { die: true });
    await sleep(200);
    expect(await host.invoke(dying, {})).toBe(1);
  });

  it("rejects what is under way and what waits when it is closed, and takes nothing more", async () => {
    await host.close();
    host = makeHost({ workersPerFunction: 1 });
    const stuck = await makeFunction("stuck", "export const handler = () => { for (;;); };");
    const running = [host.invoke(stuck, {}), host.invoke(stuck, {})].map((each) =>
      each.catch((error: unknown) => error),
    );
    await sleep(200);
    await host.close();
    for (const error of await Promise.all(running)) {
      expect(error).toMatchObject({ message: "The host of the functions was closed." });
    }
    await expect(host.invoke(stuck, {})).rejects.toThrow("closed");
  });
});

describe("a step in a worker", () => {
  const call = (input: Json, id = "run-1"): Json => ({
    run: {
      id,
      workflow: "review",
      version: "1.0.0",
      digest: `sha256:${"0".repeat(64)}`,
      environment: "local",
      customer: null,
      principal: "ann@example.com",
      startedAt: "2026-01-01T00:00:00.000Z",
    },
    step: { id: "publish", iteration: "", attempt: 0 },
    config: {},
    input,
  });

  /** Compiles a step as a bundle's code is compiled. */
  async function makeStep(body: string, options: Partial<HostedFunction> = {}) {
    const source = join(folder, "publish.ts");
    const entry = JSON.stringify(join(import.meta.dirname, "../../../lib/runtime/index.ts"));
    await writeFile(source, `import { artifact, step, StepError, z } from ${entry};\n${body}`);
    const file = join(folder, "publish.mjs");
    await build({
      entryPoints: [source],
      outfile: file,
      bundle: true,
      format: "esm",
      platform: "node",
      sourcemap: "linked",
    });
    return { ...(await makeFunction("unused", "")), id: file, name: "publish", file, ...options };
  }

  it("is wrapped: contract, artifacts, files of the bundle, log lines with the run", async () => {
    await mkdir(join(folder, "files", "policy"), { recursive: true });
    await writeFile(join(folder, "files", "policy", "rules.txt"), "be kind");
    const publish = await makeStep(
      `export default step({
         input: z.object({ doc: artifact() }),
         output: z.object({ report: artifact() }),
         async run({ doc }, { artifacts, file, logger }) {
           logger.info("publishing", { bytes: doc.bytes });
           const text = (await doc.text()) + " / " + (await file("policy/rules.txt").text());
           return { report: await artifacts.put(text, { mediaType: "text/plain" }) };
         },
       });`,
      { files: join(folder, "files") },
    );
    const { artifacts } = openPorts(join(folder, "ports"));
    const doc = await artifacts.put(Buffer.from("stored"), { mediaType: "text/plain" });
    const output = (await host.invoke(publish, call({ doc: { ...doc } }))) as {
      report: { $artifact: string };
    };
    expect(Buffer.from(await readAll(artifacts.open(output.report.$artifact))).toString()).toBe(
      "stored / be kind",
    );
    expect(JSON.parse(lines[0]?.text ?? "")).toMatchObject({
      message: "publishing",
      run_id: "run-1",
      step: "publish",
      data: { bytes: 6 },
    });
    const { error, cause } = await failureOf(host.invoke(publish, call({ doc: { $artifact: 1 } })));
    expect(error).toBe("Contract.InputInvalid");
    expect(cause["errorMessage"]).toContain(".doc: expected an artifact");
  });

  it("keeps the names of its errors, and the places of its source", async () => {
    const failing = await makeStep(
      `export default step({
         input: z.object({ named: z.boolean() }),
         output: z.null(),
         run({ named }) {
           if (named) throw new StepError("Publish.Refused", "no");
           throw new TypeError("oops");
         },
       });`,
    );
    const named = await failureOf(host.invoke(failing, call({ named: true })));
    expect(named.cause).toMatchObject({ errorType: "Publish.Refused", errorMessage: "no" });
    const other = await failureOf(host.invoke(failing, call({ named: false })));
    expect(other.cause).toMatchObject({
      errorType: "Step.Failed",
      errorMessage: "TypeError: oops",
      trace: [
        "Step.Failed: TypeError: oops",
        expect.stringMatching(/publish\.ts:7:\d+\)$/),
        expect.anything(),
      ],
    });
  });

  it("has its effect once, also over a worker that was killed in the middle and a new host", async () => {
    const publish = await makeStep(
      `import { appendFileSync } from "node:fs";
       export default step({
         input: z.object({ log: z.string(), hang: z.boolean() }),
         output: z.object({ key: z.string() }),
         async run({ log, hang }, { idempotencyKey, file }) {
           appendFileSync(log, idempotencyKey + "\\n");
           // Hangs the first time only: later ones find the file.
           const again = await file("go").text().then(() => true, () => false);
           if (hang && !again) for (;;);
           return { key: idempotencyKey };
         },
       });`,
      { effect: "write", timeout: 2 },
    );
    const log = join(folder, "effects");
    const input = { log, hang: true };
    expect((await failureOf(host.invoke(publish, call(input)))).error).toBe("Sandbox.Timedout");
    await host.close();
    await writeFile(join(folder, "go"), "");
    host = makeHost();
    const result = await host.invoke(publish, call(input));
    const { readFile } = await import("node:fs/promises");
    const keys = (await readFile(log, "utf8")).trim().split("\n");
    expect(keys).toHaveLength(2);
    expect(new Set(keys)).toEqual(new Set([(result as { key: string }).key]));
    expect(await host.invoke(publish, call(input))).toEqual(result);
    expect((await readFile(log, "utf8")).trim().split("\n")).toHaveLength(2);
  });
});
