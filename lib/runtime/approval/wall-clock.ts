/** What clocks on the wall of a time zone show, and when they are moved. Pure but for Intl's database. */

const HOUR = 3_600_000;
/** Clocks are never moved twice within so long. */
const GRID = 12 * HOUR;

export interface Interval {
  /** Milliseconds since 1970, inclusive. */
  readonly from: number;
  /** Exclusive. */
  readonly to: number;
}

/** A time zone; keeps what it has looked up, so make one for each computation. */
export class WallClock {
  readonly #format: Intl.DateTimeFormat;
  readonly #offsets = new Map<number, number>();

  /** Throws `RangeError` for a name that the time zone database does not have. */
  constructor(timeZone: string) {
    this.#format = new Intl.DateTimeFormat("en-US", {
      timeZone,
      calendar: "iso8601",
      hourCycle: "h23",
      year: "numeric",
      month: "numeric",
      day: "numeric",
      hour: "numeric",
      minute: "numeric",
      second: "numeric",
    });
  }

  /** What the clock shows at a moment, as if it were UTC. */
  shownAt(time: number): number {
    return time + this.offsetAt(time);
  }

  /** Milliseconds that the clock is ahead of UTC. */
  offsetAt(time: number): number {
    const whole = Math.floor(time / 1000) * 1000;
    const part: { [type: string]: number } = {};
    for (const { type, value } of this.#format.formatToParts(whole)) part[type] = Number(value);
    const { year = 0, month = 1, day = 1, hour = 0, minute = 0, second = 0 } = part;
    return Date.UTC(year, month - 1, day, hour, minute, second) - whole;
  }

  /**
   * When the clock shows a time of this span: nothing where it jumps over it, twice where it is set
   * back. `from` and `to` as if they were UTC.
   */
  momentsOf({ from, to }: Interval): readonly Interval[] {
    // No zone is further than 14 hours ahead or 12 behind; a day more costs nothing.
    const steps = this.#steps(from - 26 * HOUR, to + 26 * HOUR);
    return steps.flatMap(({ from: begins, to: ends, offset }) => {
      const part = { from: Math.max(from - offset, begins), to: Math.min(to - offset, ends) };
      return part.from < part.to ? [part] : [];
    });
  }

  /** Parts of a time during which the offset stays the same. */
  #steps(from: number, to: number): readonly (Interval & { readonly offset: number })[] {
    const steps: { from: number; to: number; offset: number }[] = [];
    const add = (begins: number, ends: number, offset: number) => {
      const last = steps.at(-1);
      if (last && last.offset === offset) last.to = ends;
      else steps.push({ from: begins, to: ends, offset });
    };
    for (let at = Math.floor(from / GRID) * GRID; at < to; at += GRID) {
      const [before, after] = [this.#gridOffset(at), this.#gridOffset(at + GRID)];
      if (before === after) {
        add(at, at + GRID, before);
        continue;
      }
      const change = this.#changeBetween(at, at + GRID, before);
      add(at, change, before);
      add(change, at + GRID, after);
    }
    return steps;
  }

  #gridOffset(time: number): number {
    const known = this.#offsets.get(time);
    if (known !== undefined) return known;
    const offset = this.offsetAt(time);
    this.#offsets.set(time, offset);
    return offset;
  }

  /** The first second with another offset than `before`. */
  #changeBetween(from: number, to: number, before: number): number {
    let [low, high] = [from / 1000, to / 1000];
    while (high - low > 1) {
      const middle = Math.floor((low + high) / 2);
      if (this.offsetAt(middle * 1000) === before) low = middle;
      else high = middle;
    }
    return high * 1000;
  }
}
