/**
 * Time as a business counts it (decision 0081). A moment is open if the clock on the wall of the
 * business then shows a time of an open span. A span belongs to the day on which it begins: one that
 * goes over midnight is open or closed as a whole, with the holidays of its first day. Where clocks
 * are set forward, the time that they jump over is not there; where they are set back, a time that
 * is shown twice is open twice. Pure but for Intl's time zone database.
 */
import type { BusinessHours } from "../../manifest/business-hours.ts";
import { spansOf, WEEKDAYS } from "../../manifest/business-hours.ts";
import { type Interval, WallClock } from "./wall-clock.ts";

const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;

/** A business that is not open within so long never will be: 1000 holidays are fewer than three years. */
const HORIZON_DAYS = 10 * 366;

/** Open times from `from` on (milliseconds since 1970), in order and apart from one another. */
export function* openTimes(hours: BusinessHours, from: number): Generator<Interval> {
  const clock = new WallClock(hours.timeZone);
  const shown = clock.shownAt(from);
  // Spans of the day before may go on into this one; a day more, since clocks may be set back.
  const first = Math.floor(shown / DAY) - 2;
  let current: Interval | undefined;
  for (let day = first; day < first + HORIZON_DAYS; day += 1) {
    const moments = spansOn(day, hours).flatMap((span) => clock.momentsOf(span));
    for (const moment of moments.sort((a, b) => a.from - b.from)) {
      if (moment.to <= from) continue;
      const next = { from: Math.max(moment.from, from), to: moment.to };
      if (current && next.from <= current.to) {
        current = { from: Math.min(current.from, next.from), to: Math.max(current.to, next.to) };
        continue;
      }
      if (current) yield current;
      current = next;
    }
    // Nothing that begins later can touch it any more: two days are more than any overlap.
    if (current && clock.shownAt(current.to) < (day - 1) * DAY) {
      yield current;
      current = undefined;
    }
  }
  if (current) yield current;
}

/** Whether the business is open at this moment. */
export function isOpen(hours: BusinessHours, at: Date): boolean {
  return nextOpening(hours, at).getTime() === at.getTime();
}

/** The moment itself if the business is open then, else when it opens. */
export function nextOpening(hours: BusinessHours, at: Date): Date {
  for (const { from } of openTimes(hours, at.getTime())) return new Date(from);
  throw neverOpen(hours);
}

/** The first moment by which the business has been open for so many seconds since `from`. */
export function afterOpenTime(hours: BusinessHours, from: Date, seconds: number): Date {
  let left = seconds * 1000;
  for (const open of openTimes(hours, from.getTime())) {
    const length = open.to - open.from;
    if (length >= left) return new Date(open.from + left);
    left -= length;
  }
  throw neverOpen(hours);
}

/** Spans that begin on a day (counted from 1970), as the wall's clock shows them. */
function spansOn(day: number, { hours, holidays }: BusinessHours): readonly Interval[] {
  const midnight = day * DAY;
  const date = new Date(midnight).toISOString().slice(0, 10);
  const own = holidays.find((one) => (typeof one === "string" ? one : one.date) === date);
  // The first of January 1970 was a Thursday.
  const weekday = WEEKDAYS[(((day + 3) % 7) + 7) % 7] ?? "mon";
  const written =
    own === undefined ? hours[weekday] : typeof own === "string" ? undefined : own.hours;
  return spansOf(written).map(({ from, to }) => ({
    from: midnight + from * MINUTE,
    to: midnight + to * MINUTE,
  }));
}

function neverOpen({ timeZone }: BusinessHours): RangeError {
  return new RangeError(`The business hours in ${timeZone} leave no open time within ten years.`);
}
