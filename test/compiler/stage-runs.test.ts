/** Approvals of several stages, from the manifest to the engine, with the approval function itself. */
import { afterEach, describe, expect, it } from "vitest";
import { getApproval } from "../../lib/runtime/approval/find-approvals.ts";
import type { BundleParts } from "./bundle-of.ts";
import { openScene, type StageScene } from "./stage-scene.ts";

const HOUR = 3_600_000;
const DAY = 24 * HOUR;

/** A Thursday, 10:00 in Berlin. */
const START = "2026-05-07T08:00:00Z";

const STEPS = "- { id: review, approval: approvals/own.yaml, with: { change: 1 } }\n";

const ESCALATES = `approval: own
title: May it?
approvers: [ada@example.com]
deadline: 3d
reminders: [1d, 4h]
escalation: [{ approvers: [grace@example.com], within: 1d }]
`;

const HOURS = `businessHours:
  timeZone: Europe/Berlin
  hours: { mon: "09:00-17:00", tue: "09:00-17:00", wed: "09:00-17:00", thu: "09:00-17:00", fri: "09:00-17:00" }
  holidays: [2026-05-14]
`;

/** When each stage of ESCALATES begins, and the last one ends. */
const TIMES = [0, 2 * DAY, 2 * DAY + 20 * HOUR, 3 * DAY, 3 * DAY + 20 * HOUR, 4 * DAY];
const ENDS = [1, 2, 3, 4, 5].map((stage) => [stage, stage < 4 ? "ada" : "grace"] as const);

let scene: StageScene | undefined;
afterEach(() => scene?.close());

async function open(
  policy: string,
  { steps = STEPS, start = START, ...more }: BundleParts & { steps?: string; start?: string } = {},
): Promise<StageScene> {
  scene = await openScene(steps, {
    start,
    ...more,
    policies: { "approvals/own.yaml": policy, ...more.policies },
  });
  return scene;
}

/** Lets so many stages begin, each at the end of the one before. */
async function upTo(stage: number, { asked, until, goTo }: StageScene): Promise<void> {
  await until(() => asked.length > 0);
  for (let next = 1; next < stage; next += 1) {
    goTo(TIMES[next] ?? 0);
    await until(() => asked.length > next);
  }
}

const lastOf = (found: StageScene) => found.end().then(({ output }) => output);

describe("stages", () => {
  it("follow one another at their times, and lead to the end that the policy has", async () => {
    const found = await open(ESCALATES);
    await upTo(5, found);
    found.goTo(4 * DAY - 1);
    expect((await found.requests()).map(({ status, level }) => [status, level])).toEqual([
      ["open", 2],
    ]);
    found.goTo(4 * DAY);
    expect(await found.end()).toEqual({
      error: "Approval.Expired",
      cause: 'nobody decided "review" within 3d and then 1d',
    });
    expect(found.asked.map(({ state, at }) => [state, at])).toEqual([
      ["review", TIMES[0]],
      ["review.stage2", TIMES[1]],
      ["review.stage3", TIMES[2]],
      ["review.stage4", TIMES[3]],
      ["review.stage5", TIMES[4]],
    ]);
    expect(await found.requests()).toHaveLength(1);
    const [row, ...others] = await found.rows();
    expect(others).toEqual([]);
    expect(row).toMatchObject({ step: "review", outcome: "failed" });
    expect(row?.stages?.map(({ kind, level, approvers }) => [kind, level, ...approvers])).toEqual([
      ["request", 1, "ada@example.com"],
      ["reminder", 1, "ada@example.com"],
      ["reminder", 1, "ada@example.com"],
      ["escalation", 2, "grace@example.com"],
      ["reminder", 2, "grace@example.com"],
    ]);
  });

  it.each([
    ["rejected", "onExpiry: reject\n", "", { error: "Approval.Rejected" }],
    [
      "caught",
      "",
      ", catch: [{ on: [Approval.Expired], value: '{% $error.cause %}' }]",
      { output: 'nobody decided "review" within 3d and then 1d' },
    ],
    [
      "caught as whatever went wrong, though not a stage of it",
      "",
      ", catch: [{ on: [States.Timeout], value: 1 }, { on: [States.ALL], value: 2 }]",
      { output: 1 },
    ],
  ])("end %s, where that is said", async (_name, keys, catches, expected) => {
    const steps = `- { id: review, approval: approvals/own.yaml${catches} }\n`;
    const found = await open(`${ESCALATES}${keys}`, { steps });
    await upTo(5, found);
    found.goTo(4 * DAY);
    expect(await found.end()).toMatchObject(expected);
  });

  it.each(ENDS)("hear at once of a decision in the middle of stage %i", async (stage, by) => {
    const found = await open(ESCALATES);
    await upTo(stage, found);
    const when = (TIMES[stage - 1] ?? 0) + HOUR;
    found.goTo(when);
    await found.decide(`${by}@example.com`);
    expect(await lastOf(found)).toMatchObject({ verdict: "approved", by: `${by}@example.com` });
    expect(await found.endedAt()).toBe(when);
    expect(found.asked).toHaveLength(stage);
  });

  it.each(ENDS)(
    "hear of a decision a millisecond before the end of stage %i",
    async (stage, by) => {
      const found = await open(ESCALATES);
      await upTo(stage, found);
      found.goTo((TIMES[stage] ?? 0) - 1);
      await found.decide(`${by}@example.com`, "rejected");
      expect(await found.end()).toMatchObject({ error: "Approval.Rejected" });
      expect(await found.endedAt()).toBe((TIMES[stage] ?? 0) - 1);
    },
  );

  it.each([1, 2, 3, 4])(
    "lose no decision that comes at the very end of stage %i",
    async (stage) => {
      // Asked at both levels: whichever comes first, the decision or the next level, it is theirs.
      const found = await open(ESCALATES.replace("[grace@", "[ada@example.com, grace@"));
      await upTo(stage, found);
      let deciding: Promise<unknown> = Promise.resolve();
      found.time.setTimer(found.start + (TIMES[stage] ?? 0), () => {
        deciding = found.decide("ada@example.com");
      });
      found.goTo(TIMES[stage] ?? 0);
      await deciding;
      expect(await lastOf(found)).toMatchObject({ by: "ada@example.com" });
      expect(await found.endedAt()).toBe(TIMES[stage]);
    },
  );

  it.each(ENDS.slice(0, 4))(
    "give a decision on a token that has just timed out to what comes after stage %i",
    async (stage, by) => {
      const found = await open(ESCALATES);
      await upTo(stage, found);
      let go = () => {};
      found.gate = new Promise((resolve) => {
        go = resolve;
      });
      // The next stage has begun, and its call has not come yet: nobody waits for the old token.
      found.goTo(TIMES[stage] ?? 0);
      const decided = await found.decide(`${by}@example.com`);
      expect(decided).toMatchObject({ status: "approved", delivered: false });
      go();
      expect(await lastOf(found)).toMatchObject({ by: `${by}@example.com` });
      expect(await found.requests()).toMatchObject([{ delivered: true, status: "approved" }]);
    },
  );

  it("refuse a decision at the end of the last one: the run has ended", async () => {
    const found = await open(ESCALATES);
    await upTo(5, found);
    found.goTo(4 * DAY);
    await expect(found.decide("grace@example.com")).rejects.toMatchObject({
      code: "ApprovalClosed",
    });
    expect(await found.end()).toMatchObject({ error: "Approval.Expired" });
  });

  it("wait without an end where the policy queues what is late", async () => {
    const policy = "approval: own\ntitle: May it?\napprovers: [ada@example.com]\ndeadline: 3d\n";
    const found = await open(`${policy}onExpiry: queue\n`);
    await found.until(() => found.asked.length === 1);
    found.goTo(3 * DAY);
    await found.until(() => found.asked.length === 2);
    expect(found.asked[1]).toMatchObject({ state: "review.stage2", seconds: null });
    found.goTo(300 * DAY);
    expect(await found.requests()).toMatchObject([{ status: "open", deadline: null }]);
    await found.decide("ada@example.com");
    expect(await lastOf(found)).toMatchObject({ verdict: "approved" });
  });
});

describe("stages in business hours", () => {
  const policy = (keys = "") =>
    `approval: own\ntitle: May it?\napprovers: [ada@example.com]\ndeadline: 2d\nescalation: [{ approvers: [grace@example.com], within: 4h }]\n${HOURS}${keys}`;

  it("are scheduled once, over the night, the weekend and a holiday", async () => {
    const found = await open(policy());
    await found.until(() => found.asked.length === 1);
    // Thursday 10:00 and 16 open hours: Monday 10:00. Four more: 14:00.
    expect(await found.requests()).toMatchObject([{ deadline: "2026-05-11T08:00:00.000Z" }]);
    found.goTo(4 * DAY - 1);
    expect(found.asked).toHaveLength(1);
    found.goTo(4 * DAY);
    await found.until(() => found.asked.length === 2);
    expect(await found.requests()).toMatchObject([
      { deadline: "2026-05-11T12:00:00.000Z", level: 2, approvers: ["grace@example.com"] },
    ]);
    found.goTo(4 * DAY + 4 * HOUR);
    expect(await found.end()).toEqual({
      error: "Approval.Expired",
      cause: 'nobody decided "review" within 2d and then 4h of business hours',
    });
    const rows = await found.rows();
    expect(rows.map(({ step, outcome }) => [step, outcome])).toEqual([["review", "failed"]]);
  });

  it("begin when the business opens", async () => {
    // A Saturday; 16 open hours from Monday 9:00 are Tuesday 17:00.
    const found = await open(policy(), { start: "2026-05-09T12:00:00Z" });
    await found.until(() => found.asked.length === 1);
    expect(await found.requests()).toMatchObject([
      { opensAt: "2026-05-11T07:00:00.000Z", deadline: "2026-05-12T15:00:00.000Z" },
    ]);
  });

  it("reject what is asked while the business is closed, where the policy says so", async () => {
    const start = "2026-05-09T12:00:00Z";
    const found = await open(policy("afterHours: reject\n"), { start });
    expect(await found.end()).toMatchObject({ error: "Approval.Rejected" });
    expect(await found.endedAt()).toBe(0);
    expect(await found.requests()).toMatchObject([
      { status: "rejected", decision: { by: "rule" }, delivered: true },
    ]);
    await found.close();

    const catches = ", catch: [{ on: [Approval.Rejected], value: later }]";
    const steps = `- { id: review, approval: approvals/own.yaml${catches} }\n`;
    const caught = await open(policy("afterHours: reject\n"), { start, steps });
    expect(await caught.end()).toEqual({ output: "later" });
    await caught.close();

    const rule = '- { id: review, approval: approvals/own.yaml, required: "{% false %}" }\n';
    const granted = await open(policy("afterHours: reject\n"), { start, steps: rule });
    expect(await granted.end()).toMatchObject({ output: { verdict: "approved", by: "rule" } });
  });
});

describe("stages inside of structures", () => {
  it("are requests of their own in each iteration, and keep its item", async () => {
    const steps = `- id: all
  map: "{% [1, 2, 3] %}"
  as: part
  concurrency: 3
  steps:
    - { id: review, approval: approvals/own.yaml, with: { part: "{% $part %}" } }
    - { id: done, set: { part: "{% $part %}", by: "{% $review.by %}" } }
`;
    const found = await open(ESCALATES, { steps });
    const of = async (iteration: string) =>
      (await found.requests()).find((one) => one.iteration === iteration)?.id ?? "";
    await found.until(() => found.asked.length === 3);
    await found.decide("ada@example.com", "approved", await of("2"));
    for (const [index, time] of TIMES.slice(1, 4).entries()) {
      found.goTo(time);
      await found.until(() => found.asked.length === 3 + 2 * (index + 1));
    }
    await found.decide("grace@example.com", "approved", await of("0"));
    await found.decide("grace@example.com", "approved", await of("1"));
    expect(await lastOf(found)).toEqual([
      { part: 1, by: "grace@example.com" },
      { part: 2, by: "grace@example.com" },
      { part: 3, by: "ada@example.com" },
    ]);
    const evidence = await getApproval(await of("1"), found.ports);
    expect(evidence.evidence.more).toEqual({ part: 2 });
  });

  it("ask anew in each round of a repeat, and end with their branch", async () => {
    const steps = `- id: both
  parallel:
    asked:
      - id: rounds
        repeat: { max: 2, until: "{% false %}" }
        steps: [{ id: review, approval: approvals/own.yaml }]
    given: [{ id: pause, wait: 1s }, { id: ends, fail: { error: Test.Ended, cause: over } }]
`;
    const found = await open(ESCALATES, { steps: steps.replace("wait: 1s", "wait: 60h") });
    await found.until(() => found.asked.length === 1);
    await found.decide("ada@example.com");
    await found.until(() => found.asked.length === 2);
    expect(found.asked.map(({ iteration }) => iteration)).toEqual(["0", "1"]);
    found.goTo(2 * DAY);
    await found.until(() => found.asked.length === 3);
    found.goTo(60 * HOUR);
    expect(await found.end()).toMatchObject({ error: "Test.Ended" });
  });
});

describe("a run that is redriven at a stage in business hours", () => {
  const POLICY = `approval: own
title: May it?
approvers: [ada@example.com]
deadline: 1d
reminders: [4h]
${HOURS}`;

  it("asks by a schedule of its own time, not by that of before", async () => {
    const opened = await open(POLICY);
    opened.gate = Promise.reject(new Error("no way to the table"));
    opened.gate.catch(() => undefined);
    // Thursday: the schedule is made, and then the first stage fails.
    expect(await opened.end()).toMatchObject({ error: expect.any(String) });
    opened.gate = undefined;
    // Friday, 15:00 in Berlin.
    opened.goTo(DAY + 5 * HOUR);
    await opened.redrive();
    await opened.until(() => opened.asked.length > 0);
    const [request] = await opened.requests();
    // 2 open hours are left on Friday, and 6 of the 8 come on Monday, until 15:00.
    expect(request).toMatchObject({ status: "open", deadline: "2026-05-11T13:00:00.000Z" });
    expect(opened.asked).toEqual([
      // Until 4 hours before: Monday, 11:00.
      expect.objectContaining({ state: "review", stage: 0, seconds: (2 * DAY + 20 * HOUR) / 1000 }),
    ]);
    opened.goTo(DAY + 5 * HOUR + 2 * DAY + 20 * HOUR);
    await opened.until(() => opened.asked.length > 1);
    await opened.decide("ada@example.com");
    expect(await opened.end()).toMatchObject({ output: expect.anything() });
    const rows = await opened.rows();
    expect(rows.map(({ step, outcome }) => [step, outcome])).toEqual([["review", "succeeded"]]);
  });
});
