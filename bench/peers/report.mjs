/**
 * How a measured program speaks: one JSON line on stdout, then the end of the process. The options
 * come as one JSON argument.
 */

/** Runs `measure` and prints its result, or why it cannot be had on this machine. */
export async function report(measure) {
  const line = JSON.stringify(await outcome(measure));
  // A peer may hold handles of its own (timers, databases); the measure is over.
  process.stdout.write(`${line}\n`, () => process.exit(0));
}

async function outcome(measure) {
  try {
    return await measure(JSON.parse(process.argv[2] ?? "{}"));
  } catch (error) {
    const [line] = String(error?.message ?? error).split("\n");
    return { unavailable: line.replace(/ imported from .*$/, " (not installed, or not built)") };
  }
}

/** Milliseconds that `work` takes. */
export async function time(work) {
  const start = performance.now();
  await work();
  return performance.now() - start;
}
