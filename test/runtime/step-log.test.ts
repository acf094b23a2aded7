import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { makeTestWorld, runStep } from "../../lib/local/testing.ts";
import type { StepContext } from "../../lib/runtime/context.ts";
import { step, z } from "../../lib/runtime/index.ts";
import { makeRedactor } from "../../lib/runtime/redaction.ts";

const secret = (schema = z.string()) => schema.meta({ "x-data-class": "secret" });

interface Line {
  readonly [field: string]: unknown;
}

/** Runs a step that does this, and returns what it has logged. */
async function linesOf(
  use: (context: StepContext) => void,
  options: Parameters<typeof runStep>[2] = {},
): Promise<Line[]> {
  const world = makeTestWorld();
  const logging = step({
    input: z.unknown(),
    output: z.null(),
    run(_input, context) {
      use(context);
      return null;
    },
  });
  await runStep(logging, {}, { ...options, world });
  return world.lines.map((line) => JSON.parse(line) as Line);
}

describe("a log line", () => {
  it("is one JSON object that says where it comes from", async () => {
    const lines = await linesOf(
      ({ logger }) => {
        logger.info("two\nlines", { count: 3 });
        logger.warn("careful");
      },
      { step: { id: "read", iteration: "4", attempt: 2 }, run: { workflow: "review", id: "r-7" } },
    );
    expect(lines).toEqual([
      {
        level: "INFO",
        message: "two\nlines",
        timestamp: expect.stringMatching(/^\d{4}-\d\d-\d\dT.*Z$/),
        service: "review",
        run_id: "r-7",
        step: "read",
        iteration: "4",
        attempt: 2,
        data: { count: 3 },
      },
      expect.objectContaining({ level: "WARN", message: "careful" }),
    ]);
    expect(lines[1]).not.toHaveProperty("data");
  });

  it("is not written below its level", async () => {
    expect(await linesOf(({ logger }) => logger.debug("detail"))).toEqual([]);
  });

  it("takes anything as its data without failing the step", async () => {
    const circle: { self?: unknown } = {};
    circle.self = circle;
    const [line] = await linesOf(({ logger }) =>
      logger.info("odd", {
        error: new RangeError("out", { cause: new Error("in") }),
        big: 12n,
        at: new Date(0),
        fn: () => 1,
      }),
    );
    expect(line?.data).toMatchObject({
      error: { name: "RangeError", message: "out", cause: "Error: in", stack: expect.any(String) },
      big: "12",
      at: "1970-01-01T00:00:00.000Z",
    });
    const [cyclic] = await linesOf(({ logger }) => logger.info("odd", { circle }));
    expect(cyclic?.data).toMatch(/^\[not written: /);
  });
});

describe("metrics", () => {
  it("are written once, in CloudWatch's embedded format, also when the step fails", async () => {
    const world = makeTestWorld();
    const failing = step({
      input: z.unknown(),
      output: z.null(),
      run(_input, { metrics }) {
        metrics.add("components", 12);
        metrics.add("size", 5, "Bytes");
        metrics.add("size", 7, "Bytes");
        throw new Error("late");
      },
    });
    await expect(runStep(failing, {}, { world })).rejects.toThrow("late");
    expect(world.lines.map((line) => JSON.parse(line) as Line)).toEqual([
      expect.objectContaining({ level: "ERROR" }),
      {
        _aws: {
          Timestamp: expect.any(Number),
          CloudWatchMetrics: [
            {
              Namespace: "Espalier",
              Dimensions: [["workflow", "step"]],
              Metrics: [
                { Name: "components", Unit: "Count" },
                { Name: "size", Unit: "Bytes" },
              ],
            },
          ],
        },
        workflow: "test",
        step: "step",
        run_id: "test-run",
        attempt: 0,
        components: 12,
        size: [5, 7],
      },
    ]);
  });

  it("are split where CloudWatch would not read on: 100 metrics, 100 values", async () => {
    const lines = await linesOf(({ metrics }) => {
      for (let n = 0; n < 250; n++) metrics.add("many", n);
      for (let n = 0; n < 150; n++) metrics.add(`m${n}`, n);
    });
    const values = lines.flatMap((line) => line.many ?? []);
    expect(values).toEqual(Array.from({ length: 250 }, (_, n) => n));
    for (const { _aws } of lines) {
      const [directive] = (_aws as { CloudWatchMetrics: { Metrics: unknown[] }[] })
        .CloudWatchMetrics;
      expect(directive?.Metrics.length).toBeLessThanOrEqual(100);
    }
    expect(Object.assign({}, ...lines)).toMatchObject({ m0: 0, m149: 149 });
  });

  it("refuse what CloudWatch would drop in silence", async () => {
    for (const add of [
      ({ metrics }: StepContext) => metrics.add("", 1),
      ({ metrics }: StepContext) => metrics.add("x", Number.NaN),
      ({ metrics }: StepContext) => {
        metrics.add("x", 1, "Bytes");
        metrics.add("x", 1, "Seconds");
      },
    ]) {
      await expect(linesOf(add)).rejects.toMatchObject({ name: "Step.Failed" });
    }
  });
});

describe("what a contract classes as sensitive", () => {
  const login = step({
    input: z.object({
      user: z.object({ name: z.string().meta({ "x-data-class": "personal" }), id: z.int() }),
      password: secret(),
      keys: z.array(secret()),
      pin: z.int().meta({ "x-data-class": "secret" }).optional(),
      note: z.string().optional().meta({ "x-data-class": "internal" }),
    }),
    output: z.object({ token: secret() }),
    run(input, { logger }) {
      logger.info(`login of ${input.user.name} with ${input.password}`, {
        password: "not even another value",
        list: [input.keys[0], `Bearer ${input.keys[1]}`],
        byName: { [input.user.name]: input.user.id },
        escaped: JSON.stringify({ a: input.keys }),
        url: `https://example.com/?k=${encodeURIComponent(input.keys[1] ?? "")}`,
        note: input.note,
        pin: input.pin,
        count: input.pin,
      });
      throw new Error(`cannot log in ${input.user.name}: ${input.password} is wrong`);
    },
  });
  const input = {
    user: { name: "Ann Example", id: 7 },
    password: "correct horse",
    keys: ["k-111111", 'q"uo/te 2'],
    pin: 4711,
    note: "for everybody",
  };

  it("is masked in messages, data, keys, errors and stacks, and named by its class", async () => {
    const world = makeTestWorld();
    const thrown: unknown = await runStep(login, input, { world }).catch((error: unknown) => error);
    const [info, error] = world.lines.map((line) => JSON.parse(line) as Line);
    expect(info).toMatchObject({
      message: "login of [personal] with [secret]",
      data: {
        password: "[secret]",
        list: ["[secret]", "Bearer [secret]"],
        byName: { "[personal]": 7 },
        escaped: '{"a":["[secret]","[secret]"]}',
        url: "https://example.com/?k=[secret]",
        note: "for everybody",
        pin: "[secret]",
        count: "[secret]",
      },
    });
    expect(error).toMatchObject({ message: "cannot log in [personal]: [secret] is wrong" });
    expect(thrown).toMatchObject({ message: "cannot log in [personal]: [secret] is wrong" });
    const everything = world.lines.join("\n") + String((thrown as Error).stack);
    for (const value of ["Ann Example", "correct horse", "k-111111", "uo/te", "4711"]) {
      expect(everything).not.toContain(value);
    }
  });

  it("is masked in what is said of an invalid input and output", async () => {
    const bad = { ...input, password: 123456, keys: ["fine", { deep: "hidden thing" }] };
    await expect(runStep(login, bad)).rejects.toMatchObject({
      message: expect.stringMatching(
        /\.password: expected string, found "\[secret\]"\n {2}\.keys\[1\]: expected string, found an object/,
      ),
    });
    const leaking = step({
      input: z.object({}),
      output: z.object({ token: secret(z.string().max(3)) }),
      run: () => ({ token: "t-123456" }),
    });
    const error: unknown = await runStep(leaking, {}).catch((thrown: unknown) => thrown);
    expect((error as Error).message).toContain(".token: Too big: expected string to have <=3");
    expect((error as Error).message).not.toContain("t-123456");
  });

  it("is masked as a word of its own where it is too short to be looked for inside of words", () => {
    const contract = { input: { properties: { pin: { "x-data-class": "secret" } } }, output: {} };
    const { text } = makeRedactor(contract, [{ side: "input", value: { pin: "a1" } }]);
    for (const odd of ["-", "(.", "a-b", "$&", "\\"]) {
      const redactor = makeRedactor(contract, [{ side: "input", value: { pin: odd } }]);
      expect(redactor.text(`<${odd}>`)).toBe("<[secret]>");
    }
    expect(text("a1")).toBe("[secret]");
    expect(text('pin "a1", a1. A1 xa1 a12')).toBe('pin "[secret]", [secret]. A1 xa1 a12');
  });

  it("never appears, wherever a schema marks it and wherever a handler writes it", () => {
    // Tells apart from all that the lines hold anyway.
    const value = fc.stringMatching(/^[!-~]{2,12}$/).map((text) => `§${text}§`);
    const hidden = fc.constantFrom("secret", "personal", "health");
    const marked = hidden.map((name) => ({ type: "string", "x-data-class": name }));
    const shape = fc.constantFrom("property", "list", "map", "union", "reference", "object");
    fc.assert(
      fc.property(value, marked, shape, fc.string(), (hiddenText, schema, where, around) => {
        const { contract, input } = place(where, schema, hiddenText);
        const redactor = makeRedactor(contract, [{ side: "input", value: input }]);
        const written = [
          redactor.text(`${around}${hiddenText}${around}`),
          redactor.text(JSON.stringify({ [hiddenText]: [hiddenText] })),
          redactor.text(encodeURIComponent(hiddenText)),
          JSON.stringify(redactor.value({ input, [hiddenText]: around, list: [[hiddenText]] })),
          JSON.stringify(redactor.value(new Error(`failed: ${hiddenText}`))),
        ].join("\n");
        for (const spelling of [
          hiddenText,
          JSON.stringify(hiddenText).slice(1, -1),
          encodeURIComponent(hiddenText),
        ]) {
          expect(written).not.toContain(spelling);
        }
      }),
    );
  });
});

type Schema = { readonly type: string; readonly "x-data-class": string };

/** A contract that marks the value in one of the ways that JSON Schema has, and an input with it. */
function place(where: string, marked: Schema, value: string) {
  const inputs = {
    property: [{ properties: { a: { properties: { b: marked } } } }, { a: { b: value } }],
    list: [{ properties: { a: { items: marked } } }, { a: ["x", value] }],
    map: [{ additionalProperties: marked }, { any: value }],
    union: [{ properties: { a: { anyOf: [{ type: "null" }, marked] } } }, { a: value }],
    reference: [
      { properties: { a: { $ref: "#/$defs/hidden~1thing" } }, $defs: { "hidden/thing": marked } },
      { a: value },
    ],
    object: [
      { properties: { a: { type: "object", "x-data-class": marked["x-data-class"] } } },
      { a: { deep: [{ deeper: value }] } },
    ],
  } as const;
  const [schema, input] = inputs[where as keyof typeof inputs];
  return { contract: { input: JSON.parse(JSON.stringify(schema)), output: {} }, input };
}
