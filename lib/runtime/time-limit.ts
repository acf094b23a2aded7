import { StepError } from "./errors.ts";
import type { Clock } from "./ports.ts";

/** setTimeout takes 31 bits of milliseconds; no function runs that long. */
const LONGEST_TIMER = 2 ** 31 - 1;

/**
 * A signal that aborts shortly before the deadline (5 % of the remaining time, 50 ms to 1 s), so that
 * a handler can stop in order. Its reason has the name that Lambda gives to a function that it ends.
 */
export function timeLimit(
  deadline: Date,
  clock: Clock,
): { readonly signal: AbortSignal; clear(): void } {
  const controller = new AbortController();
  const left = deadline.getTime() - clock.now().getTime();
  const margin = Math.min(1000, Math.max(50, left * 0.05));
  const timer = setTimeout(
    () => {
      const seconds = (left / 1000).toFixed(2);
      controller.abort(
        new StepError(
          "Sandbox.Timedout",
          `The step was stopped shortly before its ${seconds} s were up.`,
        ),
      );
    },
    Math.min(LONGEST_TIMER, Math.max(0, left - margin)),
  );
  // The handler's own work keeps the process alive, not this timer.
  timer.unref();
  return { signal: controller.signal, clear: () => clearTimeout(timer) };
}
