import { describe, expect, it } from "vitest";
import { FunctionFailure } from "../../../lib/local/functions/function-failure.ts";
import { type CallFunction, OutgoingCalls } from "../../../lib/local/functions/outgoing-calls.ts";
import type { HostMessage } from "../../../lib/local/functions/protocol.ts";

function calls(perform: CallFunction) {
  const answers: HostMessage[] = [];
  return { answers, calls: new OutgoingCalls(perform, (answer) => answers.push(answer)) };
}

const message = (call: number, name = "files-read") =>
  ({ type: "call", call, function: name, payload: { a: 1 } }) as const;

describe("calls that a worker asks its host for", () => {
  it("are answered by their number, whichever ends first", async () => {
    const ends = new Map<string, (value: number) => void>();
    const made = calls((name) => new Promise((resolve) => ends.set(name, resolve)));
    const both = [made.calls.begin(message(1, "slow")), made.calls.begin(message(2, "quick"))];
    ends.get("quick")?.(2);
    ends.get("slow")?.(1);
    await Promise.all(both);
    expect(made.answers).toEqual([
      { type: "returned", call: 2, text: "2" },
      { type: "returned", call: 1, text: "1" },
    ]);
  });

  it.each([
    [
      "a function's own error",
      new FunctionFailure({ errorType: "Tool.Failed", errorMessage: "x" }),
    ],
    ["an error of the host", Object.assign(new Error("x"), { name: "Tool.Failed" })],
  ])("carry the name of %s", async (_, error) => {
    const made = calls(() => Promise.reject(error));
    await made.calls.begin(message(1));
    expect(made.answers).toEqual([
      { type: "threw", call: 1, error: { errorType: "Tool.Failed", errorMessage: "x" } },
    ]);
  });

  it("are aborted and no longer answered when nobody waits for them", async () => {
    const signals: AbortSignal[] = [];
    const made = calls(
      (_name, _payload, signal) =>
        new Promise((_resolve, reject) => {
          signals.push(signal);
          signal.addEventListener("abort", () => reject(signal.reason));
        }),
    );
    const all = [1, 2, 3].map((call) => made.calls.begin(message(call)));
    made.calls.abandon(2);
    expect(signals.map(({ aborted }) => aborted)).toEqual([false, true, false]);
    made.calls.abandonAll();
    expect(signals.every(({ aborted }) => aborted)).toBe(true);
    await Promise.all(all);
    expect(made.answers).toEqual([]);
  });
});
