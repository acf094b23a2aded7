import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type BusinessHours, WEEKDAYS } from "../../../lib/manifest/business-hours.ts";
import { afterOpenTime, isOpen, nextOpening } from "../../../lib/runtime/approval/business-time.ts";
import { walkOpenTime, wallAt } from "./walked-time.ts";

const OFFICE: BusinessHours = {
  timeZone: "Europe/Berlin",
  hours: Object.fromEntries(
    WEEKDAYS.slice(0, 5).map((day) => [day, "09:00-17:00"]),
  ) as BusinessHours["hours"],
  holidays: ["2026-12-25", { date: "2026-12-24", hours: "09:00-12:00" }],
};

const HOUR = 3600;

describe("open time", () => {
  it.each<[string, Partial<BusinessHours>, string, number, string]>([
    ["ends on the same day", {}, "2026-11-23T09:00:00Z", 2 * HOUR, "2026-11-23T11:00:00.000Z"],
    ["goes on tomorrow", {}, "2026-11-23T15:00:00Z", 2 * HOUR, "2026-11-24T09:00:00.000Z"],
    ["waits for Monday", {}, "2026-11-27T15:00:00Z", 2 * HOUR, "2026-11-30T09:00:00.000Z"],
    ["begins when it opens", {}, "2026-11-22T03:00:00Z", HOUR, "2026-11-23T09:00:00.000Z"],
    [
      "ends with the day, not at the next opening",
      {},
      "2026-11-23T08:00:00Z",
      8 * HOUR,
      "2026-11-23T16:00:00.000Z",
    ],
    [
      "knows half days and holidays",
      {},
      "2026-12-24T08:00:00Z",
      4 * HOUR,
      "2026-12-28T09:00:00.000Z",
    ],
    [
      "counts from where it is in a second",
      {},
      "2026-11-23T09:00:00.250Z",
      HOUR,
      "2026-11-23T10:00:00.250Z",
    ],
    [
      "knows the 29th of February",
      { timeZone: "UTC" },
      "2028-02-28T16:30:00Z",
      HOUR,
      "2028-02-29T09:30:00.000Z",
    ],
    [
      "goes over midnight with the day on which it begins",
      { timeZone: "UTC", hours: { fri: "22:00-06:00" }, holidays: ["2026-11-28"] },
      "2026-11-27T23:00:00Z",
      3 * HOUR,
      "2026-11-28T02:00:00.000Z",
    ],
    [
      "leaves out a night whose first day is a holiday",
      { timeZone: "UTC", hours: { fri: "22:00-06:00" }, holidays: ["2026-11-27"] },
      "2026-11-27T23:00:00Z",
      HOUR,
      "2026-12-04T23:00:00.000Z",
    ],
    [
      "counts once what two days have in common",
      { timeZone: "UTC", hours: { mon: "20:00-10:00", tue: "08:00-12:00" }, holidays: [] },
      "2026-11-23T20:00:00Z",
      15 * HOUR,
      "2026-11-24T11:00:00.000Z",
    ],
    [
      "has no hour that the clock jumps over",
      { hours: { sun: "01:00-05:00" }, holidays: [] },
      "2026-03-29T00:00:00Z",
      3 * HOUR,
      "2026-03-29T03:00:00.000Z",
    ],
    [
      "has an hour twice that the clock shows twice",
      { hours: { sun: "01:00-05:00" }, holidays: [] },
      "2026-10-24T23:00:00Z",
      5 * HOUR,
      "2026-10-25T04:00:00.000Z",
    ],
    [
      "is not there on a day that a zone left out",
      { timeZone: "Pacific/Apia", hours: { fri: "09:00-17:00", sat: "09:00-17:00" }, holidays: [] },
      "2011-12-29T20:00:00Z",
      2 * HOUR,
      "2011-12-30T21:00:00.000Z",
    ],
  ])("%s", (_, change, from, seconds, expected) => {
    const hours = { ...OFFICE, ...change };
    expect(afterOpenTime(hours, new Date(from), seconds).toISOString()).toBe(expected);
  });

  it("opens at the moment itself, and closes at the end of its span", () => {
    const at = (text: string) => new Date(text);
    expect(isOpen(OFFICE, at("2026-11-23T08:00:00Z"))).toBe(true);
    expect(isOpen(OFFICE, at("2026-11-23T15:59:59.999Z"))).toBe(true);
    expect(isOpen(OFFICE, at("2026-11-23T16:00:00Z"))).toBe(false);
    expect(nextOpening(OFFICE, at("2026-11-27T16:00:00Z")).toISOString()).toBe(
      "2026-11-30T08:00:00.000Z",
    );
  });

  it("says that a business is never open rather than looking for ever", () => {
    const never = { timeZone: "UTC", hours: {}, holidays: [] };
    expect(() => afterOpenTime(never, new Date(0), 1)).toThrow(RangeError);
  });
});

const ZONES = [
  "UTC",
  "Europe/Berlin",
  "America/New_York",
  "America/St_Johns",
  "Australia/Lord_Howe",
  "Asia/Kathmandu",
  "Africa/Casablanca",
  "Pacific/Chatham",
  "America/Sao_Paulo",
];

const time = fc
  .tuple(fc.integer({ min: 0, max: 95 }), fc.integer({ min: 1, max: 95 }))
  .map(([from, length]) => {
    const text = (quarters: number) =>
      `${String(Math.floor(quarters / 4) % 24).padStart(2, "0")}:${String((quarters % 4) * 15).padStart(2, "0")}`;
    return `${text(from)}-${text(from + length)}`;
  });

/** Weeks with spans of any length, nights included, and holidays around the beginning. */
const week = fc.record({
  timeZone: fc.constantFrom(...ZONES),
  hours: fc.dictionary(fc.constantFrom(...WEEKDAYS), time, { minKeys: 1, maxKeys: 7 }),
});

describe("over years, zones and clock changes", () => {
  it("agrees to the second with somebody who walks along and looks at the clock", () => {
    fc.assert(
      fc.property(
        week,
        fc.integer({ min: Date.UTC(2019, 0, 1) / 1000, max: Date.UTC(2032, 0, 1) / 1000 }),
        fc.integer({ min: 1, max: 30 * HOUR }),
        fc.array(fc.integer({ min: 0, max: 20 }), { maxLength: 4 }),
        (drawn, begin, seconds, closed) => {
          const from = new Date(begin * 1000);
          const holidays = closed.map((day) =>
            new Date(wallAt(drawn.timeZone, from.getTime() + day * 86_400_000))
              .toISOString()
              .slice(0, 10),
          );
          const hours: BusinessHours = { ...drawn, holidays };
          const walked = walkOpenTime(hours, from, seconds);
          expect(afterOpenTime(hours, from, seconds).toISOString()).toBe(walked.toISOString());
        },
      ),
      { numRuns: 150 },
    );
  });

  it("agrees on each day of the years in which clocks are moved", () => {
    for (const timeZone of ["Europe/Berlin", "America/New_York", "Australia/Lord_Howe"]) {
      const hours: BusinessHours = {
        timeZone,
        hours: { fri: "22:00-03:30", sat: ["01:30-02:30", "12:00-13:00"], sun: "00:30-04:00" },
        holidays: ["2027-03-14"],
      };
      for (let day = 0; day < 366; day += 1) {
        const from = new Date(Date.UTC(2027, 0, 1 + day, day % 24, 7, 11));
        const walked = walkOpenTime(hours, from, 5 * HOUR);
        expect([timeZone, from, afterOpenTime(hours, from, 5 * HOUR)]).toEqual([
          timeZone,
          from,
          walked,
        ]);
      }
    }
  }, 60_000);

  it("is never shorter than the clock, and grows with what is asked for", () => {
    // A quarter of an hour a week gives 460,000 s in the ten years that are looked at.
    fc.assert(
      fc.property(week, fc.integer({ min: 0, max: 400 * HOUR }), fc.nat(400_000), (drawn, a, b) => {
        const hours: BusinessHours = { ...drawn, holidays: [] };
        const from = new Date(Date.UTC(2026, 9, 20) + a * 1000);
        const end = afterOpenTime(hours, from, b).getTime();
        expect(end - from.getTime()).toBeGreaterThanOrEqual(b * 1000);
        expect(afterOpenTime(hours, from, b + 60).getTime()).toBeGreaterThanOrEqual(end + 60_000);
      }),
      { numRuns: 100 },
    );
  });
});
