/**
 * Business time by another way than the kit's: walking from quarter to quarter of an hour, asking what the
 * clock on the wall shows, and whether that is open. The spans of the tests begin and end at quarters,
 * and zones move their clocks at them by multiples of them, so a whole quarter is open or closed.
 */
import { type BusinessHours, spansOf, WEEKDAYS } from "../../../lib/manifest/business-hours.ts";

const formats = new Map<string, Intl.DateTimeFormat>();

/** What the clock shows, as if it were UTC. Read from Sweden's way of writing it, not from parts. */
export function wallAt(timeZone: string, at: number): number {
  let format = formats.get(timeZone);
  if (!format) {
    const style = { dateStyle: "short", timeStyle: "medium", timeZone } as const;
    format = new Intl.DateTimeFormat("sv-SE", style);
    formats.set(timeZone, format);
  }
  return Date.parse(`${format.format(at).replace(" ", "T")}Z`);
}

function isOpenAt({ timeZone, hours, holidays }: BusinessHours, at: number): boolean {
  const shown = new Date(wallAt(timeZone, at));
  const minute = shown.getUTCHours() * 60 + shown.getUTCMinutes();
  // Today's spans, and what is left of those that began yesterday.
  return [0, 1].some((back) => {
    const day = new Date(shown.getTime() - back * 86_400_000);
    const date = day.toISOString().slice(0, 10);
    const own = holidays.find((one) => (typeof one === "string" ? one : one.date) === date);
    const weekday = WEEKDAYS[(day.getUTCDay() + 6) % 7] ?? "mon";
    const spans = own === undefined ? hours[weekday] : typeof own === "string" ? [] : own.hours;
    const now = minute + back * 1440;
    return spansOf(spans).some(({ from, to }) => from <= now && now < to);
  });
}

const QUARTER = 15 * 60;

/** The first moment by which it was open for so many seconds since `from`, which is a whole second. */
export function walkOpenTime(hours: BusinessHours, from: Date, seconds: number): Date {
  let left = seconds;
  let at = from.getTime() / 1000;
  // Three years and more: thirty hours of a week that is open for a quarter of an hour.
  for (let quarters = 0; quarters < 140_000; quarters += 1) {
    const next = (Math.floor(at / QUARTER) + 1) * QUARTER;
    if (isOpenAt(hours, at * 1000)) {
      if (next - at >= left) return new Date((at + left) * 1000);
      left -= next - at;
    }
    at = next;
  }
  throw new Error("walked for years");
}
