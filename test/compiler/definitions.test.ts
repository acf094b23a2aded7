import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { compile, explainPlan, type Plan, renderDefinition } from "../../lib/compiler/index.ts";
import { checkDefinition } from "../../lib/engine/index.ts";
import type { JsonObject } from "../../lib/runtime/json.ts";
import { bundleOf, bundleOfManifest, compileSteps, definitionOf, TODAY } from "./bundle-of.ts";
import { lint } from "./lint.ts";

const folder = join(import.meta.dirname, "fixtures");
const fixtures = readdirSync(folder)
  .filter((name) => name.endsWith(".yaml"))
  .map((name) => name.slice(0, -".yaml".length));

function planOf(name: string): Plan {
  const text = readFileSync(join(folder, `${name}.yaml`), "utf8");
  const { plan, diagnostics } = compile(bundleOfManifest(text), { today: TODAY });
  expect(diagnostics).toEqual([]);
  if (plan === undefined) throw new Error(`${name} does not compile`);
  return plan;
}

describe.each(fixtures)("the state machine of %s", (name) => {
  const plan = planOf(name);

  it("is the committed one", async () => {
    await expect(renderDefinition(plan)).toMatchFileSnapshot(join(folder, `${name}.asl.json`));
  });

  it("passes the States Language linter, and the engine's own check", () => {
    expect(lint(plan.definition)).toEqual([]);
    expect(checkDefinition(renderDefinition(plan)).problems).toEqual([]);
  });

  it("is the same, byte for byte, however often it is compiled", () => {
    expect(renderDefinition(planOf(name))).toBe(renderDefinition(plan));
  });
});

describe("transitions", () => {
  it.each([
    ["riding", { states: 5, decisions: 1, longestPath: 5 }],
    ["ways", { states: 8, decisions: 1, longestPath: 4 }],
    ["nested", { states: 12, decisions: 2, longestPath: 11 }],
    ["approvals", { states: 6, decisions: 1, longestPath: 4 }],
    ["stages", { states: 24, decisions: 2, longestPath: 21 }],
  ])("of %s are as many as its steps and decisions need", (name, expected) => {
    expect(planOf(name).transitions).toEqual(expected);
  });
});

describe("the plan", () => {
  it("tells which state does a step's work, and what is around the step", () => {
    const steps = planOf("nested").steps.map(({ id, kind, state, parent }) => [
      id,
      kind,
      state,
      parent,
    ]);
    expect(steps).toEqual([
      ["houses", "map", "houses", null],
      ["rooms", "map", "rooms", "houses"],
      ["cleaned", "task", "cleaned", "rooms"],
      ["both", "parallel", "both", "houses"],
      ["off", "task", "off", "both"],
      ["closing", "repeat", "closing.until", "both"],
      ["door", "task", "door", "closing"],
      ["house_report", "set", null, "houses"],
      ["reports", "set", null, null],
      ["sent", "workflow", "sent", null],
    ]);
  });

  it("lists functions with their permissions, events, workflows and approvals", () => {
    const approvals = planOf("approvals");
    expect(approvals.functions.at(-1)).toEqual({
      name: "applied",
      step: "applied",
      kind: "task",
      entry: "code/apply.ts",
      timeout: 60,
      memory: 512,
      effect: "write",
      permissions: [{ actions: ["s3:PutObject"], resources: ["arn:aws:s3:::example-changes/*"] }],
    });
    expect(approvals.approvals.map(({ step, policy }) => [step, policy.approval])).toEqual([
      ["review", "plain"],
      ["second", "reject-late"],
    ]);
    expect(planOf("ways").emits).toEqual(["RequestUnreadable"]);
    expect(planOf("nested").workflows).toEqual(["cleaning-report"]);
    expect(planOf("riding").config).toEqual({ limit: 1000 });
  });

  it("is explained by what it needs and what rides", () => {
    const told = explainPlan(planOf("approvals"));
    expect(told).toMatchObject({ states: 6, decisions: 1, riding: [] });
    expect(told.functions.at(-1)?.permissions).toEqual([
      "s3:PutObject on arn:aws:s3:::example-changes/*",
    ]);
    expect(told.integrations).toEqual([
      "arn:aws:states:::lambda:invoke",
      "arn:aws:states:::lambda:invoke.waitForTaskToken",
    ]);
  });

  it("names every state of an approval, and its levels", () => {
    const plan = planOf("stages");
    expect(plan.approvals.map(({ step, states }) => [step, ...states])).toEqual([
      ["review", "review", ...[2, 3, 4, 5].map((n) => `review.stage${n}`)],
      ["part_review", "part_review.schedule", "part_review", "part_review.stage2"],
      ["last", "last", "last.stage2"],
      ["office", "office.schedule", "office"],
      [
        "found",
        "found.approval.schedule",
        "found.approval",
        "found.approval.stage2",
        "found.approval.stage3",
      ],
    ]);
    const [review, part] = explainPlan(plan).approvals;
    expect(review).toEqual({
      step: "review",
      deadline: "3d",
      levels: [
        { approvers: ["approver@example.com"], within: "3d" },
        { approvers: ["head@example.com"], within: "1d" },
      ],
      reminders: ["1d", "4h"],
      quorum: 1,
      onExpiry: "fail",
      businessHours: null,
      states: 5,
    });
    expect(part?.businessHours).toEqual({ timeZone: "Europe/Berlin", afterHours: "queue" });
  });

  it("is absent as long as anything is wrong", () => {
    expect(compileSteps('- { id: a, set: "{% $b %}" }\n').plan).toBeUndefined();
  });
});

describe("emitted states", () => {
  const states = (steps: string): JsonObject => definitionOf(bundleOf(steps)).States as JsonObject;

  it("quote text that only looks like a placeholder", () => {
    const found = states('- { id: a, set: "from ${bundle_digest} on" }\n').a;
    expect(found).toMatchObject({ Output: '{% "from " & "$" & "{bundle_digest} on" %}' });
  });

  it("name what the compiler counts apart from every step", () => {
    const found = JSON.stringify(
      states(
        '- { id: a_round, set: 1 }\n- { id: a, repeat: { max: 2, until: "{% $b.ok %}" }, steps: [{ id: b, task: code/work.ts }] }\n',
      ),
    );
    expect(found).toContain('"a_round_":0');
  });

  it("leave out the default retry for errors that the step retries itself", () => {
    const { a } = states(
      "- { id: a, task: code/work.ts, retry: [{ on: [Lambda.TooManyRequestsException], attempts: 9 }] }\n",
    ) as { a: { Retry: { ErrorEquals: string[] }[] } };
    expect(a.Retry.map(({ ErrorEquals }) => ErrorEquals)).toEqual([
      ["Lambda.ServiceException", "Lambda.AWSLambdaException", "Lambda.SdkClientException"],
      ["Lambda.TooManyRequestsException"],
    ]);
  });

  it("keep a `set` of its own state where copies or nested lists would be needed", () => {
    const ways = ["a", "b", "c", "d"]
      .map((name) => `    - { when: "{% $input.${name} %}", steps: [{ id: ${name}, wait: 1s }] }\n`)
      .join("");
    expect(states(`- id: way\n  switch:\n${ways}- { id: last, set: 1 }\n`)).toHaveProperty("last");
    const lists = '- { id: w, wait: 1s }\n- { id: one, set: ["{% $input.a %}"] }\n';
    expect(states(`${lists}- { id: two, set: "{% $one %}" }\n`)).not.toHaveProperty("two");
    expect(states(`${lists}- { id: two, set: "{% $count($one) %}" }\n`)).toHaveProperty("two");
  });
});

describe("the linter", () => {
  it.each([
    [
      "a state that does not exist",
      (s: JsonObject) => Object.assign(s.order as JsonObject, { Next: "nowhere" }),
    ],
    [
      "an expression that does not parse",
      (s: JsonObject) => Object.assign(s.order as JsonObject, { Assign: { a: "{% $( %}" } }),
    ],
    [
      "a field of the other query language",
      (s: JsonObject) => Object.assign(s.order as JsonObject, { InputPath: "$.a" }),
    ],
  ])("would see %s", (_name, spoil) => {
    const definition = structuredClone(planOf("riding").definition);
    spoil(definition.States as JsonObject);
    expect(lint(definition)).not.toEqual([]);
  });
});
