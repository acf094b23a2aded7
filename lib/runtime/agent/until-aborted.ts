/**
 * What comes of the promise, or the signal's reason as soon as there is one: whoever does the work may
 * have no ear for the signal, and its time is up all the same.
 */
export async function untilAborted<T>(perform: () => Promise<T>, signal: AbortSignal): Promise<T> {
  signal.throwIfAborted();
  let stop: (() => void) | undefined;
  const aborted = new Promise<never>((_resolve, reject) => {
    stop = () => reject(signal.reason);
    signal.addEventListener("abort", stop, { once: true });
  });
  try {
    return await Promise.race([perform(), aborted]);
  } finally {
    if (stop) signal.removeEventListener("abort", stop);
  }
}
