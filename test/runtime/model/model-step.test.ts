import { describe, expect, it } from "vitest";
import type { BudgetDocument } from "../../../lib/runtime/agent/agent-document.ts";
import { openBudget } from "../../../lib/runtime/budget/budget.ts";
import type { Json } from "../../../lib/runtime/json.ts";
import type { StandInAnswer } from "../../../lib/runtime/model/stand-in.ts";
import type { Records } from "../../../lib/runtime/ports.ts";
import { callOf, READER } from "./model-world.ts";
import { BAD, FREE, GOOD, OUTPUT, TICKET, stepWorld as world } from "./step-world.ts";

describe("a model step", () => {
  it("asks once and returns the contracted answer", async () => {
    const { run, requests, reports } = world(GOOD);
    expect(await run()).toEqual({ label: "billing" });
    expect(requests).toEqual([
      {
        modelId: "stand-in",
        system: [{ text: "You sort." }],
        messages: [{ role: "user", content: [{ text: '{"text":"I paid twice"}' }] }],
        inferenceConfig: { maxTokens: 200 },
        outputConfig: { textFormat: { type: "json_schema", schema: OUTPUT, name: "answer" } },
      },
    ]);
    expect(reports).toMatchObject([{ turn: 0, source: "model", currency: "USD" }]);
  });

  it("returns plain text where there is no contract", async () => {
    const { run, requests } = world("It is about billing.");
    expect(await run({ output: null })).toEqual({ text: "It is about billing." });
    expect(requests[0]).not.toHaveProperty("outputConfig");
  });

  it.each(["strictTool", "tool"] as const)("asks for a tool call with %s", async (way) => {
    const { run, requests } = world(GOOD);
    expect(await run({ model: { ...READER, structuredOutput: way } })).toEqual({
      label: "billing",
    });
    expect(requests[0]?.toolConfig).toMatchObject({
      tools: [{ toolSpec: { name: "answer", inputSchema: { json: OUTPUT } } }],
      toolChoice: { tool: { name: "answer" } },
    });
    expect(requests[0]?.toolConfig?.tools[0]?.toolSpec.strict).toBe(
      way === "strictTool" ? true : undefined,
    );
  });

  it.each(["textFormat", "tool"] as const)(
    "wraps a contract that is no object (%s)",
    async (way) => {
      const { run } = world({ json: { value: ["a"] } });
      const output = {
        type: "array",
        items: { $ref: "#/$defs/word" },
        $defs: { word: { type: "string" } },
      };
      expect(await run({ output, model: { ...READER, structuredOutput: way } })).toEqual(["a"]);
    },
  );

  it("gives the model's settings along", async () => {
    const { run, requests } = world(GOOD);
    const model = {
      ...READER,
      temperature: 0,
      topP: 0.5,
      maxOutputTokens: 50,
      guardrail: { id: "gr-1", version: "3" },
      parameters: { top_k: 1 },
    };
    await run({ model });
    expect(requests[0]).toMatchObject({
      inferenceConfig: { maxTokens: 50, temperature: 0, topP: 0.5 },
      guardrailConfig: { guardrailIdentifier: "gr-1", guardrailVersion: "3" },
      additionalModelRequestFields: { top_k: 1 },
    });
  });

  it("refuses an input that does not fit, and asks nobody", async () => {
    const { run, requests } = world(GOOD);
    await expect(run({}, { ticket: {} })).rejects.toMatchObject({ name: "Contract.InputInvalid" });
    expect(requests).toEqual([]);
  });

  it("does not show what the model is not cleared for, and says so without the value", async () => {
    const { run, requests, lines } = world(GOOD);
    await run({}, { ticket: { text: "Hi", email: "ada@example.com" } });
    expect(JSON.stringify(requests)).not.toContain("ada@example.com");
    expect(lines[0]).toMatchObject({ removed: [{ path: ".ticket.email", class: "personal" }] });
    expect(JSON.stringify(lines)).not.toContain("ada@example.com");
  });

  it("logs and counts who answered, never what", async () => {
    const { run, lines, counted } = world(GOOD);
    await run();
    expect(lines).toMatchObject([
      {
        "gen_ai.operation.name": "chat",
        "gen_ai.request.model": "stand-in",
        "gen_ai.response.finish_reasons": ["end_turn"],
        "espalier.model.adapter": "stand-in",
      },
    ]);
    expect(JSON.stringify(lines)).not.toMatch(/paid twice|billing/);
    const names = counted.map(([name]) => name);
    expect(names).toContain("gen_ai.usage.input_tokens");
    expect(names).toContain("gen_ai.client.operation.duration");
  });

  it("hands a large answer on by reference", async () => {
    const { run } = world({ json: { text: "x".repeat(300_000) } });
    const output = { type: "object", properties: { text: { type: "string" } } };
    expect(await run({ output })).toMatchObject({ text: { $stored: expect.any(String) } });
  });

  it("does not let an answer name a stored value", async () => {
    const forged = { label: { $stored: `sha256:${"0".repeat(64)}`, bytes: 1 } };
    const { run } = world({ json: forged });
    await expect(run({ output: { type: "object" } })).rejects.toMatchObject({
      name: "Model.OutputInvalid",
    });
  });
});

describe("an invalid answer", () => {
  it.each<[string, StandInAnswer]>([
    ["that does not fit", BAD],
    ["that is no JSON", "billing"],
    ["that is empty", ""],
    ["that is malformed", { fault: "malformed" }],
    ["that calls a tool instead", { toolUse: [{ name: "search", input: {} }] }],
  ])("%s is repaired once", async (_what, answer) => {
    const { run, requests, reports } = world([answer, GOOD]);
    expect(await run()).toEqual({ label: "billing" });
    expect(reports.map(({ turn }) => turn)).toEqual([0, 1]);
    const roles = requests[1]?.messages.map(({ role }) => role) ?? [];
    expect(roles.every((role, index) => role === (index % 2 === 0 ? "user" : "assistant"))).toBe(
      true,
    );
    expect(JSON.stringify(requests[1]?.messages.at(-1))).toContain("does not fit its contract");
    // No service takes an empty turn.
    const turns = requests[1]?.messages ?? [];
    expect(turns.every(({ content }) => content.length > 0)).toBe(true);
  });

  const deep = JSON.parse(`${"[".repeat(5000)}${"]".repeat(5000)}`) as Json;
  const own = { stopReason: "end_turn" as const };
  it.each<[string, StandInAnswer]>([
    ["of 10 MB", "x".repeat(10_000_000)],
    ["nested 5000 levels deep, in a tool", { toolUse: [{ name: "answer", input: deep }] }],
    ["nested 5000 levels deep, in a text", `{"label":${"[".repeat(5000)}${"]".repeat(5000)}}`],
    ["of no list", { ...own, content: "billing" as unknown as [] }],
    ["of blocks that are none", { ...own, content: [null, 1, { image: {} }] as unknown as [] }],
    ["of an unknown stop reason", { content: [], stopReason: "new" as "end_turn" }],
    ["that poses as results", { ...own, content: [{ toolResult: {} }] as unknown as [] }],
    ["with a prototype in it", { json: JSON.parse('{"__proto__":{"label":"billing"}}') as Json }],
  ])("%s is repaired once, too", async (_what, answer) => {
    const { run, requests } = world([answer, GOOD]);
    expect(await run({ model: { ...READER, structuredOutput: "tool" } })).toEqual({
      label: "billing",
    });
    expect(requests).toHaveLength(2);
  });

  it("is told to the model where and why", async () => {
    const { run, requests } = world([BAD, GOOD]);
    await run();
    expect(JSON.stringify(requests[1]?.messages.at(-1))).toMatch(/\.label: /);
  });

  it("of a tool is told as the error of that call", async () => {
    const { run, requests } = world([BAD, GOOD]);
    await run({ model: { ...READER, structuredOutput: "tool" } });
    expect(requests[1]?.messages.at(-1)).toMatchObject({
      role: "user",
      content: [{ toolResult: { toolUseId: "standin_0_0", status: "error" } }],
    });
  });

  it("twice is an error, that says what is wrong", async () => {
    const { run, requests } = world(BAD);
    await expect(run()).rejects.toMatchObject({
      name: "Model.OutputInvalid",
      message: expect.stringContaining(".label"),
    });
    expect(requests).toHaveLength(2);
  });
});

describe("what is no answer", () => {
  it.each([
    ["refused", "Model.Refused"],
    ["guardrail", "Guardrail.Blocked"],
    ["truncated", "Model.Truncated"],
    ["context", "Model.ContextExceeded"],
    ["throttled", "Model.Throttled"],
    ["unavailable", "Model.Unavailable"],
  ] as const)("%s fails as %s, without a repair", async (fault, name) => {
    const { run, requests } = world({ fault });
    await expect(run()).rejects.toMatchObject({ name });
    expect(requests).toHaveLength(1);
  });

  it("is asked for anew by the next attempt", async () => {
    const { run, requests } = world([{ fault: "refused" }, GOOD]);
    await expect(run()).rejects.toMatchObject({ name: "Model.Refused" });
    expect(await run()).toEqual({ label: "billing" });
    expect(requests).toHaveLength(2);
  });

  it("is given up after the model's own time", async () => {
    const { run } = world(GOOD);
    const slow = world(new Promise<never>(() => undefined) as unknown as StandInAnswer);
    await expect(slow.run({ model: { ...READER, timeout: 0.05 } })).rejects.toMatchObject({
      name: "Model.Unavailable",
    });
    expect(await run()).toEqual({ label: "billing" });
  });
});

describe("an invocation that comes again", () => {
  it("takes the recorded answer, and spends nothing", async () => {
    const { run, requests, reports, counted } = world([GOOD, { json: { label: "other" } }]);
    await run();
    const before = counted.length;
    expect(await run({}, TICKET, callOf(TICKET, { attempt: 1 }))).toEqual({ label: "billing" });
    expect(requests).toHaveLength(1);
    expect(reports[1]).toMatchObject({ source: "journal", cost: reports[0]?.cost });
    expect(counted).toHaveLength(before);
  });

  it("keeps answers of different iterations apart", async () => {
    const { run, requests } = world([GOOD, { json: { label: "other" } }]);
    await run({}, TICKET, callOf(TICKET, { iteration: "0" }));
    expect(await run({}, TICKET, callOf(TICKET, { iteration: "1" }))).toEqual({ label: "other" });
    expect(requests).toHaveLength(2);
  });

  it("asks anew if it would now ask for something else", async () => {
    const { run, requests } = world([GOOD, { json: { label: "other" } }]);
    await run();
    expect(await run({ maxTokens: 100 })).toEqual({ label: "other" });
    expect(await run({ maxTokens: 100 })).toEqual({ label: "other" });
    expect(requests).toHaveLength(2);
  });

  it("finds a large answer again", async () => {
    const text = "x".repeat(100_000);
    const { run, requests } = world({ text });
    expect(await run({ output: null })).toEqual({ text });
    expect(await run({ output: null })).toEqual({ text });
    expect(requests).toHaveLength(1);
  });
});

describe("an answer that may be taken again", () => {
  const other = (input: Json) => ({
    ...callOf(input),
    run: { ...callOf(input).run, id: "run-2" },
  });

  it("is, by another run, and costs nothing", async () => {
    const { run, requests, reports } = world([GOOD, BAD]);
    await run({ cache: 60 });
    expect(await run({ cache: 60 }, TICKET, other(TICKET))).toEqual({ label: "billing" });
    expect(requests).toHaveLength(1);
    expect(reports[1]).toMatchObject({
      source: "cache",
      cost: 0,
      reply: { answeredBy: { adapter: "cache", model: "stand-in" }, usage: { inputTokens: 0 } },
    });
  });

  it("is forgotten after its time", async () => {
    const { run, requests, pass } = world([GOOD, { json: { label: "other" } }]);
    await run({ cache: 60 });
    pass(60_000);
    expect(await run({ cache: 60 }, TICKET, other(TICKET))).toEqual({ label: "other" });
    expect(requests).toHaveLength(2);
  });

  it("does not displace what the step itself was answered", async () => {
    const { run, pass } = world([GOOD, { json: { label: "other" } }]);
    await run({ cache: 60 });
    pass(60_000);
    await run({ cache: 60 }, TICKET, other(TICKET));
    expect(await run({ cache: 60 })).toEqual({ label: "billing" });
  });

  it("is not taken for another request", async () => {
    const { run, requests } = world([GOOD, { json: { label: "other" } }]);
    await run({ cache: 60 });
    const input = { ticket: { text: "I paid once" } };
    expect(await run({ cache: 60 }, input, other(input))).toEqual({ label: "other" });
    expect(requests).toHaveLength(2);
  });

  it("is not kept if it was none", async () => {
    const { run } = world([BAD, BAD, GOOD]);
    await expect(run({ cache: 60 })).rejects.toMatchObject({ name: "Model.OutputInvalid" });
    expect(await run({ cache: 60 }, TICKET, other(TICKET))).toEqual({ label: "billing" });
  });

  it("may be large", async () => {
    const text = "x".repeat(100_000);
    const { run, requests } = world({ text });
    await run({ cache: 60, output: null });
    expect(await run({ cache: 60, output: null }, TICKET, other(TICKET))).toEqual({ text });
    expect(requests).toHaveLength(1);
  });
});

describe("a budget", () => {
  const budget: BudgetDocument = {
    ...FREE,
    run: { cost: 20_000, inputTokens: null, outputTokens: null },
  };

  it("that is too small keeps the model from being asked", async () => {
    const { run, requests } = world(GOOD);
    const tight = { ...FREE, run: { cost: 10, inputTokens: null, outputTokens: null } };
    await expect(run({ budget: tight })).rejects.toMatchObject({ name: "Budget.Exceeded" });
    expect(requests).toEqual([]);
  });

  it("counts every call once, repairs and repetitions included", async () => {
    const { run, reports, records } = world([BAD, GOOD]);
    await run({ budget });
    await run({ budget });
    const spent = await openBudget(budget, callOf(TICKET), {
      records,
      clock: { now: () => new Date(Date.UTC(2026, 10, 21)) },
    }).spent();
    const [first, second] = reports;
    expect(spent.run.spent.cost).toBe((first?.cost ?? 0) + (second?.cost ?? 0));
    expect(spent.run.spent.cost).toBeGreaterThan(0);
    expect(spent.run.reserved.cost).toBe(0);
  });

  it("gets back what a throttled call had reserved, and keeps what is not known", async () => {
    const throttled = world({ fault: "throttled" });
    await expect(throttled.run({ budget })).rejects.toMatchObject({ name: "Model.Throttled" });
    const clock = { now: () => new Date(Date.UTC(2026, 10, 21)) };
    const after = (records: Records) =>
      openBudget(budget, callOf(TICKET), { records, clock }).spent();
    expect((await after(throttled.records)).run.reserved.cost).toBe(0);
    const lost = world([{ fault: "unavailable" }, GOOD]);
    await expect(lost.run({ budget })).rejects.toMatchObject({ name: "Model.Unavailable" });
    expect((await after(lost.records)).run.reserved.cost).toBeGreaterThan(0);
    // The retry takes the reservation over.
    await lost.run({ budget });
    expect((await after(lost.records)).run.reserved.cost).toBe(0);
  });
});
