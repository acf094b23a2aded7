import { describe, expect, it } from "vitest";
import { enter, journalOf, scene, submit, toolbox } from "./agent-scene.ts";

describe("an agent", () => {
  it("looks, and ends with its artifact", async () => {
    const tools = toolbox({ look: ({ at }) => ({ found: `something at ${String(at)}` }) });
    const at = scene({
      model: [
        {
          calls: [
            ["look", { at: "x" }],
            ["look", { at: "y" }],
          ],
        },
        submit({ verdict: "good" }),
      ],
      tools,
    });
    expect(await enter(at)).toEqual({ status: "done", output: { verdict: "good" } });
    expect(tools.calls.map(({ tool, input }) => [tool.toolUseId, input])).toEqual([
      ["call_1_1", { at: "x" }],
      ["call_1_2", { at: "y" }],
    ]);
    expect((await journalOf(at)).map(({ kind }) => kind)).toEqual([
      "started",
      "model",
      "tool",
      "tool",
      "model",
      "done",
    ]);
  });
});
