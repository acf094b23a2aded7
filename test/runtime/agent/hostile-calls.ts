/** Tools that are not there, arguments that do not fit, loops. */
import { expect } from "vitest";
import { LOOK } from "./agent-scene.ts";
import {
  each,
  GOOD,
  good,
  looks,
  nested,
  own,
  publish,
  type Row,
  raw,
  told,
} from "./hostile-row.ts";

export const HOSTILE_CALLS: readonly Row[] = [
  // Tools that are not there.
  {
    name: "a tool outside of the list, once",
    model: [{ calls: [["shell", { command: "id" }]] }, good],
    ends: GOOD,
    called: [],
    also: (seen) => expect(told(seen, 1)).toContain("There are: look, publish, submit."),
  },
  {
    name: "tools outside of the list, again and again",
    model: each((turn) => ({ calls: [[`tool_${turn}`, {}]] })),
    ends: { error: "Agent.ToolErrorLimit" },
    called: [],
  },
  {
    name: "a tool with an effect that nobody approves",
    document: { approve: null },
    model: [publish(), good],
    ends: GOOD,
    called: [],
    also: ({ requests }) => {
      const names = requests[0]?.toolConfig?.tools.map(({ toolSpec }) => toolSpec.name);
      expect(names).toEqual(["look", "read_result", "submit"]);
    },
  },
  ...["lооk", "look\u200b", "\u202ekool", "LOOK", " look", "look\u0000", "ｌｏｏｋ", ""].map(
    (name): Row => ({
      name: `a name that looks like a tool's: ${JSON.stringify(name)}`,
      model: [{ calls: [[name, { at: "a" }]] }, good],
      ends: GOOD,
      called: [],
    }),
  ),
  ...["constructor", "__proto__", "toString", "hasOwnProperty"].map(
    (name): Row => ({
      name: `a tool with the name of an object's own: ${name}`,
      model: [{ calls: [[name, {}]] }, good],
      ends: GOOD,
      called: [],
    }),
  ),
  {
    name: "a name of 100 KB with half of a surrogate pair",
    model: [{ calls: [[`${"n".repeat(100_000)}\ud800`, {}]] }, good],
    ends: GOOD,
    called: [],
    also: (seen) => expect(told(seen, 1).length).toBeLessThan(500),
  },

  // Arguments.
  {
    name: "arguments that do not fit, repaired",
    model: [{ calls: [["look", { where: "a" }]] }, looks("a"), good],
    ends: GOOD,
    called: ["look"],
    also: (seen) => expect(told(seen, 1)).toContain('does not have required property \\"at\\"'),
  },
  {
    name: "a member __proto__ in the arguments",
    model: [{ calls: [["look", own('{"at":"a","__proto__":{"polluted":true}}')]] }, good],
    ends: GOOD,
    called: [],
  },
  {
    name: "only a member __proto__ that would bring what is required",
    model: [{ calls: [["look", own('{"__proto__":{"at":"a"}}')]] }, good],
    ends: GOOD,
    called: [],
  },
  {
    name: "members constructor and prototype where any member is allowed",
    document: { tools: [{ ...LOOK, input: { type: "object" } }] },
    model: [{ calls: [["look", own('{"constructor":{"prototype":{"polluted":1}}}')]] }, good],
    ends: GOOD,
    called: ["look"],
  },
  {
    name: "arguments that are no JSON",
    model: [{ calls: [["look", '{"at": "a']] }, good],
    ends: GOOD,
    called: [],
    also: (seen) => expect(told(seen, 1)).toContain("The arguments are no JSON"),
  },
  ...[null, 7, ["a"], true].map(
    (input): Row => ({
      name: `arguments that are no object: ${JSON.stringify(input)}`,
      model: [{ calls: [["look", input]] }, good],
      ends: GOOD,
      called: [],
    }),
  ),
  {
    name: "arguments of 200 KB",
    document: { tools: [{ ...LOOK, input: { type: "object" } }] },
    model: [{ calls: [["look", { at: "a".repeat(200_000) }]] }, good],
    ends: GOOD,
    called: [],
    also: ({ requests }) => expect(JSON.stringify(requests[1]).length).toBeLessThan(10_000),
  },
  {
    name: "arguments of 10 MB",
    model: [{ calls: [["look", { at: "a".repeat(10_000_000) }]] }, good],
    ends: GOOD,
    called: [],
    also: ({ requests }) => expect(JSON.stringify(requests[1]).length).toBeLessThan(10_000),
  },
  {
    name: "arguments nested 50,000 deep",
    model: [{ calls: [["look", { at: nested(50_000) }]] }, good],
    ends: GOOD,
    called: [],
  },
  {
    name: "arguments nested 80 deep where anything is allowed",
    document: { tools: [{ ...LOOK, input: { type: "object" } }] },
    model: [{ calls: [["look", { at: nested(80) }]] }, good],
    ends: GOOD,
    called: [],
  },
  {
    name: "arguments that refer to what somebody else has stored",
    document: { tools: [{ ...LOOK, input: { type: "object" } }] },
    model: [{ calls: [["look", { at: { $stored: `sha256:${"0".repeat(64)}`, bytes: 3 } }]] }, good],
    ends: GOOD,
    called: [],
  },
  {
    name: "half of a surrogate pair in the arguments",
    model: [looks("a\udc00b"), good],
    ends: GOOD,
    called: ["look"],
    also: ({ calls }) => expect(calls[0]?.input).toEqual({ at: "a\ufffdb" }),
  },
  {
    name: "an argument that is too long for its contract",
    model: [looks("a".repeat(101)), good],
    ends: GOOD,
    called: [],
  },

  // Loops.
  {
    name: "an endless loop of different calls",
    model: each((turn) => looks(`${turn}`)),
    ends: { error: "Agent.TurnLimit" },
  },
  {
    name: "the same call again and again",
    model: [looks("a")],
    ends: { error: "Agent.RepeatedCall" },
    called: ["look", "look", "look"],
  },
  {
    name: "the same call with its members in another order",
    limits: { repeatedCalls: 1 },
    document: { tools: [{ ...LOOK, input: { type: "object" } }] },
    model: [{ calls: [["look", { a: 1, b: 2 }]] }, { calls: [["look", { b: 2, a: 1 }]] }],
    ends: { error: "Agent.RepeatedCall" },
    called: ["look"],
  },
  {
    name: "a thousand calls at once",
    model: [looks(...Array.from({ length: 1000 }, (_, index) => `${index}`))],
    ends: { error: "Agent.ToolCallLimit" },
    called: [],
  },
  {
    name: "a thousand artifacts at once",
    model: [
      { calls: Array.from({ length: 1000 }, () => ["submit", { verdict: "good" }] as const) },
    ],
    ends: { error: "Agent.ToolCallLimit" },
    called: [],
  },
  {
    name: "the same call many times at once",
    model: [looks(...Array.from({ length: 20 }, () => "a"))],
    ends: { error: "Agent.RepeatedCall" },
    called: [],
  },
  {
    name: "a few calls more than are allowed, over several turns",
    limits: { toolCalls: 5 },
    model: each((turn) => looks(`${turn}a`, `${turn}b`)),
    ends: { error: "Agent.ToolCallLimit" },
    called: ["look", "look", "look", "look"],
  },
  {
    name: "endless words",
    model: each((turn) => ({ text: `I am thinking about it for the ${turn}th time.` })),
    ends: { error: "Model.OutputInvalid" },
    called: [],
  },
  {
    name: "endless silence",
    model: [{ text: " \n " }],
    ends: { error: "Model.OutputInvalid" },
    also: (seen) => expect(told(seen, 1)).toContain("Your reply was empty"),
  },
  {
    name: "silence that claims to be a tool call",
    model: [raw({ content: [], stopReason: "tool_use" }), good],
    ends: GOOD,
  },
  {
    name: "endless reading of what was read",
    limits: { turns: 100, toolCalls: 10 },
    model: each((turn) =>
      turn === 1 ? looks("a") : { calls: [["read_result", { reference: "call_1_1", from: turn }]] },
    ),
    ends: { error: "Agent.ToolCallLimit" },
  },
  {
    name: "results that do not exist",
    model: [
      {
        calls: ["call_9_9", "__proto__", "journal#1", ""].map((reference) => [
          "read_result",
          { reference },
        ]),
      },
      good,
    ],
    ends: GOOD,
    called: [],
  },
  {
    name: "a position beyond the end, and one before the beginning",
    model: [
      looks("a"),
      { calls: [1e9, -1, 0.5].map((from) => ["read_result", { reference: "call_1_1", from }]) },
      good,
    ],
    ends: GOOD,
    called: ["look"],
  },
];
