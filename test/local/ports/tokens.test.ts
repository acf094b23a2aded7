import { Engine, type TaskCall } from "../../../lib/engine/index.ts";
import { engineTokens } from "../../../lib/local/runtime/engine-calls.ts";
import type { Json } from "../../../lib/runtime/json.ts";
import { describeTokens, type TaskEnd, type WaitingTask } from "../../contract/describe-tokens.ts";

const ROLE = "arn:aws:iam::000000000000:role/test";

/** One task that waits for its token. */
function definition(heartbeatSeconds: number | undefined): string {
  return JSON.stringify({
    QueryLanguage: "JSONata",
    StartAt: "Ask",
    States: {
      Ask: {
        Type: "Task",
        Resource: "arn:aws:states:::lambda:invoke.waitForTaskToken",
        Arguments: { FunctionName: "ask", Payload: { token: "{% $states.context.Task.Token %}" } },
        ...(heartbeatSeconds !== undefined && { HeartbeatSeconds: heartbeatSeconds }),
        End: true,
      },
    },
  });
}

describeTokens("the engine's", async () => {
  const asked: ((token: string) => void)[] = [];
  const engine = await Engine.open({
    invoke: async (task: TaskCall) => {
      asked.shift()?.(task.taskToken ?? "");
      return { StatusCode: 200 };
    },
  });
  const executions = new Map<WaitingTask, string>();
  let machines = 0;
  return {
    port: {
      tokens: engineTokens(() => engine),
      async startTask({ heartbeatSeconds } = {}) {
        const { stateMachineArn } = await engine.createStateMachine({
          name: `ask-${++machines}`,
          definition: definition(heartbeatSeconds),
          roleArn: ROLE,
        });
        const token = new Promise<string>((resolve) => asked.push(resolve));
        const { executionArn } = await engine.startExecution({ stateMachineArn });
        const task = { token: await token, ended: endOf(engine, executionArn) };
        executions.set(task, executionArn);
        return task;
      },
      async stopTask(task) {
        await engine.stopExecution({ executionArn: executions.get(task) ?? "" });
        await task.ended;
      },
    },
    close: () => engine.close(),
  };
});

async function endOf(engine: Engine, executionArn: string): Promise<TaskEnd> {
  const { output, error, cause } = await engine.waitForEnd(executionArn);
  if (output !== undefined) return { output: JSON.parse(output) as Json };
  return { error: error ?? "", cause: cause ?? "" };
}
