/** A year of requests that nobody decides, in offices around the world, on the engine's own clock. */
import { describe, expect, it } from "vitest";
import { compile } from "../../lib/compiler/index.ts";
import { Engine, type EngineClock, VirtualClock } from "../../lib/engine/index.ts";
import { engineTokens } from "../../lib/local/runtime/engine-calls.ts";
import { BusinessHours } from "../../lib/manifest/business-hours.ts";
import {
  type ApprovalFunctionCall,
  callApprovalFunction,
} from "../../lib/runtime/approval/approval-function.ts";
import { listApprovals } from "../../lib/runtime/approval/find-approvals.ts";
import type { Json } from "../../lib/runtime/json.ts";
import { createWorld } from "../runtime/approval/approval-world.ts";
import { walkOpenTime } from "../runtime/approval/walked-time.ts";
import { bundleOf, TODAY } from "./bundle-of.ts";

const HOUR = 3600;
const week = (hours: string | readonly string[]) => ({
  ...{ mon: hours, tue: hours, wed: hours, thu: hours },
});

/** Clocks that are moved in spring and autumn, by half an hour, the other way round, or never. */
const OFFICES: readonly unknown[] = [
  {
    timeZone: "Europe/Berlin",
    hours: { ...week("09:00-17:00"), fri: "09:00-15:00" },
    holidays: ["2026-04-03", "2026-04-06", { date: "2026-12-24", hours: "09:00-12:00" }],
  },
  {
    timeZone: "America/New_York",
    hours: { ...week(["08:30-12:00", "13:00-17:30"]), sun: "00:00-06:00" },
    holidays: ["2026-11-26"],
  },
  { timeZone: "Europe/London", hours: { sat: "22:00-06:00", sun: "22:00-06:00" } },
  { timeZone: "Australia/Lord_Howe", hours: { ...week("09:00-17:00"), sun: "01:00-04:00" } },
  { timeZone: "Pacific/Chatham", hours: { ...week("07:45-16:00"), sun: "02:00-05:00" } },
  { timeZone: "Asia/Kathmandu", hours: { sun: "10:00-17:00", ...week("10:00-17:00") } },
  { timeZone: "Africa/Casablanca", hours: { ...week("09:00-17:00"), sun: "01:00-05:00" } },
  { timeZone: "America/St_Johns", hours: { ...week("09:00-24:00"), sun: "00:00-24:00" } },
];

const policy = (hours: unknown) => `approval: own
title: May it?
approvers: [ada@example.com]
deadline: 12h
reminders: [4h]
escalation: [{ approvers: [grace@example.com], within: 6h }]
businessHours: ${JSON.stringify(hours)}
`;

const FROM = Date.UTC(2026, 1, 15);
const YEAR = 365 * 24 * HOUR;
/** Around these days clocks are moved somewhere. */
const MOVED = ["2026-03-08", "2026-03-29", "2026-04-05", "2026-09-27", "2026-10-25", "2026-11-01"];
const EACH = 45;

/** Seconds at which this office is asked: the same in each test, spread over the year. */
function startsOf(office: number): readonly Date[] {
  let seed = 7919 * (office + 1);
  const next = (below: number) => {
    seed = (seed * 48_271) % 2_147_483_647;
    return seed % below;
  };
  return Array.from({ length: EACH }, (_, i) => {
    const day = MOVED[i];
    const at = day ? Date.parse(day) + (next(4 * 24 * HOUR) - 2 * 24 * HOUR) * 1000 : undefined;
    return new Date(at ?? FROM + next(YEAR) * 1000);
  });
}

interface Story {
  readonly run: string;
  readonly start: Date;
  readonly hours: BusinessHours;
  /** When each stage was asked, and its level's deadline as it stood then. */
  readonly asked: { readonly at: number; readonly deadline: number }[];
  end: number;
}

async function simulate(): Promise<readonly Story[]> {
  const time = new VirtualClock({ start: FROM - 3 * 24 * HOUR * 1000 });
  const clock: EngineClock = {
    now: () => time.now(),
    setTimer: (at, fn) => time.setTimer(at, fn),
    idle: () => void time.advanceToNext(),
  };
  const stories = new Map<string, Story>();
  const engine = await Engine.open({
    clock,
    async invoke(task) {
      const { Payload } = task.arguments as unknown as { Payload: ApprovalFunctionCall };
      const answer = await callApprovalFunction(Payload, ports);
      if ("schedule" in answer) return wire(answer.schedule as unknown as Json);
      const deadline = Date.parse(answer.approval.deadline ?? "");
      stories.get(Payload.run.id)?.asked.push({ at: time.now(), deadline });
      return wire(null);
    },
  });
  const ports = {
    ...createWorld().ports,
    tokens: engineTokens(() => engine),
    clock: { now: () => new Date(time.now()) },
  };
  const runs: Promise<void>[] = [];
  for (const [office, hours] of OFFICES.entries()) {
    const path = "approvals/own.yaml";
    const steps = `- { id: review, approval: ${path} }\n`;
    const bundle = bundleOf(steps, { policies: { [path]: policy(hours) } });
    const { plan } = compile(bundle, { today: TODAY });
    const definition = JSON.stringify(plan?.definition);
    const machine = await engine.createStateMachine({ name: `office-${office}`, definition });
    for (const [i, start] of startsOf(office).entries()) {
      const run = `run-${office}-${i}`;
      const story: Story = { run, start, hours: BusinessHours.parse(hours), asked: [], end: 0 };
      stories.set(run, story);
      const begin = async () => {
        const input = JSON.stringify({ input: {}, run: { principal: "a@b.c", customer: null } });
        const { executionArn } = await engine.startExecution({ ...machine, name: run, input });
        await engine.waitForEnd(executionArn);
        const { stopDate } = await engine.describeExecution({ executionArn });
        story.end = stopDate?.getTime() ?? 0;
      };
      const begun = new Promise<void>((resolve, reject) => {
        time.setTimer(start.getTime(), () => void begin().then(resolve, reject));
      });
      runs.push(begun);
    }
  }
  time.advanceToNext();
  await Promise.all(runs);
  const open = await listApprovals({ status: "open" }, ports);
  expect(open).toHaveLength(OFFICES.length * EACH);
  await engine.close();
  return [...stories.values()];
}

const wire = (Payload: Json): Json => ({ ExecutedVersion: "1", Payload, StatusCode: 200 });

/** Seconds between what happened and what another calculation says. */
function offBy(found: number | undefined, expected: Date): number {
  return Math.abs((found ?? Number.NaN) - expected.getTime()) / 1000;
}

describe("a year of requests", () => {
  it("has every reminder, escalation and deadline within a second of another calculation", async () => {
    const stories = await simulate();
    for (const { run, start, hours, asked, end } of stories) {
      const first = walkOpenTime(hours, start, 12 * HOUR);
      const second = walkOpenTime(hours, first, 6 * HOUR);
      const expected: readonly (readonly [string, number | undefined, Date])[] = [
        ["asked", asked[0]?.at, start],
        ["reminded", asked[1]?.at, walkOpenTime(hours, start, 8 * HOUR)],
        ["escalated", asked[2]?.at, first],
        ["reminded again", asked[3]?.at, walkOpenTime(hours, first, 2 * HOUR)],
        ["over", end, second],
        ["deadline", asked[0]?.deadline, first],
        ["deadline, reminded", asked[1]?.deadline, first],
        ["second deadline", asked[2]?.deadline, second],
        ["second deadline, reminded", asked[3]?.deadline, second],
      ];
      const late = expected.filter(([, found, right]) => !(offBy(found, right) <= 1));
      const where = `${run} in ${hours.timeZone}, asked ${start.toISOString()}`;
      expect(late, where).toEqual([]);
      expect(asked).toHaveLength(4);
    }
  }, 120_000);
});
