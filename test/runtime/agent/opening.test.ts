import { describe, expect, it } from "vitest";
import type { AgentCall } from "../../../lib/runtime/agent/agent-call.ts";
import type { AgentDocument } from "../../../lib/runtime/agent/agent-document.ts";
import { openingFor } from "../../../lib/runtime/agent/opening.ts";
import type { Json, JsonObject } from "../../../lib/runtime/json.ts";

const artifacts = {
  open: (digest: string): AsyncIterable<Uint8Array> => {
    throw new Error(`${digest} is not stored here`);
  },
};

function opening(given: Json, input: JsonObject | true = true) {
  const document = {
    input,
    model: { clearance: ["public"] },
    prompt: {
      source: "prompts/ask.md",
      inputs: { question: { type: "text" } },
      parts: [{ role: "user", pieces: [{ input: "question" }] }],
    },
  } as unknown as AgentDocument;
  const call = { step: { id: "found" }, input: given } as unknown as AgentCall;
  return openingFor(document, call, artifacts);
}

describe("the opening of an agent", () => {
  it("has the inputs of its instructions; the rest is for its tools", async () => {
    const { prompt, given } = await opening({ question: "Where?", package: "a@1" });
    expect(prompt.messages).toEqual([{ role: "user", content: [{ text: "Where?" }] }]);
    expect(given).toEqual({ question: "Where?", package: "a@1" });
  });

  it("misses an input of its instructions", async () => {
    await expect(opening({ package: "a@1" })).rejects.toMatchObject({
      name: "Contract.InputInvalid",
    });
  });

  it("lacks what the model may not see, in the instructions and beside them", async () => {
    const classed = { type: "string", "x-data-class": "personal" };
    const { prompt, given } = await opening(
      { question: "Who?", phone: "5" },
      { properties: { question: classed, phone: classed } },
    );
    expect(prompt.messages).toEqual([
      { role: "user", content: [{ text: "[personal: not shown]" }] },
    ]);
    expect(given).toEqual({});
  });
});
