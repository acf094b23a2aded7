import { describe, expect, it } from "vitest";
import { ApprovalPolicy, type ApprovalPolicyInput } from "../../../lib/manifest/approval-policy.ts";
import { scheduleStages } from "../../../lib/runtime/approval/schedule-stages.ts";
import { stagesOf } from "../../../lib/runtime/approval/stages.ts";

const HOUR = 3600;

function policy(change: Partial<ApprovalPolicyInput> = {}): ApprovalPolicy {
  return ApprovalPolicy.parse({
    approval: "own",
    title: "May it?",
    approvers: ["ada@example.com"],
    deadline: "8h",
    ...change,
  });
}

const LEVELS: Partial<ApprovalPolicyInput> = {
  escalation: [
    { approvers: ["head@example.com"], within: "2h" },
    { approvers: ["board@example.com"], within: "5h" },
  ],
  reminders: ["1h", "4h"],
};

const OFFICE = {
  timeZone: "Europe/Berlin",
  hours: { thu: "09:00-17:00", fri: "09:00-17:00", mon: "09:00-17:00" },
};

const short = (given: ApprovalPolicy) =>
  stagesOf(given).map(({ name, level, kind, seconds, last }) =>
    [name, level, kind, seconds === null ? null : seconds / HOUR, last].join(" "),
  );

describe("stages of a policy", () => {
  it("are one where there is only a deadline", () => {
    expect(short(policy())).toEqual([" 1 request 8 true"]);
  });

  it("are a level's beginning and its reminders, the longest first; a shorter level has fewer", () => {
    expect(short(policy(LEVELS))).toEqual([
      " 1 request 4 false",
      "stage2 1 reminder 3 false",
      "stage3 1 reminder 1 false",
      "stage4 2 escalation 1 false",
      "stage5 2 reminder 1 false",
      "stage6 3 escalation 1 false",
      "stage7 3 reminder 3 false",
      "stage8 3 reminder 1 true",
    ]);
  });

  it("end without an end where the last level is to be queued", () => {
    expect(short(policy({ onExpiry: "queue" }))).toEqual([
      " 1 request 8 false",
      "stage2 1 queue  true",
    ]);
  });

  it("say how long it is to the deadline of their level", () => {
    expect(
      stagesOf(policy(LEVELS)).map(({ untilDeadline }) => (untilDeadline ?? 0) / HOUR),
    ).toEqual([8, 4, 1, 2, 1, 5, 4, 1]);
  });
});

describe("a schedule", () => {
  const at = (text: string) => new Date(text);

  it("is the stages' own seconds round the clock", () => {
    const now = at("2026-11-26T10:00:00.500Z");
    const { stages, opensAt, verdict } = scheduleStages(
      policy({ ...LEVELS, onExpiry: "queue" }),
      now,
    );
    expect(stages.map(({ seconds }) => seconds && seconds / HOUR)).toEqual([
      4,
      3,
      1,
      1,
      1,
      1,
      3,
      1,
      null,
    ]);
    expect(stages.map(({ deadline }) => deadline?.slice(11, 16))).toEqual([
      ...["18:00", "18:00", "18:00", "20:00", "20:00", "01:00", "01:00", "01:00"],
      undefined,
    ]);
    expect([opensAt, verdict]).toEqual(["2026-11-26T10:00:00.500Z", null]);
  });

  it("waits through nights and weekends in business hours", () => {
    // Friday, 16:00 in Berlin: 1 h is left, then Monday from 9:00.
    const given = policy({ deadline: "1d", reminders: ["4h"], businessHours: OFFICE });
    expect(scheduleStages(given, at("2026-11-27T15:00:00Z"))).toEqual({
      stages: [
        // Four open hours: until Monday 12:00. Then four more, until 16:00.
        {
          seconds: 68 * HOUR,
          deadline: "2026-11-30T15:00:00.000Z",
          begins: "2026-11-27T15:00:00.000Z",
        },
        {
          seconds: 4 * HOUR,
          deadline: "2026-11-30T15:00:00.000Z",
          begins: "2026-11-30T11:00:00.000Z",
        },
      ],
      opensAt: "2026-11-27T15:00:00.000Z",
      verdict: null,
    });
  });

  it("begins when the business opens, for a request that waits for that", () => {
    const given = policy({ deadline: "2h", businessHours: OFFICE });
    expect(scheduleStages(given, at("2026-11-28T12:00:00Z"))).toEqual({
      stages: [
        {
          seconds: 46 * HOUR,
          deadline: "2026-11-30T10:00:00.000Z",
          begins: "2026-11-28T12:00:00.000Z",
        },
      ],
      opensAt: "2026-11-30T08:00:00.000Z",
      verdict: null,
    });
  });

  it("rejects outside of business hours where the policy says so, and only there", () => {
    const given = policy({ deadline: "2h", businessHours: OFFICE, afterHours: "reject" });
    expect(scheduleStages(given, at("2026-11-28T12:00:00Z"))).toMatchObject({
      opensAt: null,
      verdict: "rejected",
    });
    expect(scheduleStages(given, at("2026-11-27T12:00:00Z")).verdict).toBeNull();
  });

  it("counts round the clock where a request is paged", () => {
    const given = policy({ deadline: "1d", businessHours: OFFICE, afterHours: "page" });
    expect(scheduleStages(given, at("2026-11-28T12:00:00Z"))).toEqual({
      // A business day is eight hours, at night as well.
      stages: [
        {
          seconds: 8 * HOUR,
          deadline: "2026-11-28T20:00:00.000Z",
          begins: "2026-11-28T12:00:00.000Z",
        },
      ],
      opensAt: "2026-11-28T12:00:00.000Z",
      verdict: null,
    });
  });

  it("gives each level its time from the deadline of the one before, to the second", () => {
    const given = policy({
      deadline: "1d",
      businessHours: OFFICE,
      escalation: [{ approvers: ["head@example.com"], within: "1d" }],
      reminders: ["30m"],
    });
    const now = at("2026-11-26T09:10:11.250Z");
    const { stages } = scheduleStages(given, now);
    let end = now.getTime();
    for (const { seconds } of stages) {
      expect(Number.isInteger(seconds)).toBe(true);
      end += (seconds ?? 0) * 1000;
    }
    const last = Date.parse(stages.at(-1)?.deadline ?? "");
    expect(Math.abs(end - last)).toBeLessThan(1000);
    expect(stages.map(({ deadline }) => deadline)).toEqual([
      "2026-11-27T09:10:11.250Z",
      "2026-11-27T09:10:11.250Z",
      "2026-11-30T09:10:11.250Z",
      "2026-11-30T09:10:11.250Z",
    ]);
  });
});
