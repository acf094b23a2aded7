import { describe, expect, it } from "vitest";
import { artifact, step, z } from "../../lib/runtime/index.ts";
import { isStepDefinition } from "../../lib/runtime/step-definition.ts";

const run = () => {
  throw new Error("not run");
};

describe("a step's contract", () => {
  it("is JSON Schema: what the input accepts, and what the output results in", () => {
    const definition = step({
      input: z.object({
        sbom: artifact(),
        note: artifact().optional(),
        limit: z.number().default(3),
        when: z.coerce.date(),
        secret: z.string().meta({ "x-data-class": "secret" }),
      }),
      output: z.object({
        report: artifact().describe("The report."),
        limit: z.number().default(3),
        at: z.date(),
        size: z
          .string()
          .transform((text) => text.length)
          .pipe(z.number()),
      }),
      run,
    });
    const { input, output } = definition.contract();
    expect(input).toEqual({
      $schema: "https://json-schema.org/draft/2020-12/schema",
      type: "object",
      properties: {
        sbom: { "x-artifact": true },
        note: { "x-artifact": true },
        limit: { type: "number", default: 3 },
        when: { type: "string" },
        secret: { type: "string", "x-data-class": "secret" },
      },
      required: ["sbom", "when", "secret"],
    });
    expect(output).toMatchObject({
      properties: {
        report: {
          type: "object",
          "x-artifact": true,
          description: "The report.",
          required: ["$artifact", "bytes", "mediaType"],
        },
        limit: { type: "number" },
        at: { type: "string", format: "date-time" },
        size: { type: "number" },
      },
      required: ["report", "limit", "at", "size"],
    });
  });

  it("names every place at which JSON has no word for the type, and what to take instead", () => {
    const definition = step({
      input: z.object({
        at: z.date(),
        big: z.array(z.bigint()),
        any: z.custom<string>(() => true),
        odd: z.transform(Number),
      }),
      output: z.object({
        map: z.map(z.string(), z.string()),
        nested: z.record(z.string(), z.object({ set: z.set(z.string()) })),
        raw: z.string().transform((text) => text.length),
        nothing: z.undefined(),
      }),
      run,
    });
    expect(() => definition.contract()).toThrowError(
      [
        "input.at: date cannot be written as JSON; take z.iso.datetime(), or z.coerce.date() for a Date",
        "input.big[]: bigint cannot be written as JSON; take a string of digits, or z.int()",
        "input.any: a custom schema says nothing about its shape; refine a known one: z.string().refine(...)",
        "input.odd: what a transform accepts is unknown; put a schema before it: SCHEMA.transform(...)",
        "output.map: map cannot be written as JSON; take z.record(...)",
        "output.nested{}.set: set cannot be written as JSON; take z.array(...)",
        "output.raw: what a transform results in is unknown; say it with .pipe(SCHEMA) after it",
        "output.nothing: undefined cannot be written as JSON; take .optional() or z.null()",
      ].join("\n"),
    );
  });

  it("is recognized on what step() made, also by another copy of this code", () => {
    expect(isStepDefinition(step({ input: z.object({}), output: z.null(), run }))).toBe(true);
    const foreign = Object.defineProperty({}, Symbol.for("espalier.step"), { value: true });
    expect(isStepDefinition(foreign)).toBe(true);
    for (const other of [undefined, null, "step", {}, run, { run, input: z.null() }]) {
      expect(isStepDefinition(other)).toBe(false);
    }
  });
});
