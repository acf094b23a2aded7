import type { GuardedWorld } from "./world.ts";

const PRINTING = ["log", "info", "debug", "warn", "error", "dir", "table", "trace"] as const;

/**
 * Nobody reads what replayed code prints, so it is not even formatted: libraries that find a variable
 * like `LOG_STREAM` in a turned environment print all that they do.
 */
export function guardConsole(world: GuardedWorld): void {
  for (const name of PRINTING) {
    const real = console[name].bind(console) as (...given: unknown[]) => void;
    console[name] = (...given: unknown[]) => {
      if (!world.active) real(...given);
    };
  }
}
