import { describe, expect, it } from "vitest";
import {
  isStandIn,
  type StandIn,
  standIn,
  standInModel,
} from "../../../lib/runtime/model/stand-in.ts";
import { structuredRequest } from "../../../lib/runtime/model/structured-output.ts";
import { requestOf } from "./model-world.ts";

const signal = () => new AbortController().signal;
const tool = (name: string) => ({
  toolSpec: { name, description: "", inputSchema: { json: { type: "object" } } },
});
const converse = (script: StandIn, request = requestOf("Hi"), given = {}) =>
  standInModel(standIn(script)).converse(request, { signal: signal(), given });

describe("a stand-in", () => {
  it("sees the turn, the tools, the inputs and the conversation", async () => {
    const seen: unknown[] = [];
    const request = requestOf("Hi", {
      toolConfig: { tools: [tool("read_file")] },
      messages: [
        { role: "user", content: [{ text: "Hi" }] },
        { role: "assistant", content: [{ text: "Hm" }] },
        { role: "user", content: [{ text: "Go on" }] },
      ],
    });
    await converse(
      (_request, context) => {
        seen.push(context);
        return "x";
      },
      request,
      { ticket: "a" },
    );
    expect(seen).toEqual([
      { turn: 1, tools: ["read_file"], input: { ticket: "a" }, messages: request.messages },
    ]);
  });

  it("answers with text, calls, or a reply of its own", async () => {
    expect(await converse(() => "x")).toMatchObject({ content: [{ text: "x" }] });
    expect(await converse(() => ({ text: "y" }))).toMatchObject({ stopReason: "end_turn" });
    expect(
      await converse(() => ({
        text: "so",
        toolUse: [
          { name: "a", input: 1 },
          { name: "a", input: 2 },
        ],
      })),
    ).toMatchObject({
      content: [
        { text: "so" },
        { toolUse: { toolUseId: "standin_0_0", name: "a", input: 1 } },
        { toolUse: { toolUseId: "standin_0_1", name: "a", input: 2 } },
      ],
      stopReason: "tool_use",
    });
    expect(
      await converse(() => ({ content: [], stopReason: "stop_sequence" as const })),
    ).toMatchObject({ stopReason: "stop_sequence" });
  });

  it("gives its JSON in the way that is asked for", async () => {
    const schema = { type: "object" };
    const json = { a: 1 };
    const text = requestOf("Hi", structuredRequest(schema, "textFormat"));
    expect((await converse(() => ({ json }), text)).content).toEqual([{ text: '{"a":1}' }]);
    const forced = requestOf("Hi", structuredRequest(schema, "tool"));
    expect((await converse(() => ({ json }), forced)).content).toMatchObject([
      { toolUse: { name: "answer", input: json } },
    ]);
    const agent = requestOf("Hi", { toolConfig: { tools: [tool("read"), tool("submit")] } });
    expect((await converse(() => ({ json }), agent)).content).toMatchObject([
      { toolUse: { name: "submit", input: json } },
    ]);
  });

  it("counts the same tokens at every run", async () => {
    const first = await converse(() => "x".repeat(100));
    expect(await converse(() => "x".repeat(100))).toEqual(first);
    expect(first.usage.outputTokens).toBe(Math.ceil((100 + '[{"text":""}]'.length) / 4));
  });

  it("does not change the request, whatever the script does", async () => {
    const request = requestOf("Hi");
    const before = structuredClone(request);
    await converse((given, { messages }) => {
      Object.assign(given, { modelId: "changed" });
      (messages as unknown[]).push("more");
      return "x";
    }, request);
    expect(request).toEqual(before);
  });

  it("that throws fails the step, and says what", async () => {
    await expect(
      converse(() => {
        throw new TypeError("not like that");
      }),
    ).rejects.toMatchObject({
      name: "Step.Failed",
      message: expect.stringContaining("not like that"),
    });
  });

  it("is told from other exports", () => {
    expect(isStandIn(standIn(() => "x"))).toBe(true);
    for (const other of [null, undefined, {}, () => "x", "x"]) expect(isStandIn(other)).toBe(false);
  });
});
