/** What the data classes of a bundle forbid is in no file that is kept of a run. */
import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { DescribeExecution, HistoryEvent } from "../../lib/engine/index.ts";
import { memoryArtifacts, memoryRecords } from "../../lib/local/ports/memory.ts";
import { writeRunFolder } from "../../lib/local/runtime/run-folder.ts";
import type { RunRecord } from "../../lib/runtime/control.ts";
import type { Json, JsonObject } from "../../lib/runtime/json.ts";
import type { ClassedPlan } from "../../lib/runtime/run-redaction.ts";
import type { RunJournals } from "../../lib/runtime/trace/run-journals.ts";

const STEPS = [
  { id: "read", kind: "task", state: "read", description: null, parent: null },
  { id: "think", kind: "agent", state: "think", description: null, parent: null },
];
const RUN: RunRecord = {
  ...{ id: "kept", workflow: "sample", version: "1.0.0", digest: `sha256:${"0".repeat(64)}` },
  ...{ environment: "local", customer: null, principal: "ann@example.com", status: "FAILED" },
  ...{ startedAt: "2026-05-04T09:30:00.000Z", endedAt: "2026-05-04T09:31:00.000Z", error: null },
};

interface Told {
  readonly contract: JsonObject;
  readonly value: Json;
  /** Wherever step code may have put what it was given. */
  readonly echo: (secret: Json) => Json;
  readonly cause?: string;
}

/** A run that is given a value, quotes it all over, and fails. */
async function keep({ contract, value, echo, cause = "" }: Told) {
  const folder = await mkdtemp(join(tmpdir(), "espalier-redaction-"));
  try {
    const identity = { ...RUN, endedAt: undefined, error: undefined, status: undefined };
    const call = (id: string, input: Json) =>
      JSON.stringify({
        FunctionName: `step-${id}`,
        Payload: { run: identity, step: { id, iteration: "", attempt: 0 }, input, config: {} },
      });
    let id = 0;
    const event = (type: string, details: string, content: object): HistoryEvent => {
      id += 1;
      const timestamp = new Date(Date.parse(RUN.startedAt) + id);
      const named = { [`${details}EventDetails`]: content };
      return { id, previousEventId: id - 1, timestamp, type, ...named } as unknown as HistoryEvent;
    };
    const input = JSON.stringify({
      input: echo(value),
      run: { principal: RUN.principal, customer: null },
      config: {},
    });
    const events = [
      event("ExecutionStarted", "executionStarted", { input, roleArn: "role" }),
      event("TaskStateEntered", "stateEntered", { name: "read", input }),
      event("TaskScheduled", "taskScheduled", {
        ...{ resourceType: "lambda", resource: "invoke", parameters: call("read", value) },
      }),
      event("TaskSucceeded", "taskSucceeded", {
        output: JSON.stringify({ Payload: echo(value), StatusCode: 200 }),
      }),
      event("TaskStateExited", "stateExited", {
        ...{ name: "read", output: JSON.stringify(echo(value)) },
        assignedVariables: { read: JSON.stringify(echo(value)) },
      }),
      event("TaskScheduled", "taskScheduled", { parameters: call("think", echo(value)) }),
      event("TaskFailed", "taskFailed", { error: "Step.Failed", cause }),
      event("ExecutionFailed", "executionFailed", { error: "Step.Failed", cause }),
    ];
    const journals = {
      format: 1,
      steps: [
        {
          ...{ kind: "agent", step: "think", iteration: "", key: "k" },
          entries: [
            {
              ...{ kind: "tool", at: RUN.startedAt, call: "call_1_1", tool: "look" },
              result: { status: "success", value: echo(value) },
            },
            { kind: "failed", at: RUN.startedAt, error: "x", message: cause, partial: echo(value) },
          ],
        },
      ],
    } as unknown as RunJournals;
    const execution = { input, output: JSON.stringify(echo(value)) } as DescribeExecution;
    const plan: ClassedPlan = { handlers: { read: { input: contract, output: true } } };
    const ports = {
      ...{ artifacts: memoryArtifacts(), records: memoryRecords() },
      clock: { now: () => new Date(RUN.startedAt) },
    };
    const error = { name: "Step.Failed", cause };
    const report = { run: { ...RUN, error }, redrives: 0 };
    await writeRunFolder(
      { execution, events, report, steps: STEPS, journals, plan },
      folder,
      ports,
    );
    const files: Record<string, string> = {};
    for (const file of await readdir(join(folder, "kept"))) {
      const body = await readFile(join(folder, "kept", file));
      files[file] = (file.endsWith(".gz") ? gunzipSync(body) : body).toString();
    }
    return files;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Every text and number in a file, those in JSON in texts too. */
function leavesOf(value: unknown): string[] {
  if (typeof value === "string") {
    if (/^\s*[[{"]/.test(value)) {
      try {
        return [value, ...leavesOf(JSON.parse(value) as unknown)];
      } catch {
        return [value];
      }
    }
    return [value];
  }
  if (typeof value !== "object" || value === null) return [String(value)];
  return Object.entries(value).flatMap(([key, member]) => [key, ...leavesOf(member)]);
}

function leavesOfFiles(files: Record<string, string>): string[] {
  return Object.entries(files).flatMap(([file, text]) =>
    file.endsWith(".gz")
      ? text
          .trim()
          .split("\n")
          .flatMap((line) => leavesOf(JSON.parse(line) as unknown))
      : leavesOf(JSON.parse(text) as unknown),
  );
}

/** Long enough to be nobody else's, with all that JSON, URLs and patterns treat apart. */
const secret = fc
  .tuple(fc.string({ unit: "grapheme", maxLength: 8 }), fc.integer({ min: 1e6, max: 9e6 }))
  .map(([text, number]) => `q"${text.replace(/\p{Surrogate}/gu, "")}\\\n${number}Z`);

interface Planted {
  readonly schema: JsonObject;
  readonly value: Json;
  readonly secrets: readonly string[];
}

const open = fc
  .record({ value: fc.oneof(fc.boolean(), fc.nat(9), fc.constant("open")) })
  .map(({ value }): Planted => ({ schema: {}, value, secrets: [] }));
const marked = fc
  .tuple(secret, fc.constantFrom("secret", "pii", "health"))
  .map(([value, name]): Planted => ({ schema: { "x-data-class": name }, value, secrets: [value] }));
const number = fc
  .integer({ min: 10_000_000, max: 99_999_999 })
  .map(
    (value): Planted => ({ schema: { "x-data-class": "pii" }, value, secrets: [String(value)] }),
  );

const planted = fc.letrec<{ node: Planted }>((tie) => ({
  node: fc.oneof(
    { maxDepth: 4 },
    marked,
    number,
    open,
    fc
      .dictionary(fc.stringMatching(/^[a-z]{5,8}$/), tie("node"), { maxKeys: 3 })
      .map((members) => ({
        schema: { properties: mapped(members, ({ schema }) => schema) },
        value: mapped(members, ({ value }) => value),
        secrets: Object.values(members).flatMap(({ secrets }) => secrets),
      })),
    fc.tuple(tie("node"), tie("node")).map(([first, second]) => ({
      schema: { prefixItems: [first.schema], items: { anyOf: [{ type: "null" }, second.schema] } },
      value: [first.value, second.value],
      secrets: [...first.secrets, ...second.secrets],
    })),
    fc.tuple(secret, fc.nat(5)).map(([key, count]) => ({
      schema: { additionalProperties: true, propertyNames: { "x-data-class": "pii" } },
      value: { [key]: count },
      secrets: [key],
    })),
  ),
})).node;

function mapped<T, R>(members: Record<string, T>, to: (member: T) => R): Record<string, R> {
  return Object.fromEntries(Object.entries(members).map(([name, member]) => [name, to(member)]));
}

/** What code may do with a value before it hands it on. */
const echoes: readonly ((value: Json) => Json)[] = [
  (value) => value,
  (value) => [{ deep: [value, null] }],
  (value) => JSON.stringify(value),
  (value) => ({ text: JSON.stringify({ again: JSON.stringify({ value }) }) }),
  (value) =>
    `Got ${JSON.stringify(value)}, and once more ${JSON.stringify(JSON.stringify(value))}.`,
  (value) => ({ note: leavesOf(value).join(" and ") }),
  (value) => Object.fromEntries(leavesOf(value).map((leaf) => [leaf, 1])),
];

describe("files that are kept of a run", () => {
  it("hold nothing of what a contract classes, wherever it turns up", async () => {
    await fc.assert(
      fc.asyncProperty(planted, fc.constantFrom(...echoes), async (one, echo) => {
        const { schema, value, secrets } = one;
        const cause = `Cannot use ${leavesOf(value).join(", ")}: ${JSON.stringify({ value })}`;
        const files = await keep({ contract: schema, value, echo, cause });
        const leaves = leavesOfFiles(files);
        for (const each of secrets) {
          const quoted = JSON.stringify(each).slice(1, -1);
          const twice = JSON.stringify(quoted).slice(1, -1);
          for (const spelled of [each, quoted, twice, encodeURIComponent(each)]) {
            expect(leaves.filter((leaf) => leaf.includes(spelled))).toEqual([]);
            expect(Object.values(files).filter((text) => text.includes(spelled))).toEqual([]);
          }
        }
      }),
      { numRuns: 60 },
    );
  }, 120_000);

  it("have the same token for the same value in all of them, and another for another", async () => {
    const contract = { properties: { a: { "x-data-class": "pii" }, b: { "x-data-class": "pii" } } };
    const value = { a: "first value", b: "other value" };
    const files = await keep({
      contract,
      value,
      echo: (each) => ({ each }),
      cause: "first value!",
    });
    const masked = { each: { a: "[masked:pii:1]", b: "[masked:pii:2]" } };
    expect(JSON.parse(files["input.json"] ?? "")).toMatchObject({ input: masked });
    expect(JSON.parse(files["output.json"] ?? "")).toEqual(masked);
    expect(JSON.parse(files["run.json"] ?? "")).toMatchObject({
      run: { error: { cause: "[masked:pii:1]!" } },
    });
  });

  it("keep who asked, the states and what nobody classes, byte for byte", async () => {
    const contract = { properties: { read: { "x-data-class": "pii" } } };
    const value = { read: "read", open: '{ "spaced" : 1.0 }' };
    const files = await keep({ contract, value, echo: (each) => each });
    const events = (files["history.jsonl.gz"] ?? "")
      .trim()
      .split("\n")
      .map((line) => {
        return JSON.parse(line) as Record<string, JsonObject>;
      });
    expect(events[1]?.stateEnteredEventDetails?.name).toBe("read");
    const parameters = String(events[2]?.taskScheduledEventDetails?.parameters);
    const { Payload } = JSON.parse(parameters) as { Payload: JsonObject };
    expect(Payload.run).toMatchObject({ principal: RUN.principal });
    expect(Payload.step).toMatchObject({ id: "read" });
    expect(Payload.input).toEqual({ read: "[masked:pii:1]", open: value.open });
  });

  it.each([
    ["a truth value", { "x-data-class": "pii" }, true],
    ["a number of few digits", { "x-data-class": "pii" }, 7],
    ["one of a list", { "x-data-class": "pii", enum: ["continue"] }, "continue"],
  ])("mask %s under its name only: elsewhere it is anything", async (_, schema, told) => {
    const files = await keep({
      contract: { properties: { mine: schema } },
      value: { mine: told },
      echo: (each) => ({ given: each, other: told, text: `${told}` }),
    });
    expect(JSON.parse(files["output.json"] ?? "")).toEqual({
      ...{ given: { mine: "[masked:pii:1]" }, other: told, text: `${told}` },
    });
  });

  it("are as they would be without contracts where none classes anything", async () => {
    const told = { value: { a: "x" }, echo: (each: Json) => each };
    const classed = await keep({ ...told, contract: { properties: { a: {} } } });
    expect(classed).toEqual(await keep({ ...told, contract: {} }));
    expect(JSON.parse(classed["output.json"] ?? "")).toEqual({ a: "x" });
  });
});
