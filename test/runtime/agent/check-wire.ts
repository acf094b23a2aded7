import { expect } from "vitest";
import type { ModelRequest } from "../../../lib/runtime/model/model.ts";

/** What every service demands of a request, whatever a model or a tool has put into it. */
export function checkWire(request: ModelRequest): void {
  const { messages, system } = request;
  expect(messages[0]?.role).toBe("user");
  expect(messages.at(-1)?.role).toBe("user");
  const asked = new Set<string>();
  let open: string[] = [];
  for (const [index, { role, content }] of messages.entries()) {
    expect(role, `role of message ${index}`).toBe(index % 2 === 0 ? "user" : "assistant");
    expect(content.length).toBeGreaterThan(0);
    const answered: string[] = [];
    for (const block of content) {
      if ("text" in block) expect(block.text.trim()).not.toBe("");
      if ("toolUse" in block) {
        const { toolUseId, name, input } = block.toolUse;
        expect(role).toBe("assistant");
        expect(toolUseId).toMatch(/^[a-zA-Z0-9_-]{1,64}$/);
        expect(asked.has(toolUseId), `${toolUseId} is asked for once`).toBe(false);
        asked.add(toolUseId);
        open.push(toolUseId);
        expect(name).toMatch(/^[a-zA-Z0-9_-]{1,64}$/);
        expect(typeof input === "object" && input !== null && !Array.isArray(input)).toBe(true);
      }
      if ("toolResult" in block) {
        expect(role).toBe("user");
        answered.push(block.toolResult.toolUseId);
      }
    }
    if (role === "user" && index > 0) {
      expect(answered, `answers of message ${index}`).toEqual(open);
      open = [];
    }
  }
  for (const block of system) if ("text" in block) expect(block.text.trim()).not.toBe("");
  // Halves of surrogate pairs cannot be sent as UTF-8.
  const text = JSON.stringify(request);
  expect(text).not.toMatch(/(^|[^\\])(\\\\)*\\ud[89a-f]/);
}
