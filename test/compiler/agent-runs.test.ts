import { describe, expect, it } from "vitest";
import { compile } from "../../lib/compiler/index.ts";
import type { Json } from "../../lib/runtime/json.ts";
import { timeline } from "../../lib/runtime/timeline.ts";
import { bundleOf, TODAY } from "./bundle-of.ts";
import { Failure, type World } from "./reference.ts";
import { type Ran, runOnEngine } from "./run-on-engine.ts";

type Script = ReturnType<World["script"]>;
type Answer = "approved" | "rejected" | "late" | "slow";

interface Scene {
  /** By iteration, else by any. */
  readonly scripts?: Readonly<Record<string, Script>>;
  readonly answer?: Answer;
  /** Fails the work of a step: its name, or nothing. */
  readonly fails?: (id: string, iteration: string, attempt: number) => string | undefined;
}

async function run(steps: string, scene: Scene = {}): Promise<Ran & { readonly rows: string[] }> {
  const bundle = bundleOf(steps);
  const { plan, diagnostics } = compile(bundle, { today: TODAY });
  if (!plan) throw new Error(diagnostics.map(({ message }) => message).join("\n"));
  const world: World = {
    input: { list: [1, 2] },
    config: {},
    run: { id: "run-1", principal: "somebody@example.com", customer: null },
    task(id, input, iteration, attempt) {
      const error = scene.fails?.(id, iteration, attempt);
      if (error) throw new Failure(error, "as told");
      return { of: input, found: true };
    },
    script: (_id, _agent, iteration) => scene.scripts?.[iteration] ?? scene.scripts?.any ?? [],
    stages: () => ({ count: 1, isScheduled: false }),
    approve(id, _required, policy, isLast) {
      if (scene.answer === "slow" && !isLast) throw new Failure("", "nobody yet");
      if (scene.answer === "rejected") throw new Failure("Approval.Rejected", '{"by":"b"}');
      if (scene.answer === "late") {
        const name = policy.includes("reject") ? "Approval.Rejected" : "Approval.Expired";
        throw new Failure(name, `nobody decided "${id}"`);
      }
      return { approval: "a1", verdict: "approved", by: "b", at: "now", reason: null };
    },
  };
  const ran = await runOnEngine(plan, world);
  const rows = timeline(
    ran.events.map(({ timestamp, ...event }) => ({
      ...event,
      timestamp: new Date(timestamp).toISOString(),
    })),
    plan.steps,
  ).map(({ step, kind, iteration, outcome, depth }) =>
    [`${"  ".repeat(depth)}${step}`, kind, iteration, outcome].filter(Boolean).join(" "),
  );
  return { ...ran, rows };
}

const agent = (name: string, more = "") =>
  `- { id: found, agent: agents/${name}.yaml, with: { value: 1 }${more} }\n`;
const output = { of: { value: 1 }, found: true };

describe("an agent", () => {
  it("is one state and a decision where it is done at once", async () => {
    const ran = await run(agent("looking"));
    expect(ran.outcome).toEqual({ output });
    expect(ran.entered).toEqual(["found", "found.next", "run.end"]);
    expect(ran.rows).toEqual(["found agent succeeded"]);
  });

  it("is called again for as long as it says so, with nothing in between", async () => {
    const ran = await run(agent("looking"), { scripts: { any: ["continue", "continue"] } });
    expect(ran.agentCalls).toEqual([
      { resume: null, answered: "continue" },
      { resume: null, answered: "continue" },
      { resume: null, answered: "done" },
    ]);
    expect(ran.rows).toEqual(["found agent succeeded"]);
  });

  it("goes on with what a person decided, once, and then without", async () => {
    const ran = await run(agent("asking"), { scripts: { any: ["ask", "continue"] } });
    const approval = { approval: "a1", verdict: "approved", by: "b", at: "now", reason: null };
    expect(ran.agentCalls).toEqual([
      { resume: null, answered: "ask" },
      { resume: { status: "approved", toolUseId: "t0", approval }, answered: "continue" },
      { resume: null, answered: "done" },
    ]);
    expect(ran.rows).toEqual(["found agent succeeded", "  found approval succeeded"]);
  });

  it.each<[string, string, Answer, Json]>([
    [
      "a rejection with its reason",
      "asking",
      "rejected",
      { status: "rejected", toolUseId: "t0", cause: '{"by":"b"}' },
    ],
    [
      "that nobody answered, where the policy takes that for a no",
      "rejecting",
      "late",
      { status: "expired", toolUseId: "t0" },
    ],
  ])("learns of %s", async (_name, name, answer, resume) => {
    const ran = await run(agent(name), { scripts: { any: ["ask"] }, answer });
    expect(ran.agentCalls.at(-1)).toEqual({ resume, answered: "done" });
    expect(ran.outcome).toEqual({ output });
    expect(ran.rows).toEqual(["found agent succeeded", "  found approval caught"]);
  });

  it.each([
    ["escalate", 5],
    ["queue", 2],
    ["reject-hours", 2],
  ])("asks by the stages of %s, in one row, and goes on with the last", async (policy, count) => {
    const scene: Scene = { scripts: { any: ["ask", "ask"] }, answer: "slow" };
    const ran = await run(agent(`asking-by-${policy}`), scene);
    expect(ran.outcome).toEqual({ output });
    expect(ran.asked).toHaveLength(2 * count);
    expect(ran.asked.at(-1)?.state).toBe(`found.approval.stage${count}`);
    expect(ran.agentCalls.map(({ answered }) => answered)).toEqual(["ask", "ask", "done"]);
    const question = "  found approval succeeded";
    expect(ran.rows).toEqual(["found agent succeeded", question, question]);
  });

  it("learns that nobody answered only after the last stage", async () => {
    const scene: Scene = { scripts: { any: ["ask"] }, answer: "late" };
    const ran = await run(agent("asking-by-reject-escalate"), scene);
    expect(ran.asked).toHaveLength(2);
    const resume = { status: "expired", toolUseId: "t0" };
    expect(ran.agentCalls.at(-1)).toEqual({ resume, answered: "done" });
    expect(ran.rows).toEqual(["found agent succeeded", "  found approval caught"]);
  });

  it("fails where nobody answered and the policy says so, or its catch goes on", async () => {
    const scene: Scene = { scripts: { any: ["ask"] }, answer: "late" };
    const failed = await run(agent("asking"), scene);
    expect(failed.outcome).toMatchObject({ error: "Approval.Expired" });
    expect(failed.rows).toEqual(["found agent failed", "  found approval failed"]);

    const catches = ", catch: [{ on: [Approval.Expired], value: { found: false } }]";
    const caught = await run(`${agent("asking", catches)}- { id: last, wait: 1s }\n`, scene);
    expect(caught.outcome).toEqual({ output: null });
    expect(caught.rows).toEqual([
      "found agent caught",
      "  found approval caught",
      "last wait succeeded",
    ]);
  });

  it("is retried where its model is busy, and where it crashed, without the manifest saying so", async () => {
    for (const error of ["Model.Throttled", "Lambda.Unknown", "Step.InProgress"]) {
      const fails: Scene["fails"] = (_id, _iteration, attempt) => (attempt < 2 ? error : undefined);
      expect((await run(agent("looking"), { fails })).outcome).toEqual({ output });
    }
    const fails: Scene["fails"] = () => "Agent.TurnLimit";
    const limited = await run(agent("looking"), { fails });
    expect(limited.outcome).toEqual({ error: "Agent.TurnLimit", cause: "as told" });
    expect(limited.rows).toEqual(["found agent failed"]);
  });

  it("keeps items, rounds and branches apart, and takes nothing along from one round to the next", async () => {
    const ran = await run(
      `- id: items
  map: "{% $input.list %}"
  as: item
  steps:
    - id: rounds
      repeat: { max: 2, until: "{% false %}" }
      steps:
        - id: found
          agent: agents/asking.yaml
          with: { value: "{% [$item, $iteration] %}" }
          catch: [{ on: [States.ALL], value: failed }]
    - id: both
      parallel:
        one: [{ id: first, agent: agents/asking.yaml, with: { value: "{% $item %}" } }]
        two: [{ id: second, set: "{% $rounds %}" }]
`,
      {
        scripts: { "0.0": ["ask", "continue", "ask"], "1.1": ["ask"], "0": ["ask"] },
        // Failed right after an answer: what it answered must not be there in the next round.
        fails: (id, iteration) =>
          id === "found" && iteration === "0.0" ? "Agent.CostLimit" : undefined,
      },
    );
    expect(ran.outcome).toEqual({
      output: [
        {
          one: { of: { value: 1 }, found: true },
          two: { of: { value: [1, "0.1"] }, found: true },
        },
        {
          one: { of: { value: 2 }, found: true },
          two: { of: { value: [2, "1.1"] }, found: true },
        },
      ],
    });
    const left = ran.agentCalls.filter(({ resume }) => resume === null);
    expect(ran.agentCalls.length - left.length).toBe(4);
    expect(ran.rows.filter((row) => row.includes("approval"))).toHaveLength(4);
    expect(ran.rows.filter((row) => /^ *found agent/.test(row)).map((row) => row.trim())).toEqual(
      expect.arrayContaining([
        "found agent 0.0 caught",
        "found agent 0.1 succeeded",
        "found agent 1.0 succeeded",
        "found agent 1.1 succeeded",
      ]),
    );
  });

  it("hands its artifact on to what rides behind it, and to a condition", async () => {
    const ran = await run(
      `${agent("asking", ', if: "{% $input.list[0] = 1 %}"')}- { id: last, set: { was: "{% $found.found %}", all: "{% $found %}" } }\n`,
      { scripts: { any: ["ask"] } },
    );
    expect(ran.outcome).toEqual({ output: { was: true, all: output } });
    expect(ran.entered).not.toContain("last");
  });
});
