/** The machines of the crash test: every way of waiting that the engine has, in one execution. */

const task = (name: string, more: object): object => ({
  Type: "Task",
  Resource: "arn:aws:states:::lambda:invoke",
  Arguments: {
    FunctionName: name,
    Payload: {
      key: `{% $states.context.Execution.Name & '/${name}/' & ($exists($states.context.Map) ? $string($states.context.Map.Item.Index) : '') %}`,
      value: "{% $states.input %}",
    },
  },
  Output: "{% $states.result.value %}",
  ...more,
});

/** Doubles each of a few numbers, two at a time. */
export const child = {
  QueryLanguage: "JSONata",
  StartAt: "Each",
  States: {
    Each: {
      Type: "Map",
      Items: "{% $states.input.numbers %}",
      MaxConcurrency: 2,
      ItemProcessor: {
        StartAt: "Double",
        States: {
          Double: task("double", { Next: "Rest" }),
          Rest: { Type: "Wait", Seconds: 1, End: true },
        },
      },
      Output: "{% $sum($states.result) %}",
      End: true,
    },
  },
};

export function everything(childArn: string): object {
  return {
    QueryLanguage: "JSONata",
    StartAt: "Begin",
    States: {
      Begin: {
        Type: "Pass",
        Assign: { id: "{% $uuid() %}", round: 0 },
        Next: "Together",
      },
      Together: {
        Type: "Parallel",
        Branches: [
          {
            StartAt: "Flaky",
            States: {
              Flaky: task("flaky", {
                Retry: [
                  { ErrorEquals: ["Flaky"], IntervalSeconds: 1, MaxAttempts: 3, BackoffRate: 1.5 },
                ],
                End: true,
              }),
            },
          },
          {
            StartAt: "Broken",
            States: {
              Broken: task("broken", {
                Catch: [
                  {
                    ErrorEquals: ["Broken"],
                    Output: "{% 'caught ' & $states.errorOutput.Error %}",
                    Next: "Mend",
                  },
                ],
                End: true,
              }),
              Mend: { Type: "Pass", End: true },
            },
          },
          {
            StartAt: "Ask",
            States: {
              Ask: {
                Type: "Task",
                Resource: "arn:aws:states:::lambda:invoke.waitForTaskToken",
                Arguments: {
                  FunctionName: "ask",
                  Payload: {
                    key: "{% $states.context.Execution.Name & '/ask/' %}",
                    token: "{% $states.context.Task.Token %}",
                  },
                },
                TimeoutSeconds: 90000,
                Output: "{% $states.result.value %}",
                End: true,
              },
            },
          },
          {
            StartAt: "Numbers",
            States: {
              Numbers: {
                Type: "Map",
                Items: "{% [1..4] %}",
                ItemProcessor: {
                  StartAt: "Work",
                  States: { Work: task("work", { End: true }) },
                },
                End: true,
              },
            },
          },
        ],
        Next: "Nested",
      },
      Nested: {
        Type: "Task",
        Resource: "arn:aws:states:::states:startExecution.sync:2",
        Arguments: {
          StateMachineArn: childArn,
          Input: { numbers: [1, 2, 3] },
        },
        Assign: { results: "{% $states.input %}" },
        Output: "{% $states.result.Output %}",
        Next: "Round",
      },
      Round: task("round", {
        Assign: { round: "{% $round + 1 %}" },
        Next: "Again",
      }),
      Again: {
        Type: "Choice",
        Choices: [{ Condition: "{% $round < 4 %}", Next: "Round" }],
        Default: "Compare",
      },
      Compare: task("echo", {
        Arguments: {
          FunctionName: "echo",
          Payload: { key: "{% $states.context.Execution.Name & '/echo/' %}", value: "{% $id %}" },
        },
        Output: {
          sameId: "{% $states.result.value = $id %}",
          results: "{% $results %}",
          sum: "{% $states.input %}",
          rounds: "{% $round %}",
        },
        Next: "Outcome",
      }),
      Outcome: {
        Type: "Choice",
        Choices: [{ Condition: "{% $states.context.Execution.Input.fails %}", Next: "Bad" }],
        Default: "Good",
      },
      Bad: { Type: "Fail", Error: "OnPurpose", Cause: "{% $string($states.input) %}" },
      Good: { Type: "Succeed" },
    },
  };
}
