/** setTimeout takes 31 bits of milliseconds. */
const LONGEST_TIMER = 2 ** 31 - 1;

/** What was called did not come back in its time. */
export class TimeIsUp extends Error {
  override readonly name = "TimeIsUp";
}

/**
 * What comes of a call that may take so many seconds. Throws `TimeIsUp` after them, and the signal's
 * reason as soon as there is one: whoever does the work may have no ear for the signal that it is
 * handed, and its time is up all the same. One controller, because `AbortSignal.any` and `timeout`
 * with their weak references took longer than all else of a turn.
 */
export async function withinTime<T>(
  seconds: number,
  signal: AbortSignal,
  perform: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  signal.throwIfAborted();
  const controller = new AbortController();
  let refuse: (reason: unknown) => void = () => undefined;
  const stopped = new Promise<never>((_resolve, reject) => {
    refuse = reject;
  });
  const stop = (reason: unknown) => {
    // First of all: what the work makes of its end does not count.
    refuse(reason);
    controller.abort(reason);
  };
  const onAbort = () => stop(signal.reason);
  signal.addEventListener("abort", onAbort, { once: true });
  const timer = setTimeout(
    () => stop(new TimeIsUp(`Nothing came back within ${seconds} s.`)),
    Math.min(LONGEST_TIMER, seconds * 1000),
  );
  timer.unref();
  try {
    return await Promise.race([perform(controller.signal), stopped]);
  } finally {
    clearTimeout(timer);
    signal.removeEventListener("abort", onAbort);
  }
}
