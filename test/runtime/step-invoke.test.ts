import { describe, expect, it } from "vitest";
import { makeTestWorld, runStep } from "../../lib/local/testing.ts";
import type { StepContext } from "../../lib/runtime/context.ts";
import { artifact, StepError, step, z } from "../../lib/runtime/index.ts";
import { invokeStep } from "../../lib/runtime/invoke-step.ts";
import type { Json } from "../../lib/runtime/json.ts";

async function failure(running: Promise<unknown>): Promise<Error> {
  const thrown: unknown = await running.then(
    (value) => new Error(`It did not fail: ${JSON.stringify(value)}`),
    (error: unknown) => error,
  );
  if (thrown instanceof Error) return thrown;
  throw new Error("What was thrown is no Error.");
}

/** A step that hands its context to the test. */
function inside<T>(use: (context: StepContext) => T | Promise<T>) {
  return step({
    input: z.unknown(),
    output: z.null(),
    async run(_input, context) {
      await use(context);
      return null;
    },
  });
}

describe("a step that is called", () => {
  it("gets its parsed input, and hands on its parsed output as JSON", async () => {
    const double = step({
      input: z.object({ n: z.number(), unit: z.string().default("kg") }),
      output: z.object({ text: z.string(), at: z.date(), kept: z.boolean().default(true) }),
      run: ({ n, unit }) => ({ text: `${n * 2} ${unit}`, at: new Date(0), more: "dropped" }),
    });
    expect(await runStep(double, { n: 21, other: "dropped" })).toEqual({
      text: "42 kg",
      at: "1970-01-01T00:00:00.000Z",
      kept: true,
    });
  });

  it("fails with Contract.InputInvalid, naming place, expectation and finding", async () => {
    const picky = step({
      input: z.object({
        packages: z.array(z.object({ name: z.string(), "odd key": z.int() })),
        mode: z.enum(["fast", "slow"]),
        target: z.union([z.object({ kind: z.literal("a"), a: z.string() }), z.string()]),
      }),
      output: z.null(),
      run: () => {
        throw new Error("must not be reached");
      },
    });
    const error = await failure(
      runStep(
        picky,
        {
          packages: [
            { name: "x", "odd key": 1 },
            { name: ["list"], "odd key": 1.5 },
          ],
          mode: "y".repeat(200),
          target: { kind: "a", a: 1 },
        },
        { step: { id: "sort" } },
      ),
    );
    expect(error.name).toBe("Contract.InputInvalid");
    expect(error.message.split("\n")).toEqual([
      'The input of step "sort" does not fit its contract:',
      "  .packages[1].name: expected string, found a list of 1",
      '  .packages[1]["odd key"]: expected int, found 1.5',
      `  .mode: Invalid option: expected one of "fast"|"slow", found "${"y".repeat(79)}…`,
      "  .target.a: expected string, found 1",
    ]);
  });

  it("tells the first ten of many problems", async () => {
    const many = step({ input: z.array(z.string()), output: z.null(), run: () => null });
    const error = await failure(
      runStep(
        many,
        Array.from({ length: 30 }, (_, n) => n),
      ),
    );
    expect(error.message.split("\n")).toHaveLength(12);
    expect(error.message).toContain("[9]: expected string, found 9");
    expect(error.message).toMatch(/and 20 more$/);
  });

  it("fails with Contract.OutputInvalid when the handler breaks its word", async () => {
    const liar = step({
      input: z.object({}),
      output: z.object({ n: z.number() }),
      run: () => ({ n: "four" }) as unknown as { n: number },
    });
    const error = await failure(runStep(liar, {}, { step: { id: "liar" } }));
    expect(error).toMatchObject({
      name: "Contract.OutputInvalid",
      message:
        'Step "liar" has returned what does not fit its contract:\n  .n: expected number, found "four"',
    });
  });

  it("fails with Contract.OutputInvalid when the output is no JSON", async () => {
    const circle: { self?: unknown } = {};
    circle.self = circle;
    const loop = step({ input: z.unknown(), output: z.any(), run: () => circle });
    expect((await failure(runStep(loop, {}))).name).toBe("Contract.OutputInvalid");
  });

  it.each<[string, unknown]>([
    ["nothing", undefined],
    ["a plain event", { sbom: 1 }],
    ["a call without a run", { step: {}, input: 1, config: {} }],
    [
      "a call without an input",
      {
        run: {
          id: "r",
          workflow: "w",
          version: "1",
          digest: "d",
          environment: "e",
          customer: null,
          principal: "p",
          startedAt: "t",
        },
        step: { id: "s", iteration: "", attempt: 0 },
        config: {},
      },
    ],
  ])("refuses %s as the call of a step", async (_case, payload) => {
    const { ports } = makeTestWorld();
    const error = await failure(
      invokeStep(
        inside(() => undefined),
        payload,
        ports,
        {
          effect: "none",
          deadline: new Date(Date.now() + 1000),
          readFile: async () => undefined,
          writeLine: () => undefined,
        },
      ),
    );
    expect(error.name).toBe("Contract.InputInvalid");
    expect(error.message).toContain("{ run, step, input, config }");
  });

  it("makes no call to any port when it has no effect and little data", async () => {
    const refuse = () => {
      throw new Error("A port was called.");
    };
    const world = makeTestWorld();
    const ports = {
      clock: world.ports.clock,
      artifacts: { put: refuse, open: refuse, stat: refuse },
      records: { get: refuse, put: refuse, delete: refuse, deleteAll: refuse, query: refuse },
    };
    const plain = step({
      input: z.object({ doc: artifact() }),
      output: z.object({ text: z.string() }),
      async run({ doc }, { logger, metrics }) {
        logger.info("read");
        metrics.add("documents", 1);
        return { text: await doc.text() };
      },
    });
    for (const effect of ["none", "read"] as const) {
      const output = await runStep(
        plain,
        { doc: "inline" },
        { effect, world: { ...world, ports } },
      );
      expect(output).toEqual({ text: "inline" });
    }
  });

  it("has one idempotency key for all its attempts, and another one for anything else", async () => {
    const keyOf = async (options: Parameters<typeof runStep>[2]) => {
      let key = "";
      await runStep(
        inside(({ idempotencyKey }) => {
          key = idempotencyKey;
        }),
        {},
        options,
      );
      return key;
    };
    const key = await keyOf({});
    expect(key).toMatch(/^[0-9a-f]{64}$/);
    expect(await keyOf({ step: { attempt: 3 } })).toBe(key);
    const others = await Promise.all(
      [
        { step: { id: "other" } },
        { step: { iteration: "1" } },
        { run: { id: "other" } },
        { run: { workflow: "other" } },
        { run: { environment: "other" } },
        { run: { startedAt: "2026-06-01T00:00:00.000Z" } },
      ].map(keyOf),
    );
    expect(new Set([key, ...others]).size).toBe(7);
  });

  it("gets run, step and configuration as the call has them", async () => {
    let seen: Partial<StepContext> = {};
    await runStep(
      inside(({ run, step, config }) => {
        seen = { run, step, config };
      }),
      {},
      { run: { customer: "acme" }, step: { iteration: "2.0", attempt: 1 }, config: { limit: 3 } },
    );
    expect(seen.run).toMatchObject({ id: "test-run", customer: "acme" });
    expect(seen.step).toEqual({ id: "step", iteration: "2.0", attempt: 1 });
    expect(seen.config).toEqual({ limit: 3 });
  });

  it("reads the files of its bundle, and nothing outside of it", async () => {
    const files = { "policy/rules.json": '{"allow":["MIT"]}' };
    let read: unknown;
    await runStep(
      inside(async ({ file }) => {
        read = [await file("policy/rules.json").json(), await file("policy/rules.json").text()];
      }),
      {},
      { files },
    );
    expect(read).toEqual([{ allow: ["MIT"] }, files["policy/rules.json"]]);
    for (const path of [
      "missing.json",
      "../secret",
      "/etc/passwd",
      "a/../../b",
      "a\\b",
      "C:x",
      "",
    ]) {
      const error = await failure(
        runStep(
          inside(({ file }) => file(path).bytes()),
          {},
          { files },
        ),
      );
      expect(error).toMatchObject({ name: "Step.Failed" });
      expect(error.message).toContain(`"${path}"`);
    }
  });

  it("is told shortly before its time is up, and then reports a timeout", async () => {
    const patient = step({
      input: z.unknown(),
      output: z.null(),
      run: (_input, { signal }) =>
        new Promise<null>((_resolve, reject) => {
          signal.addEventListener("abort", () => reject(signal.reason));
        }),
    });
    const error = await failure(runStep(patient, {}, { timeoutSeconds: 0.2 }));
    expect(error.name).toBe("Sandbox.Timedout");
    expect(error.message).toContain("0.20 s");
  });
});

class PaymentDeclined extends Error {
  override readonly name = "PaymentDeclined";
}

function serviceError(name: string): Error {
  return Object.assign(new Error("Rate exceeded"), { name, $fault: "client", $metadata: {} });
}

describe("what a handler throws", () => {
  it.each<[string, unknown, string, string]>([
    ["an Error", new Error("broken"), "Step.Failed", "broken"],
    ["a TypeError", new TypeError("x is undefined"), "Step.Failed", "TypeError: x is undefined"],
    ["an error of its own", new PaymentDeclined("no"), "Step.Failed", "PaymentDeclined: no"],
    ["a StepError", new StepError("Payment.Declined", "no funds"), "Payment.Declined", "no funds"],
    ["a text", "oops", "Step.Failed", 'The handler threw "oops".'],
    ["nothing", undefined, "Step.Failed", "The handler threw nothing."],
    ["an empty Error", new Error(""), "Step.Failed", "Error"],
    [
      "a throttled AWS call",
      serviceError("ThrottlingException"),
      "ThrottlingException",
      "Rate exceeded",
    ],
  ])("%s becomes an error that a manifest can name", async (_case, thrown, name, message) => {
    const world = makeTestWorld();
    const throwing = step({
      input: z.unknown(),
      output: z.null(),
      run: () => {
        throw thrown;
      },
    });
    const error = await failure(runStep(throwing, {}, { world }));
    expect(error).toMatchObject({ name, message, cause: thrown });
    expect(error.stack?.startsWith(`${name}: ${message}`)).toBe(true);
    expect(world.lines.map((line) => JSON.parse(line) as Json)).toMatchObject([
      { level: "ERROR", message, data: { error: name } },
    ]);
  });

  it("keeps the stack of where it was thrown", async () => {
    const throwing = step({
      input: z.unknown(),
      output: z.null(),
      run: function here() {
        throw new RangeError("deep");
      },
    });
    const error = await failure(runStep(throwing, {}));
    expect(error.stack).toMatch(
      /^Step\.Failed: RangeError: deep\n\s+at .*here.*step-invoke\.test\.ts/,
    );
  });
});
