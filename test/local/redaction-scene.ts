/** Runs with planted secrets, and everything that is said of them: what the files that are kept may not hold. */
import { readdir, readFile } from "node:fs/promises";
import { join, relative } from "node:path";
import { gunzipSync } from "node:zlib";
import fc from "fast-check";
import type { DescribeExecution, HistoryEvent } from "../../lib/engine/index.ts";
import { memoryArtifacts, memoryRecords } from "../../lib/local/ports/memory.ts";
import { decide } from "../../lib/runtime/approval/decide.ts";
import { requestApproval } from "../../lib/runtime/approval/request-approval.ts";
import type { RunRecord } from "../../lib/runtime/control.ts";
import type { Json, JsonObject } from "../../lib/runtime/json.ts";
import type { ArtifactRef, Tokens } from "../../lib/runtime/ports.ts";
import type { ClassedPlan } from "../../lib/runtime/run-redaction/plan-contracts.ts";
import type { RunJournals } from "../../lib/runtime/trace/run-journals.ts";
import { approvalCall } from "../runtime/approval/approval-world.ts";

export const STEPS = [
  { id: "read", kind: "task", state: "read", description: null, parent: null },
  { id: "think", kind: "agent", state: "think", description: null, parent: null },
];
export const RUN: RunRecord = {
  ...{ id: "kept", workflow: "sample", version: "1.0.0", digest: `sha256:${"0".repeat(64)}` },
  ...{ environment: "local", customer: null, principal: "ann@example.com", status: "FAILED" },
  ...{ startedAt: "2026-05-04T09:30:00.000Z", endedAt: "2026-05-04T09:31:00.000Z", error: null },
};

export interface Told {
  readonly contract: JsonObject;
  readonly value: Json;
  /** Wherever step code may have put what it was given. */
  readonly echo: (secret: Json) => Json;
  readonly cause?: string;
  /** Documents that the agent is given, by name, and the class that its contract gives each. */
  readonly documents?: { readonly [name: string]: { readonly class?: string } };
}

/** A run that is given a value, quotes it all over, asks a person about it, and fails. */
export async function tellRun({ contract, value, echo, cause = "", documents = {} }: Told) {
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
  const ports = {
    ...{ artifacts: memoryArtifacts(), records: memoryRecords() },
    clock: { now: () => new Date(RUN.startedAt) },
    tokens: { succeed: async () => undefined, fail: async () => undefined } as unknown as Tokens,
  };
  // Each holds what nobody may see, whatever its contract says of it.
  const files: Record<string, ArtifactRef> = {};
  for (const name of Object.keys(documents)) {
    const body = Buffer.from(`${name}: ${JSON.stringify(value)} ${leavesOf(value).join(" ")}`);
    files[name] = await ports.artifacts.put(body, { mediaType: "text/plain" });
  }
  const asked = approvalCall({ run: RUN.id, evidence: { told: echo(value) } });
  const { id: approval, evidenceDigest } = await requestApproval(asked, ports);
  const vote = { verdict: "approved", by: "ada@example.com", evidence: evidenceDigest } as const;
  await decide(approval, { ...vote, ...(cause !== "" && { reason: cause.slice(0, 300) }) }, ports);

  const input = JSON.stringify({
    input: echo(value),
    run: { principal: RUN.principal, customer: null },
    config: {},
  });
  const given = Object.keys(files).length === 0 ? echo(value) : { told: echo(value), ...files };
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
    event("TaskScheduled", "taskScheduled", { parameters: call("think", given as Json) }),
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
            ...{ kind: "model", at: RUN.startedAt, turn: 1, request: "sha256:0", cost: 1 },
            content: [
              { text: `${cause} ${JSON.stringify(value)}` },
              { toolUse: { toolUseId: "call_1_1", name: "look", input: { told: echo(value) } } },
            ],
            ...{ stopReason: "tool_use", latencyMs: 1, usage: { inputTokens: 9, outputTokens: 9 } },
            answeredBy: { adapter: "stand-in", model: "stand-in" },
          },
          {
            ...{ kind: "tool", at: RUN.startedAt, call: "call_1_1", tool: "look" },
            result: { status: "success", value: echo(value) },
          },
          { kind: "failed", at: RUN.startedAt, error: "x", message: cause, partial: echo(value) },
        ],
      },
    ],
  } as unknown as RunJournals;
  const properties = mapped(documents, ({ class: name }) =>
    name === undefined ? {} : { "x-data-class": name },
  );
  const plan: ClassedPlan = {
    handlers: {
      read: { input: contract, output: true },
      think: { input: { properties }, output: true },
    },
  };
  const error = { name: "Step.Failed", cause };
  return {
    execution: { input, output: JSON.stringify(echo(value)) } as DescribeExecution,
    ...{ events, journals, plan, steps: STEPS, ports, files },
    report: { run: { ...RUN, error }, redrives: 0 },
  };
}

/** All files of a folder, those in folders too, by path; compressed ones as they are inside. */
export async function textsIn(folder: string): Promise<Record<string, string>> {
  const files: Record<string, string> = {};
  for (const each of await readdir(folder, { recursive: true, withFileTypes: true })) {
    if (!each.isFile()) continue;
    const path = join(each.parentPath, each.name);
    const body = await readFile(path);
    files[relative(folder, path)] = (
      each.name.endsWith(".gz") ? gunzipSync(body) : body
    ).toString();
  }
  return files;
}

/** Every place in the files where one of the secrets stands, however it is spelled. */
export function leaksIn(files: Record<string, string>, secrets: readonly string[]): string[] {
  const leaves = leavesOfFiles(files);
  return secrets.flatMap((each) => {
    const quoted = JSON.stringify(each).slice(1, -1);
    const twice = JSON.stringify(quoted).slice(1, -1);
    return [each, quoted, twice, encodeURIComponent(each)].flatMap((spelled) => [
      ...leaves.filter((leaf) => leaf.includes(spelled)),
      ...Object.entries(files).flatMap(([file, text]) => (text.includes(spelled) ? [file] : [])),
    ]);
  });
}

/** Every text and number in a file, those in JSON in texts too. */
export function leavesOf(value: unknown): string[] {
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

export interface Planted {
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

export const planted = fc.letrec<{ node: Planted }>((tie) => ({
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

export function mapped<T, R>(members: Record<string, T>, to: (member: T) => R): Record<string, R> {
  return Object.fromEntries(Object.entries(members).map(([name, member]) => [name, to(member)]));
}

/** What code may do with a value before it hands it on. */
export const echoes: readonly ((value: Json) => Json)[] = [
  (value) => value,
  (value) => [{ deep: [value, null] }],
  (value) => JSON.stringify(value),
  (value) => ({ text: JSON.stringify({ again: JSON.stringify({ value }) }) }),
  (value) =>
    `Got ${JSON.stringify(value)}, and once more ${JSON.stringify(JSON.stringify(value))}.`,
  (value) => ({ note: leavesOf(value).join(" and ") }),
  (value) => Object.fromEntries(leavesOf(value).map((leaf) => [leaf, 1])),
];
