/** How long something may take, as people write it in manifests: `30s`, `5m`, `12h`, `7d`. */

const SECONDS_IN = { s: 1, m: 60, h: 3600, d: 86_400 } as const;

/** For schemas that editors read; `parseDuration` is the judge. */
export const DURATION_PATTERN = /^[1-9][0-9]{0,8}[smhd]$/;

/** A year: the longest that a standard Step Functions execution may run. */
export const MAX_DURATION_SECONDS = 365 * SECONDS_IN.d;

/**
 * Reads a whole number and a unit (`s`, `m`, `h`, `d`), without a space between them.
 * Returns seconds, 1 to 31,536,000 (365 days), or undefined if the text is no such duration.
 */
export function parseDuration(text: string): number | undefined {
  if (!DURATION_PATTERN.test(text)) return undefined;
  const unit = text.at(-1) as keyof typeof SECONDS_IN;
  const seconds = Number(text.slice(0, -1)) * SECONDS_IN[unit];
  return seconds <= MAX_DURATION_SECONDS ? seconds : undefined;
}

/** Writes seconds in the largest unit that divides them: 90 is `90s`, 3600 is `1h`. */
export function formatDuration(seconds: number): string {
  for (const unit of ["d", "h", "m"] as const) {
    if (seconds >= SECONDS_IN[unit] && seconds % SECONDS_IN[unit] === 0) {
      return `${seconds / SECONDS_IN[unit]}${unit}`;
    }
  }
  return `${seconds}s`;
}
