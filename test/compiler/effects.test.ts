import { describe, expect, it } from "vitest";
import { compile } from "../../lib/compiler/index.ts";
import { bundleOf, compileSteps, findingsIn, TODAY } from "./bundle-of.ts";

const WRITE = "{ id: publish, task: code/work.ts, effect: write }";
const REVIEW = "{ id: review, approval: approvals/a.yaml }";
const found = (line: number) => [
  `${line} ESP501 «write» "publish" writes, but not every way to it has an approval`,
];

const REFUSED: readonly (readonly [name: string, steps: string, line: number, hint: string])[] = [
  [
    "no approval at all",
    `- ${WRITE}\n`,
    1,
    "Put an approval before it, or say why nobody needs to approve: unattended: { reason, owner, expires }.",
  ],
  [
    "an approval only after it",
    `- ${WRITE}\n- ${REVIEW}\n`,
    1,
    "Put an approval before it, or say why nobody needs to approve: unattended: { reason, owner, expires }.",
  ],
  [
    "an approval in one case of a switch",
    `- id: way\n  switch: [{ when: "{% $input.a %}", steps: [${REVIEW}] }]\n- ${WRITE}\n`,
    3,
    'The approval "review" (line 7) lies inside case 1 of "way", and counts only there.',
  ],
  [
    "an approval with an `if`",
    `- { id: review, if: "{% $input.a %}", approval: approvals/a.yaml }\n- ${WRITE}\n`,
    2,
    'The approval "review" (line 6) may be skipped by its "if": use "required" instead, which records the decision either way.',
  ],
  [
    "an approval whose catch goes on",
    `- { id: review, approval: approvals/a.yaml, catch: [{ on: [Approval.Rejected], value: null }] }\n- ${WRITE}\n`,
    2,
    'The approval "review" (line 6) has a catch that goes on without it: let that catch end in a fail or a succeed.',
  ],
  [
    "an approval that was not given, in its own catch",
    `- id: review\n  approval: approvals/a.yaml\n  catch: [{ on: [Approval.Rejected], steps: [${WRITE}] }]\n`,
    3,
    'The approval "review" (line 6) was not given where its catch runs.',
  ],
  [
    "an approval inside of a map, after the map",
    `- { id: all, map: "{% $input.list %}", as: one, steps: [${REVIEW}] }\n- ${WRITE}\n`,
    2,
    'The approval "review" (line 6) lies inside the map of "all", and counts only there.',
  ],
  [
    "an approval in another branch",
    `- id: both\n  parallel:\n    left: [${REVIEW}]\n    right: [${WRITE}]\n`,
    4,
    'The approval "review" (line 8) lies inside branch "left" of "both", and counts only there.',
  ],
  [
    "an approval in a structure that its `if` may skip",
    `- { id: way, if: "{% $input.a %}", switch: [{ otherwise: [${REVIEW}] }] }\n- ${WRITE}\n`,
    2,
    'The approval "review" (line 6) lies inside "otherwise" of "way", and counts only there.',
  ],
];

const ACCEPTED: readonly (readonly [name: string, steps: string])[] = [
  ["an approval before, in the same list", `- ${REVIEW}\n- ${WRITE}\n`],
  [
    "an approval before, around a map in a switch",
    `- ${REVIEW}\n- id: way\n  switch:\n    - { when: "{% $input.a %}", steps: [{ id: all, map: "{% $input.list %}", as: one, steps: [${WRITE}] }] }\n`,
  ],
  [
    "an approval within the same body of a map",
    `- { id: all, map: "{% $input.list %}", as: one, steps: [${REVIEW}, ${WRITE}] }\n`,
  ],
  [
    "approvals in every case that goes on",
    `- id: way\n  switch:\n    - { when: "{% $input.a %}", steps: [${REVIEW}] }\n    - { when: "{% $input.b %}", steps: [{ id: no, fail: { error: No, cause: no } }] }\n    - otherwise: [{ id: other, approval: approvals/b.yaml }]\n- ${WRITE}\n`,
  ],
  [
    "an approval whose catch ends the run",
    `- { id: review, approval: approvals/a.yaml, catch: [{ on: [States.ALL], steps: [{ id: no, succeed: declined }] }] }\n- ${WRITE}\n`,
  ],
  [
    "effects that change nothing, and events",
    "- { id: a, task: code/work.ts, effect: read }\n- { id: b, emit: Done }\n",
  ],
  [
    "an approval that its rule may grant",
    `- { id: review, approval: approvals/a.yaml, required: "{% $input.risky %}" }\n- ${WRITE}\n`,
  ],
];

describe("effects and approvals", () => {
  it.each(REFUSED)("refuses an effect with %s", (_name, steps, line, hint) => {
    expect(findingsIn(steps)).toEqual(found(line));
    expect(compileSteps(steps).diagnostics[0]?.hint).toBe(hint);
  });

  it.each(ACCEPTED)("accepts %s", (_name, steps) => {
    expect(findingsIn(steps)).toEqual([]);
  });

  it.each(["write", "send", "delete"])("asks for an approval of %s", (effect) => {
    const steps = `- { id: a, task: code/work.ts, effect: ${effect} }\n`;
    expect(compileSteps(steps).diagnostics.map(({ code }) => code)).toEqual(["ESP501"]);
  });

  const waived = (day: string) =>
    `- id: publish\n  task: code/work.ts\n  effect: write\n  unattended: { reason: nightly housekeeping, owner: ops@example.com, expires: ${day} }\n`;

  it("takes a waiver up to and including its last day", () => {
    expect(findingsIn(waived(TODAY))).toEqual([]);
    expect(findingsIn(waived("2026-11-20"))).toEqual([
      '4 ESP502 «2026-11-20» the waiver of "publish" expired on 2026-11-20',
    ]);
  });

  it("goes by the day it is told, not by a clock", () => {
    const bundle = bundleOf(waived("2020-01-31"));
    expect(compile(bundle, { today: "2020-01-31" }).diagnostics).toEqual([]);
  });
});
