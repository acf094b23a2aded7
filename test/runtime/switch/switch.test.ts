import { beforeEach, describe, expect, it } from "vitest";
import { systemClock } from "../../../lib/local/ports/index.ts";
import { memoryRecords } from "../../../lib/local/ports/memory.ts";
import { readAudit } from "../../../lib/runtime/audit.ts";
import type { Effect } from "../../../lib/runtime/effect.ts";
import type { Records } from "../../../lib/runtime/ports.ts";
import {
  findDisabling,
  flipSwitch,
  type SwitchFlip,
  switchStates,
} from "../../../lib/runtime/switch/switch.ts";
import { disabledText, scopeText } from "../../../lib/runtime/switch/switch-text.ts";
import { verifyAudit } from "../../../lib/runtime/verify-audit.ts";

let records: Records;
beforeEach(() => {
  records = memoryRecords();
});

const OFF: SwitchFlip = {
  workflow: null,
  tool: null,
  off: true,
  by: "ada@example.com",
  reason: "wrong mails go out",
};
const flip = (change: Partial<SwitchFlip> = {}) =>
  flipSwitch({ ...OFF, ...change }, { records, clock: systemClock });
const ask = async (workflow: string, tool: string, effect: Effect) =>
  (await findDisabling({ workflow, tool, effect }, { records })) !== undefined;

/** Workflows `a` and `b`, tools `look` (read), `calc` (none), `save` (write), `mail` (send), `drop` (delete). */
const TOOLS: readonly (readonly [string, Effect])[] = [
  ["look", "read"],
  ["calc", "none"],
  ["save", "write"],
  ["mail", "send"],
  ["drop", "delete"],
];
const CHANGING = ["save", "mail", "drop"];

async function disabled(): Promise<string[]> {
  const found: string[] = [];
  for (const workflow of ["a", "b"]) {
    for (const [tool, effect] of TOOLS) {
      if (await ask(workflow, tool, effect)) found.push(`${workflow}/${tool}`);
    }
  }
  return found;
}

describe("the switch", () => {
  it("leaves all tools alone until it is flipped", async () => {
    expect(await disabled()).toEqual([]);
    expect(await switchStates({ records })).toEqual([]);
  });

  it.each([
    {
      scope: { workflow: null, tool: null },
      takes: ["a", "b"].flatMap((w) => CHANGING.map((tool) => `${w}/${tool}`)),
    },
    { scope: { workflow: "a", tool: null }, takes: CHANGING.map((tool) => `a/${tool}`) },
    { scope: { workflow: null, tool: "look" }, takes: ["a/look", "b/look"] },
    { scope: { workflow: "b", tool: "mail" }, takes: ["b/mail"] },
    { scope: { workflow: "b", tool: "calc" }, takes: ["b/calc"] },
  ])("off for $scope takes $takes, and on gives them back", async ({ scope, takes }) => {
    await flip(scope);
    expect(await disabled()).toEqual(takes);
    await flip({ ...scope, off: false, reason: null });
    expect(await disabled()).toEqual([]);
  });

  it("keeps a tool off as long as one of its switches is", async () => {
    await flip();
    await flip({ workflow: "a", tool: "mail" });
    await flip({ off: false });
    expect(await disabled()).toEqual(["a/mail"]);
  });

  it("says what is off, since when, by whom, and why", async () => {
    const state = await flip({ workflow: "a", tool: "mail", by: " Ada@Example.com " });
    expect(state).toEqual({
      ...OFF,
      workflow: "a",
      tool: "mail",
      at: expect.any(String),
      entry: 1,
    });
    expect(await switchStates({ records })).toEqual([state]);
    const found = await findDisabling({ workflow: "a", tool: "mail", effect: "send" }, { records });
    expect(found).toEqual(state);
    expect(disabledText(state)).toBe(
      `Switched off by ada@example.com at ${state.at}: tool "mail" of workflow "a". ` +
        "Reason: wrong mails go out. This call was not made.",
    );
  });

  it("names what it takes", () => {
    expect(scopeText({ workflow: null, tool: null })).toBe(
      "tools that change something, of every workflow",
    );
    expect(scopeText({ workflow: null, tool: "mail" })).toBe('tool "mail" of every workflow');
  });

  it("writes each flip into the audit, in order", async () => {
    await flip();
    await flip({ workflow: "a", tool: "mail" });
    await flip({ off: false, reason: null, by: "bob@example.com" });
    const { entries } = await readAudit("switch", { records });
    expect(entries).toMatchObject([
      { actor: "ada@example.com", event: "tools.off", data: { workflow: null, tool: null } },
      { actor: "ada@example.com", event: "tools.off", data: { workflow: "a", tool: "mail" } },
      { actor: "bob@example.com", event: "tools.on", data: { reason: null } },
    ]);
    expect((await verifyAudit("switch", { records })).problems).toEqual([]);
  });

  it("never flips without an audit entry, even where the audit cannot be written", async () => {
    const broken: Records = {
      ...records,
      put: (item, condition) =>
        item.key.partition.startsWith("audit#")
          ? Promise.reject(new Error("no room"))
          : records.put(item, condition),
    };
    await expect(flipSwitch(OFF, { records: broken, clock: systemClock })).rejects.toThrow();
    expect(await disabled()).toEqual([]);
  });

  it("stands as the last entry says, when many flip it at once", async () => {
    await Promise.all(
      Array.from({ length: 20 }, (_, n) => flip({ off: n % 2 === 0, by: `p${n}@example.com` })),
    );
    const { entries } = await readAudit("switch", { records }, { order: "descending", limit: 1 });
    expect(await switchStates({ records })).toMatchObject([
      { entry: 20, by: entries[0]?.actor, off: entries[0]?.event === "tools.off" },
    ]);
  });

  it("asks one query a check", async () => {
    await flip({ workflow: "a", tool: "mail" });
    const calls: string[] = [];
    const counting = new Proxy(records, {
      get: (target, name: keyof Records) => {
        calls.push(name);
        return target[name];
      },
    });
    await findDisabling({ workflow: "a", tool: "mail", effect: "send" }, { records: counting });
    expect(calls).toEqual(["query"]);
  });

  it.each([
    ["no reason", { reason: null }, "ReasonRequired"],
    ["an empty reason", { reason: "  " }, "ReasonRequired"],
    ["a reason without end", { reason: "x".repeat(4001) }, "InputInvalid"],
    ["nobody", { by: " " }, "NameInvalid"],
    ["the rule", { by: "rule" }, "NameInvalid"],
    ["a workflow that is no name", { workflow: "a#tool#b" }, "NameInvalid"],
    ["a tool that is no name", { tool: "" }, "NameInvalid"],
  ])("refuses %s", async (_what, change, code) => {
    await expect(flip(change)).rejects.toMatchObject({ name: "RequestError", code });
    expect((await readAudit("switch", { records })).entries).toEqual([]);
  });
});
