import { describe, expect, it } from "vitest";
import type { ModelRequest } from "../../../lib/runtime/model/model.ts";
import { type Answer, enter, journalOf, scene, scripted, submit, toolbox } from "./agent-scene.ts";
import { checkWire } from "./check-wire.ts";

/** Results in the last request, by the id of their call: how they are shown. */
function shownIn(request: ModelRequest | undefined): Record<string, string> {
  const shown: Record<string, string> = {};
  for (const { content } of request?.messages ?? []) {
    for (const block of content) {
      if (!("toolResult" in block)) continue;
      const { toolUseId, content: parts } = block.toolResult;
      const [part] = parts;
      const json = part && "json" in part ? part.json : null;
      shown[toolUseId] = Object.keys((json ?? {}) as object)[0] ?? "";
    }
  }
  return shown;
}

const looks = (...ats: readonly string[]): Answer => ({ calls: ats.map((at) => ["look", { at }]) });
/** `3000 a`: a result of 3000 bytes. */
const sized = toolbox({ look: ({ at }) => "r".repeat(Number(String(at).split(" ")[0])) });
const context = (bytes: number, resultBytes = 8000) => ({ context: { bytes, resultBytes } });

async function requestsOf(answers: readonly Answer[], bytes: number, resultBytes?: number) {
  const model = scripted([...answers, submit({ verdict: "good" })]);
  const at = scene({
    model,
    tools: sized,
    document: context(bytes, resultBytes),
    limits: { turns: 50 },
  });
  expect(await enter(at)).toMatchObject({ status: "done" });
  for (const request of model.requests) checkWire(request);
  return model.requests;
}

describe("what a model is shown of the past", () => {
  it("is everything while there is room", async () => {
    const requests = await requestsOf([looks("3000 a"), looks("3000 b")], 60_000);
    expect(shownIn(requests.at(-1))).toEqual({ call_1_1: "result", call_2_1: "result" });
  });

  it("loses the oldest results first, in one turn the largest first, and never the last ones", async () => {
    const requests = await requestsOf(
      [looks("2000 a", "3000 b", "100 c"), looks("3000 d"), looks("3000 e")],
      10_000,
    );
    expect(shownIn(requests[2])).toEqual({
      call_1_1: "result",
      call_1_2: "result",
      call_1_3: "result",
      call_2_1: "result",
    });
    expect(shownIn(requests[3])).toEqual({
      call_1_1: "elided",
      call_1_2: "elided",
      call_1_3: "result",
      call_2_1: "result",
      call_3_1: "result",
    });
  });

  it("stays as it was from one request to the next, mostly, so that caches of prompts help", async () => {
    const turns = Array.from({ length: 20 }, (_, index) => looks(`1000 ${index}`));
    const requests = await requestsOf(turns, 10_000);
    let kept = 0;
    for (const [index, request] of requests.entries()) {
      const before = requests[index - 1];
      if (!before) continue;
      const prefix = JSON.stringify(before.messages).slice(0, -2);
      if (JSON.stringify(request.messages).startsWith(prefix)) kept += 1;
      expect(JSON.stringify(request.messages).length).toBeLessThan(14_000);
    }
    expect(kept).toBeGreaterThan(requests.length / 2);
  });

  it("cuts a large result, and reads the rest back piece by piece", async () => {
    const whole = Array.from({ length: 3000 }, (_, index) => `line ${index} — é\n`).join("");
    let read = "";
    let next = 0;
    const model = scripted((request, turn) => {
      if (turn === 1) return looks("x");
      const block = request.messages.at(-1)?.content[0];
      const part = block && "toolResult" in block ? block.toolResult.content[0] : undefined;
      const json = (part && "json" in part ? part.json : {}) as {
        cut?: string;
        next: number;
        result?: { text: string; next: number };
      };
      read += json.cut ?? json.result?.text ?? "";
      next = json.result?.next ?? json.next;
      if (next === whole.length) return submit({ verdict: "good" });
      return { calls: [["read_result", { reference: "call_1_1", from: next }]] };
    });
    const tools = toolbox({ look: () => whole });
    const at = scene({ model, tools, document: context(200_000), limits: { turns: 50 } });
    expect(await enter(at)).toMatchObject({ status: "done" });
    expect(read).toBe(whole);
    expect(model.requests.length).toBeLessThan(12);
  });

  it("is less after the service found it too long, and all of it stays in the journal", async () => {
    const model = scripted([
      looks("3000 a"),
      looks("3000 b"),
      { stopReason: "model_context_window_exceeded" },
      submit({ verdict: "good" }),
    ]);
    const at = scene({ model, tools: sized });
    expect(await enter(at)).toMatchObject({ status: "done" });
    expect(shownIn(model.requests[2])).toEqual({ call_1_1: "result", call_2_1: "result" });
    expect(shownIn(model.requests[3])).toEqual({ call_1_1: "elided", call_2_1: "elided" });
    const kept = (await journalOf(at)).flatMap((entry) =>
      entry.kind === "tool" && entry.result.status === "success" ? [entry.result.value] : [],
    );
    expect(kept).toEqual(["r".repeat(3000), "r".repeat(3000)]);
  });
});
