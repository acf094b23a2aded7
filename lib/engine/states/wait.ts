import { QueryFailure } from "../errors.ts";
import { chain } from "../json.ts";
import { type Behaviour, exitWith } from "./behaviour.ts";
import { parseTimestamp } from "./timestamp.ts";

export const wait: Behaviour = {
  begin(run, x, f) {
    const { query, language } = f.current;
    const scope = run.scope(x, f);
    const until = chain(query.number("Seconds", scope), (seconds) => {
      if (seconds !== undefined) return run.now() + seconds * 1000;
      return chain(query.text("Timestamp", scope), (text) => {
        const at = parseTimestamp(text ?? "");
        if (at !== undefined) return at;
        throw language === "JSONata"
          ? new QueryFailure(
              "States.QueryEvaluationError",
              `The Timestamp field cannot be parsed as an ISO-8601 extended offset date-time format string: ${text}`,
              "Timestamp",
              true,
            )
          : new QueryFailure("States.Runtime", badTimestamp(f.current.raw, text ?? ""));
      });
    });
    return run.afterwards(until, (at) => {
      if (at > run.now()) {
        x.note(run.now(), f, "wait", { at });
        return;
      }
      f.result = f.value;
      f.phase = "succeeded";
    });
  },
  complete: exitWith,
  attach(run, x, f) {
    f.cancel.push(
      run.host.clock.setTimer(f.wakeAt, () =>
        run.enter(x, () => {
          const waited = f.phase === "waiting";
          f.detach();
          // What follows is the exit's record: until it is written, a restart waits again.
          f.phase = waited ? "succeeded" : "entered";
          if (waited) f.result = f.value;
          run.schedule(x, f);
        }),
      ),
    );
  },
};

function badTimestamp(raw: { readonly TimestampPath?: unknown }, text: string): string {
  return typeof raw.TimestampPath === "string"
    ? `The TimestampPath parameter does not reference a valid ISO-8601 extended offset date-time format string: ${raw.TimestampPath} == ${text}`
    : `The Timestamp parameter is not a valid ISO-8601 extended offset date-time format string: ${text}`;
}
