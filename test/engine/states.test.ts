import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { TaskError, VirtualClock } from "../../lib/engine/index.ts";
import { only, run } from "./engine-of.ts";

const RESOURCE = "arn:aws:states:::lambda:invoke";

describe("expressions", () => {
  it.each([
    ["$states.input.a", { a: [] }, []],
    ["$states.input.list.n", { list: [{ n: 1 }, { n: 2 }] }, [1, 2]],
    ["$partition([1,2,3], 2)", {}, [[1, 2], [3]]],
    ["$range(0, 6, 3)", {}, [0, 3, 6]],
    ["$parse('{\"a\":[1]}')", {}, { a: [1] }],
    ["$hash('x', 'SHA-1')", {}, "11f6ad8ec52a2984abaafd7c3b516503785c2072"],
    ["$random(7) = $random(7)", {}, true],
    ["$length($uuid())", {}, 36],
    ["$states.context.State.Name", {}, "S"],
    ["$type($states.context.Execution.Input)", {}, "object"],
  ])("%s", async (expression, input, output) => {
    const ran = await run(only({ Type: "Pass", Output: `{% ${expression} %}` }), { input });
    expect(ran.output ?? ran.end.cause).toEqual(output);
  });

  it.each([
    [
      "Output",
      "{% $number('x') %}",
      'threw an error during evaluation. D3030: Unable to cast value to a number: "x"',
    ],
    [
      "Output",
      "{% $eval('1') %}",
      "threw an error during evaluation. T1006: Attempted to invoke a non-function",
    ],
    [
      "Output",
      { a: ["{% $nope %}"] },
      "'$nope' specified for the field 'Output/a[0]' returned nothing (undefined).",
    ],
    ["Output", "{% function($x){$x} %}", "returned an unsupported result type."],
  ])("say in AWS's words why %s %j fails", async (field, value, words) => {
    const { end, chain } = await run(only({ Type: "Pass", [field]: value }));
    expect(end.error).toBe("States.QueryEvaluationError");
    expect(end.cause).toContain(
      "An error occurred while executing the state 'S' (entered at the event id #2). ",
    );
    expect(end.cause).toContain(words);
    expect(chain.slice(1)).toEqual([
      "2<0 PassStateEntered",
      "3<0 EvaluationFailed",
      "4<3 ExecutionFailed",
    ]);
  });

  it("leave any JSON that holds no expression as it is", async () => {
    await fc.assert(
      fc.asyncProperty(fc.jsonValue({ noUnicodeString: false, maxDepth: 3 }), async (value) => {
        const plain = JSON.parse(JSON.stringify(value)) as unknown;
        const ran = await run(only({ Type: "Pass", Output: plain }), { input: plain });
        expect(ran.output).toEqual(plain);
        const same = await run(only({ Type: "Pass", Output: "{% $states.input %}" }), {
          input: plain,
        });
        expect(same.output).toEqual(plain);
      }),
      { numRuns: 50 },
    );
  });
});

describe("variables", () => {
  it("are read in inner scopes, and what those assign is gone outside", async () => {
    const { output } = await run({
      StartAt: "A",
      States: {
        A: { Type: "Pass", Assign: { outer: 1 }, Next: "P" },
        P: {
          Type: "Parallel",
          Branches: [
            {
              StartAt: "B",
              States: {
                B: { Type: "Pass", Assign: { inner: "{% $outer + 1 %}" }, Next: "C" },
                C: { Type: "Pass", Output: "{% $inner %}", End: true },
              },
            },
          ],
          Next: "D",
        },
        D: { Type: "Pass", Output: "{% [$states.input, $exists($inner)] %}", End: true },
      },
    });
    expect(output).toEqual([2, false]);
  });

  it("are assigned all at once, from the values before", async () => {
    const { output } = await run({
      StartAt: "A",
      States: {
        A: { Type: "Pass", Assign: { x: 1, y: 2 }, Next: "B" },
        B: { Type: "Pass", Assign: { x: "{% $y %}", y: "{% $x %}" }, Next: "C" },
        C: { Type: "Pass", Output: "{% [$x, $y] %}", End: true },
      },
    });
    expect(output).toEqual([2, 1]);
  });
});

describe("Choice", () => {
  const machine = {
    StartAt: "C",
    States: {
      C: {
        Type: "Choice",
        Choices: [
          { Condition: "{% $states.input.n = 1 %}", Output: "one", Next: "End" },
          { Condition: "{% $states.input.n %}", Next: "End" },
        ],
      },
      End: { Type: "Succeed" },
    },
  };
  it("takes the first rule that holds, with its own output", async () => {
    expect((await run(machine, { input: { n: 1 } })).output).toBe("one");
  });
  it("wants a boolean", async () => {
    const { end } = await run(machine, { input: { n: 2 } });
    expect(end.cause).toContain(
      "the field 'Choices[1]/Condition' returned an unexpected result type. Expected 'boolean', but was 'number' for value: 2",
    );
  });
  it("fails where no rule holds and there is no default", async () => {
    const { end } = await run(machine, { input: { n: false } });
    expect(end.error).toBe("States.Runtime");
    expect(end.cause).toContain("Failed to transition out of the state.");
  });
});

describe("Wait", () => {
  it("waits so many seconds, or until a time", async () => {
    const clock = new VirtualClock({ start: 0, auto: true });
    const { end } = await run(only({ Type: "Wait", Seconds: "{% 3 * 60 %}" }), { clock });
    expect(Number(end.stopDate) - Number(end.startDate)).toBe(180_000);
    const until = await run(only({ Type: "Wait", Timestamp: "1970-01-02T00:00:00Z" }), {
      clock: new VirtualClock({ start: 0, auto: true }),
    });
    expect(Number(until.end.stopDate)).toBe(86_400_000);
  });
  it.each([[-1], [1.5], [100_000_000]])("refuses %d seconds", async (seconds) => {
    const { end } = await run(only({ Type: "Wait", Seconds: `{% ${seconds} %}` }));
    expect(end.error).toBe("States.QueryEvaluationError");
  });
});

describe("Task", () => {
  const flaky = (times: number) => async (task: { retryCount: number }) => {
    if (task.retryCount < times) throw new TaskError("Busy", "later");
    return task.retryCount;
  };
  it("retries with growing pauses, up to the longest", async () => {
    const clock = new VirtualClock({ start: 0, auto: true });
    const Retry = [
      {
        ErrorEquals: ["Busy"],
        IntervalSeconds: 2,
        BackoffRate: 3,
        MaxAttempts: 4,
        MaxDelaySeconds: 10,
      },
    ];
    const { end, output } = await run(only({ Type: "Task", Resource: RESOURCE, Retry }), {
      clock,
      invoke: flaky(4),
    });
    expect(output).toBe(4);
    expect(Number(end.stopDate)).toBe(1000 * (2 + 6 + 10 + 10));
  });
  it("pauses at random up to the full pause with jitter", async () => {
    const clock = new VirtualClock({ start: 0, auto: true });
    const Retry = [
      { ErrorEquals: ["States.ALL"], IntervalSeconds: 100, MaxAttempts: 1, JitterStrategy: "FULL" },
    ];
    const { end } = await run(only({ Type: "Task", Resource: RESOURCE, Retry }), {
      clock,
      invoke: flaky(1),
    });
    expect(Number(end.stopDate)).toBeLessThan(100_000);
  });
  it.each([
    [["Busy"], true],
    [["States.TaskFailed"], true],
    [["States.ALL"], true],
    [["States.Timeout"], false],
  ])("catches by %j: %s", async (errors, caught) => {
    const machine = {
      StartAt: "T",
      States: {
        T: {
          Type: "Task",
          Resource: RESOURCE,
          Catch: [
            {
              ErrorEquals: errors,
              Assign: { e: "{% $states.errorOutput.Error %}" },
              Output: "{% $states.errorOutput.Cause %}",
              Next: "Z",
            },
          ],
          End: true,
        },
        Z: { Type: "Pass", Output: "{% [$e, $states.input] %}", End: true },
      },
    };
    const ran = await run(machine, { invoke: flaky(9) });
    expect(ran.output ?? ran.end.error).toEqual(caught ? ["Busy", "later"] : "Busy");
  });
  it("does not run a catcher's own failing expression for ever", async () => {
    const { end } = await run(
      {
        StartAt: "T",
        States: {
          T: {
            Type: "Task",
            Resource: RESOURCE,
            Catch: [{ ErrorEquals: ["States.ALL"], Output: "{% $nope %}", Next: "Z" }],
            End: true,
          },
          Z: { Type: "Succeed" },
        },
      },
      { invoke: flaky(9) },
    );
    expect(end.cause).toContain("'Catch[0]/Output' returned nothing");
  });
  it("times out, and tells the invoker", async () => {
    const clock = new VirtualClock();
    let aborted = false;
    const { end, chain } = await run(
      only({ Type: "Task", Resource: RESOURCE, TimeoutSeconds: 5 }),
      {
        clock,
        invoke(task) {
          task.signal.addEventListener("abort", () => {
            aborted = true;
          });
          setImmediate(() => clock.advance(6_000));
          return new Promise(() => {});
        },
      },
    );
    expect(aborted).toBe(true);
    expect(end.error).toBe("States.Timeout");
    expect(chain.at(-2)).toBe("5<4 TaskTimedOut");
  });
  it("that gives null has null as its output, unlike a task that gives its input", async () => {
    const { output } = await run(only({ Type: "Task", Resource: RESOURCE }), {
      input: { a: 1 },
      invoke: async () => null,
    });
    expect(output).toBeNull();
    const silent = await run(only({ Type: "Task", Resource: RESOURCE }), {
      input: { a: 1 },
      invoke: async () => undefined,
    });
    expect(silent.output).toBeNull();
  });
  it("is asked with null where its arguments are null", async () => {
    const { output } = await run(
      only({
        Type: "Task",
        Resource: RESOURCE,
        Arguments: null,
        Output: ["{% $states.result %}", null],
      }),
    );
    expect(output).toEqual([null, null]);
  });
  it("fails with States.DataLimitExceeded when its result is over 256 KiB", async () => {
    const { end } = await run(only({ Type: "Task", Resource: RESOURCE }), {
      invoke: async () => "é".repeat(140_000),
    });
    expect(end.error).toBe("States.DataLimitExceeded");
  });
});

describe("Parallel and Map", () => {
  const branch = (state: object) => ({ StartAt: "X", States: { X: state } });
  it("abort what is under way when a branch fails, and go on where they are caught", async () => {
    const { output, chain } = await run({
      StartAt: "P",
      States: {
        P: {
          Type: "Parallel",
          Branches: [
            branch({ Type: "Wait", Seconds: 100, End: true }),
            branch({ Type: "Fail", Error: "E", Cause: "C" }),
          ],
          Catch: [{ ErrorEquals: ["E"], Next: "Z" }],
          End: true,
        },
        Z: { Type: "Pass", End: true },
      },
    });
    expect(output).toEqual({ Error: "E", Cause: "C" });
    expect(chain.slice(3, 9)).toEqual([
      "4<3 WaitStateEntered",
      "5<3 FailStateEntered",
      "6<4 WaitStateAborted",
      "7<5 ParallelStateFailed",
      "8<7 ParallelStateExited",
      "9<8 PassStateEntered",
    ]);
  });
  it("run no more iterations at once than they may, and keep the order", async () => {
    let now = 0;
    let most = 0;
    const { output } = await run(
      only({
        Type: "Map",
        Items: "{% [1..9] %}",
        MaxConcurrency: 3,
        ItemSelector: {
          n: "{% $states.context.Map.Item.Value %}",
          i: "{% $states.context.Map.Item.Index %}",
        },
        ItemProcessor: branch({
          Type: "Task",
          Resource: RESOURCE,
          Arguments: "{% $states.input %}",
          Output: "{% $states.result.n * 10 + $states.result.i %}",
          End: true,
        }),
      }),
      {
        invoke: async (task) => {
          most = Math.max(most, ++now);
          await new Promise((resolve) => setTimeout(resolve, Math.random() * 5));
          now--;
          return task.arguments;
        },
      },
    );
    expect(output).toEqual([10, 21, 32, 43, 54, 65, 76, 87, 98]);
    expect(most).toBe(3);
  });
  it("run thousands of iterations, one after the other, without running out of stack", async () => {
    const { output, end } = await run(
      only({
        Type: "Map",
        Items: "{% [1..3000] %}",
        MaxConcurrency: 1,
        ItemProcessor: branch({ Type: "Pass", End: true }),
        Output: "{% $sum($states.result) %}",
      }),
    );
    expect(output ?? end.cause).toBe(4_501_500);
  });
});

describe("an execution", () => {
  it("runs out of time", async () => {
    const { end, chain } = await run({
      TimeoutSeconds: 10,
      ...only({ Type: "Wait", Seconds: 100 }),
    });
    expect(end).toMatchObject({ status: "TIMED_OUT" });
    expect(end.error).toBeUndefined();
    expect(chain.at(-1)).toBe("3<0 ExecutionTimedOut");
  });
  it("ends at 25,000 events", async () => {
    const { end, engine } = await run({
      StartAt: "A",
      States: {
        A: { Type: "Choice", Choices: [{ Condition: "{% true %}", Next: "A" }], Default: "B" },
        B: { Type: "Succeed" },
      },
    });
    expect(end.cause).toBe("The execution reached the maximum number of history events (25000).");
    const { events } = await engine.getExecutionHistory({
      executionArn: end.executionArn,
      reverseOrder: true,
      maxResults: 1,
    });
    expect(events[0]).toMatchObject({
      id: 25_000,
      previousEventId: 24_999,
      type: "ExecutionFailed",
    });
  });
});
