import { performance } from "node:perf_hooks";
import type { GuardedWorld } from "./world.ts";

/** `Date`, `performance.now` and `process.hrtime` ask the world while a step's code runs. */
export function guardClock(world: GuardedWorld): void {
  const Real = globalThis.Date;
  const realNow = Real.now.bind(Real);
  const look = (what: string) => {
    world.use("clock", what);
    return world.now();
  };
  Real.now = () => (world.active ? look("Date.now") : realNow());
  const Guarded: DateConstructor = new Proxy(Real, {
    construct(target, given: unknown[], newTarget): object {
      const args = given.length === 0 && world.active ? [look("new Date")] : given;
      return Reflect.construct(target, args, newTarget === Guarded ? target : newTarget) as object;
    },
    apply(target) {
      return world.active ? new target(look("Date")).toString() : target();
    },
  });
  Object.defineProperty(Real.prototype, "constructor", { value: Guarded });
  globalThis.Date = Guarded;

  const performanceNow = performance.now.bind(performance);
  Object.defineProperty(performance, "now", {
    value: () => (world.active ? look("performance.now") % 1e9 : performanceNow()),
  });
  const { hrtime, uptime } = process;
  const elapsed = (since?: [number, number]): [number, number] => {
    if (!world.active) return hrtime(since);
    const now = look("process.hrtime");
    const [seconds, nanos] = [Math.floor(now / 1000), (now % 1000) * 1e6];
    const [s, n] = since ?? [0, 0];
    return nanos < n ? [seconds - s - 1, nanos - n + 1e9] : [seconds - s, nanos - n];
  };
  const bigint = () =>
    world.active ? BigInt(look("process.hrtime")) * 1_000_000n : hrtime.bigint();
  process.hrtime = Object.assign(elapsed, { bigint });
  process.uptime = () => (world.active ? (look("process.uptime") % 1e6) / 1000 : uptime());
}
