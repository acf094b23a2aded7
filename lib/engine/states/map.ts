/** Inline Map, and distributed Map run in place: its iterations are not in the history. */
import { type Failure, NO_FAILURE, names, QueryFailure } from "../errors.ts";
import type { Execution } from "../execution.ts";
import { abortChildren, failFrame } from "../failure.ts";
import type { Frame } from "../frame.ts";
import { chain, type Eventual, isPromise, type Json } from "../json.ts";
import type { Scope } from "../query/language.ts";
import type { Runner } from "../runner.ts";
import { type Behaviour, exitWith } from "./behaviour.ts";
import { awaitRetry } from "./retry.ts";

/** AWS runs at most this many iterations of an inline Map at once. */
const INLINE_CONCURRENCY = 40;
const DISTRIBUTED_CONCURRENCY = 1_000;

export const map: Behaviour = {
  begin(run, x, f) {
    const { query, distributed } = f.current;
    const scope = run.scope(x, f);
    const plan = chain(query.items(scope), (items) =>
      chain(query.number("MaxConcurrency", scope), (most) => {
        const at = distributed ? DISTRIBUTED_CONCURRENCY : INLINE_CONCURRENCY;
        return chain(limitsOf(f, scope), (tolerated) => ({
          items,
          concurrency: most || at,
          tolerated,
        }));
      }),
    );
    return run.afterwards(plan, ({ items, concurrency, tolerated }) => {
      const extra = {
        items,
        concurrency,
        ...(distributed && tolerated.count !== undefined
          ? { toleratedCount: tolerated.count }
          : {}),
        ...(distributed && tolerated.share !== undefined
          ? { toleratedPercentage: tolerated.share }
          : {}),
      };
      x.record(run.now(), f, "MapStateStarted", { length: items.length }, { x: extra });
      if (tolerated.failure !== undefined) throw tolerated.failure;
      if (distributed) x.record(run.now(), f, "MapRunStarted", { mapRunArn: mapRunArn(x, f) });
    });
  },

  complete: exitWith,

  attach(run, x, f) {
    if (f.phase === "retrying") return awaitRetry(run, x, f);
    if (!f.attached) {
      f.attached = true;
      // As many as may run at once start here; each that ends makes room for the next.
      let free = f.concurrency;
      for (let i = 0; i < f.children.length; i++) {
        const child = f.children[i];
        // After a restart there may be a gap: an iteration whose input was not evaluated yet.
        if (child === undefined) start(run, x, f, f.last, i);
        if (child === undefined || child.phase !== "done") free--;
      }
      while (free-- > 0 && startNext(run, x, f, f.last));
    }
    for (let child = f.finished.shift(); child !== undefined; child = f.finished.shift()) {
      if (!settle(run, x, f, child)) return;
      startNext(run, x, f, child.last);
    }
    if (f.ended === f.items.length) finish(run, x, f);
  },
};

interface Limits {
  readonly count: number | undefined;
  readonly share: number | undefined;
  readonly failure?: QueryFailure;
}

/** AWS looks at the tolerated failures only once the Map has started: a failure comes later. */
function limitsOf(f: Frame, scope: Scope): Eventual<Limits> {
  const { query } = f.current;
  const failed = (thrown: unknown): Limits => {
    if (thrown instanceof QueryFailure)
      return { count: undefined, share: undefined, failure: thrown };
    throw thrown;
  };
  try {
    const limits = chain(query.number("ToleratedFailureCount", scope), (count) =>
      chain(
        query.number("ToleratedFailurePercentage", scope),
        (share): Limits => ({ count, share }),
      ),
    );
    return isPromise(limits) ? limits.catch(failed) : limits;
  } catch (thrown) {
    return failed(thrown);
  }
}

/** Starts the next iteration, if there is one. */
function startNext(run: Runner, x: Execution, f: Frame, prev: number): boolean {
  const index = f.children.length;
  if (index >= f.items.length) return false;
  // The place is taken at once, so that an iteration whose input takes a while keeps its turn.
  f.children.length = index + 1;
  start(run, x, f, prev, index);
  return true;
}

function start(run: Runner, x: Execution, f: Frame, prev: number, index: number): void {
  const item = f.items[index] as Json;
  const base = run.scope(x, f);
  const scope: Scope = {
    input: base.input,
    variables: base.variables,
    context: () => x.contextObject(f, undefined, { index, value: item }),
  };
  const started = run.afterwards(f.current.query.item(scope, item), (input) => {
    const d = { index, name: f.current.name };
    x.record(run.now(), f, "MapIterationStarted", d, {
      prev,
      x: { input },
      hidden: f.current.distributed,
    });
    run.schedule(x, f.children[index] as Frame);
  });
  if (started !== undefined) run.aside(x, f, started);
}

/** Takes note of an iteration that ended. False if the Map has failed with it. */
function settle(run: Runner, x: Execution, f: Frame, child: Frame): boolean {
  const { name, distributed } = f.current;
  const d = { index: child.index, name };
  const options = { prev: child.last, hidden: distributed };
  if (child.phase === "done") {
    x.record(run.now(), f, "MapIterationSucceeded", d, options);
    return true;
  }
  x.record(run.now(), f, "MapIterationFailed", d, options);
  if (distributed && tolerates(f)) return true;
  abortChildren(run, x, f);
  f.finished = [];
  if (distributed) x.record(run.now(), f, "MapRunFailed", undefined);
  const exceeded =
    f.toleratedCount !== undefined || f.toleratedPercentage !== undefined || distributed;
  const failure: Failure = exceeded
    ? {
        error: names.exceedToleratedFailureThreshold,
        cause: "The specified tolerated failure threshold was exceeded",
      }
    : (child.failure ?? NO_FAILURE);
  failFrame(run, x, f, failure, distributed ? undefined : child.last);
  return false;
}

function tolerates(f: Frame): boolean {
  if (f.toleratedCount === undefined && f.toleratedPercentage === undefined) return false;
  const withinCount = f.failures <= (f.toleratedCount ?? Number.POSITIVE_INFINITY);
  const share = (100 * f.failures) / f.items.length;
  return withinCount && share <= (f.toleratedPercentage ?? 100);
}

function finish(run: Runner, x: Execution, f: Frame): void {
  const { distributed } = f.current;
  if (distributed) x.record(run.now(), f, "MapRunSucceeded", undefined);
  x.record(run.now(), f, "MapStateSucceeded", undefined, distributed ? { prev: x.lastId } : {});
}

function mapRunArn(x: Execution, f: Frame): string {
  const base = x.start.machineArn.replace(":stateMachine:", ":mapRun:");
  return `${base}/${f.current.name}:${x.start.name}-${f.enteredId}`;
}
