import { NO_FAILURE } from "../errors.ts";
import { abortChildren, failFrame } from "../failure.ts";
import { type Behaviour, exitWith } from "./behaviour.ts";
import { awaitRetry } from "./retry.ts";

export const parallel: Behaviour = {
  begin(run, x, f) {
    return run.afterwards(f.current.query.payload(run.scope(x, f)), (input) => {
      x.record(run.now(), f, "ParallelStateStarted", undefined, { x: { input } });
    });
  },

  complete: exitWith,

  attach(run, x, f) {
    if (f.phase === "retrying") return awaitRetry(run, x, f);
    if (!f.attached) {
      f.attached = true;
      for (const branch of f.children) if (branch.phase === "new") run.schedule(x, branch);
    }
    for (let branch = f.finished.shift(); branch !== undefined; branch = f.finished.shift()) {
      f.last = branch.last;
      if (branch.phase === "done") continue;
      abortChildren(run, x, f);
      f.finished = [];
      failFrame(run, x, f, branch.failure ?? NO_FAILURE, branch.last);
      return;
    }
    if (!f.children.every((branch) => branch.phase === "done")) return;
    x.record(run.now(), f, "ParallelStateSucceeded", undefined);
  },
};
