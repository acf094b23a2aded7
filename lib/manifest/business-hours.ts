/** When a business is open: `businessHours` of an approval policy. */
import * as z from "zod";
import { issue } from "./issue.ts";
import { quoted } from "./quoted.ts";

export const WEEKDAYS = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"] as const;

/** Part of a day in minutes of wall time; `to` beyond 1440 lies on the next day. */
export interface OpenSpan {
  readonly from: number;
  readonly to: number;
}

const DAY_MINUTES = 24 * 60;
const SPAN = /^([01]\d|2[0-3]):([0-5]\d)-([01]\d|2[0-3]|24):([0-5]\d)$/;

/** Reads `09:00-17:00`; `22:00-06:00` ends on the next day. Undefined if the text is no such span. */
export function parseSpan(text: string): OpenSpan | undefined {
  const match = SPAN.exec(text);
  if (!match) return undefined;
  const [fromHour = 0, fromMinute = 0, toHour = 0, toMinute = 0] = match.slice(1).map(Number);
  const from = fromHour * 60 + fromMinute;
  const to = toHour * 60 + toMinute;
  if (to > DAY_MINUTES || from === to) return undefined;
  return { from, to: to > from ? to : to + DAY_MINUTES };
}

/** Spans of one day as they are written: one, or several. */
export function spansOf(hours: string | readonly string[] | undefined): readonly OpenSpan[] {
  const texts = hours === undefined ? [] : typeof hours === "string" ? [hours] : hours;
  return texts.flatMap((text) => parseSpan(text) ?? []);
}

const Span = z
  .string()
  .describe(
    "From and to in 24 hours, `09:00-17:00`; an end before its beginning is on the next day.",
  )
  .meta({ pattern: SPAN.source })
  .check((ctx) => {
    if (parseSpan(ctx.value)) return;
    ctx.issues.push(
      issue(ctx.value, {
        code: "ESP511",
        message: `${quoted(ctx.value)} is no span of a day`,
        hint: "Write two different times in 24 hours, 09:00-17:00 or 22:00-06:00.",
      }),
    );
  });

const Spans = z.union([Span, z.array(Span).min(1).max(10)]).check((ctx) => {
  const spans = [...spansOf(ctx.value)].sort((a, b) => a.from - b.from);
  if (spans.every((span, index) => index === 0 || (spans[index - 1]?.to ?? 0) <= span.from)) return;
  ctx.issues.push(
    issue(ctx.value, {
      code: "ESP511",
      message: "two spans of one day overlap",
      hint: "Make one span of them.",
    }),
  );
});

/** True for a day that the calendar has: not the 30th of February. */
export function isDate(text: string): boolean {
  if (!/^\d{4}-\d\d-\d\d$/.test(text)) return false;
  const time = Date.parse(`${text}T00:00:00Z`);
  return !Number.isNaN(time) && new Date(time).toISOString().startsWith(text);
}

const CalendarDate = z
  .string()
  .describe("A day, `2026-12-25`.")
  .meta({ format: "date" })
  .check((ctx) => {
    if (isDate(ctx.value)) return;
    ctx.issues.push(
      issue(ctx.value, {
        code: "ESP512",
        message: `${quoted(ctx.value)} is no day of the calendar`,
        hint: "Write a date such as 2026-12-25.",
      }),
    );
  });

/** Whether this machine's time zone database knows the name. */
export function isTimeZone(name: string): boolean {
  // Offsets such as +02:00 are taken by Intl, but no business moves its clocks by them.
  if (!/^[A-Za-z]/.test(name)) return false;
  try {
    new Intl.DateTimeFormat("en", { timeZone: name });
    return true;
  } catch {
    return false;
  }
}

const TimeZone = z
  .string()
  .describe("A name of the IANA time zone database, `Europe/Berlin`.")
  .check((ctx) => {
    if (isTimeZone(ctx.value)) return;
    ctx.issues.push(
      issue(ctx.value, {
        code: "ESP510",
        message: `${quoted(ctx.value)} is no time zone`,
        hint: "Write a name of the IANA database: Europe/Berlin, America/New_York, UTC.",
      }),
    );
  });

const Holiday = z.union([
  CalendarDate,
  z
    .strictObject({ date: CalendarDate, hours: Spans })
    .describe("A day with hours of its own, such as a half one."),
]);

export const BusinessHours = z
  .strictObject({
    timeZone: TimeZone,
    hours: z
      .strictObject({
        mon: Spans.optional(),
        tue: Spans.optional(),
        wed: Spans.optional(),
        thu: Spans.optional(),
        fri: Spans.optional(),
        sat: Spans.optional(),
        sun: Spans.optional(),
      })
      .describe("Days that are not named are closed.")
      .check((ctx) => {
        if (Object.values(ctx.value).some((hours) => spansOf(hours).length > 0)) return;
        ctx.issues.push(
          issue(ctx.value, {
            code: "ESP511",
            message: "the business is never open",
            hint: 'Name at least one day with its hours: mon: "09:00-17:00".',
          }),
        );
      }),
    holidays: z
      .array(Holiday)
      .max(1000)
      .default([])
      .describe("Closed days, and days with hours of their own; they come before the week's."),
  })
  .describe("Deadlines count only this time.");

export type BusinessHours = z.infer<typeof BusinessHours>;

/**
 * Seconds of one business day, which is what a `d` of a duration means in business hours: the open time
 * of the week's longest day (decision 0081).
 */
export function businessDaySeconds({ hours }: Pick<BusinessHours, "hours">): number {
  const days = WEEKDAYS.map((day) =>
    spansOf(hours[day]).reduce((sum, { from, to }) => sum + to - from, 0),
  );
  return Math.max(...days) * 60;
}
