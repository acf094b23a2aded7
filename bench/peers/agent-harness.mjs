/** What all programs of the agent loop share: how runs are timed, and what one of them holds. */
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { time } from "./report.mjs";

/** Tool calls of a run; the answer after the last one ends it. */
export const TOOL_CALLS = 10;

/** What each call of the tool returns besides its argument: half a kilobyte. */
export const FOUND = "The licence of this package is MIT, as its README says. ".repeat(10);

export const INSTRUCTIONS = "You find out under which licence a package stands.";
export const TASK = "Look into the package left-pad.";
export const TOOL = "look";
export const TOOL_DESCRIPTION = "Reads a part of a file of the package.";
export const ARTIFACT = { verdict: "good", quote: "The licence of this package is MIT" };

/** Arguments of the call in a turn, counted from 0: no two are alike. */
export function argumentsAt(turn) {
  return { at: `README.md, part ${turn + 1}` };
}

let holding;

/** A model calls it before its last answer: undefined, or what to wait for while memory is measured. */
export function beforeLastAnswer() {
  if (holding === undefined) return undefined;
  holding.arrived();
  return holding.released;
}

/**
 * Runs `warmup` times untimed, then `runs` times, one after the other; then `held` at once, which all
 * stop before their last answer, to see what one of them keeps in memory. `afterwards` is untimed.
 */
export async function measureRuns({ runs, warmup, held = 0 }, run) {
  for (let i = 0; i < warmup; i++) await run();
  const before = process.cpuUsage();
  const ms = await time(async () => {
    for (let i = 0; i < runs; i++) await run();
  });
  const { user, system } = process.cpuUsage(before);
  const parts = [
    { name: "processor time a run", value: (user + system) / 1000 / runs, unit: "ms" },
    { name: "peak memory", value: process.resourceUsage().maxRSS / 1024, unit: "MiB" },
  ];
  if (held > 0) {
    parts.push({ name: "heap that a run holds", value: await heldBy(held, run), unit: "KiB" });
  }
  return { value: runs / (ms / 1000), ms, parts };
}

async function heldBy(count, run) {
  setFlagsFromString("--expose-gc");
  const collect = runInNewContext("gc");
  collect();
  const before = process.memoryUsage().heapUsed;
  let release;
  let missing = count;
  const released = new Promise((resolve) => {
    release = resolve;
  });
  const all = new Promise((resolve) => {
    holding = {
      released,
      arrived() {
        missing -= 1;
        if (missing === 0) resolve();
      },
    };
  });
  const running = Array.from({ length: count }, () => run());
  // A run that fails never arrives.
  await Promise.race([all, Promise.all(running)]);
  collect();
  const bytes = process.memoryUsage().heapUsed - before;
  holding = undefined;
  release();
  await Promise.all(running);
  return bytes / count / 1024;
}
