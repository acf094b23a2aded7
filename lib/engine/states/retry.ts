import type { Execution } from "../execution.ts";
import type { Frame } from "../frame.ts";
import type { Runner } from "../runner.ts";

/** Waits until the pause before the next attempt is over. */
export function awaitRetry(run: Runner, x: Execution, f: Frame): void {
  f.attached = true;
  f.cancel.push(
    run.host.clock.setTimer(f.wakeAt, () =>
      run.enter(x, () => {
        f.detach();
        f.phase = "entered";
        run.schedule(x, f);
      }),
    ),
  );
}
