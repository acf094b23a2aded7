import { describe, expect, it } from "vitest";
import type { AgentOutcome, AgentResume } from "../../../lib/runtime/agent/agent-call.ts";
import { StepError } from "../../../lib/runtime/errors.ts";
import type { JsonObject } from "../../../lib/runtime/json.ts";
import { validate } from "../../../lib/runtime/json-schema.ts";
import { AGENT, agentCall, enter, journalOf, scene, scripted, toolbox } from "./agent-scene.ts";
import { checkWire } from "./check-wire.ts";
import { HOSTILE_CALLS } from "./hostile-calls.ts";
import { HOSTILE_COUNTS } from "./hostile-counts.ts";
import { HOSTILE_REPLIES } from "./hostile-replies.ts";
import { causeOf, looks, type Row, type Seen } from "./hostile-row.ts";
import { HOSTILE_WORLD } from "./hostile-world.ts";

const ROWS: readonly Row[] = [
  ...HOSTILE_CALLS,
  ...HOSTILE_REPLIES,
  ...HOSTILE_COUNTS,
  ...HOSTILE_WORLD,
];

async function run(row: Row): Promise<Seen> {
  const model = scripted(row.model);
  const tools = toolbox(row.tools);
  const { document, limits } = row;
  const at = scene({
    model,
    tools,
    call: agentCall(row.input),
    ...(document && { document }),
    ...(limits && { limits }),
  });
  let outcome: AgentOutcome | undefined;
  let error: StepError | undefined;
  let resume: AgentResume | null = null;
  const decisions = [...(row.decisions ?? [])];
  for (;;) {
    try {
      outcome = await enter(at, resume);
    } catch (thrown) {
      if (!(thrown instanceof StepError)) throw thrown;
      error = thrown;
      break;
    }
    const decide = outcome.status === "awaitingApproval" ? decisions.shift() : undefined;
    if (outcome.status !== "awaitingApproval" || !decide) break;
    resume = decide(outcome.toolUseId);
  }
  const { requests } = model;
  return { outcome, error, requests, calls: tools.calls, entries: await journalOf(at) };
}

/** Whatever it tried: this much never happens. */
function checkFrame(row: Row, { requests, calls, entries, error }: Seen): void {
  const limits = { ...AGENT.limits, ...row.limits };
  const tools = row.document?.tools ?? AGENT.tools;
  expect(requests.length).toBeLessThanOrEqual(limits.turns);
  for (const request of requests) {
    checkWire(request);
    expect(request.inferenceConfig.maxTokens).toBeLessThanOrEqual(limits.outputTokens);
    expect(JSON.stringify(request).length).toBeLessThan(200_000);
  }
  expect(calls.length).toBeLessThanOrEqual(limits.toolCalls);
  for (const { tool, input } of calls) {
    const known = tools.find(({ name }) => name === tool.name);
    expect(known, `${tool.name} is a tool`).toBeDefined();
    expect(validate(known?.input ?? {}, input)).toEqual({ ok: true });
    if (known?.effect === "read") continue;
    const decision = entries.find(
      (entry) => entry.kind === "decision" && entry.call === tool.toolUseId,
    );
    expect(decision, `${tool.name} was approved`).toMatchObject({ verdict: "approved" });
  }
  const results = entries.flatMap((entry) => (entry.kind === "tool" ? [entry.call] : []));
  expect(new Set(results).size, "one result for each call").toBe(results.length);
  expect(({} as JsonObject).polluted).toBeUndefined();
  if (!error || error.name === "Contract.InputInvalid") return;
  expect(Buffer.byteLength(error.message)).toBeLessThan(32 * 1024);
  expect(causeOf(error)).toMatchObject({ agent: "scout", spend: { currency: "USD" } });
}

describe("a hostile model, hostile tools and hostile documents", () => {
  it("come in many kinds", () => {
    console.info(`adversary rows: ${ROWS.length}`);
    expect(new Set(ROWS.map(({ name }) => name)).size).toBe(ROWS.length);
    expect(ROWS.length).toBeGreaterThanOrEqual(40);
  });

  it.each(ROWS)("stay in the frame: $name", async (row) => {
    const seen = await run(row);
    const { ends, called, also } = row;
    if (ends === "asking") expect(seen.outcome?.status).toBe("awaitingApproval");
    else if ("error" in ends) expect(seen.error?.name, seen.error?.message).toBe(ends.error);
    else {
      expect(seen.error?.message).toBeUndefined();
      expect(seen.outcome).toEqual({ status: "done", output: ends.artifact });
    }
    if (called) expect(seen.calls.map(({ tool }) => tool.name)).toEqual(called);
    checkFrame(row, seen);
    also?.(seen);
  });
});

describe("an agent that has failed for good", () => {
  it("fails in the same way when it is called again, and asks nobody", async () => {
    const model = scripted([looks("a")]);
    const at = scene({ model });
    const first = await enter(at).catch((error: unknown) => error);
    const asked = model.requests.length;
    const second = await enter(at).catch((error: unknown) => error);
    expect(second).toMatchObject({ name: "Agent.RepeatedCall" });
    expect((second as StepError).message).toBe((first as StepError).message);
    expect(model.requests).toHaveLength(asked);
  });
});
