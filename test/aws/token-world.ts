/** Tasks that wait for their tokens, behind the Step Functions API of the local runtime. */

import type { AddressInfo } from "node:net";
import { serve } from "@hono/node-server";
import { Engine, type TaskCall } from "../../lib/engine/index.ts";
import { stepFunctionsApi } from "../../lib/local/stepfunctions/index.ts";
import type { Json } from "../../lib/runtime/json.ts";
import type { Tokens } from "../../lib/runtime/ports.ts";
import type { Adapter } from "../contract/adapter.ts";
import type { TaskEnd, TokenWorld, WaitingTask } from "../contract/describe-tokens.ts";

const ROLE = "arn:aws:iam::000000000000:role/test";

/** The Step Functions API on 127.0.0.1, on an engine that performs tasks with `invoke`. */
export async function serveStepFunctions(engine: Engine) {
  const api = stepFunctionsApi(engine);
  const server = await new Promise<ReturnType<typeof serve>>((resolve) => {
    const made = serve({ fetch: api.fetch, hostname: "127.0.0.1", port: 0 }, () => resolve(made));
  });
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: async () => {
      if ("closeAllConnections" in server) server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** One task that waits for its token. */
function definition(heartbeatSeconds: number | undefined): string {
  const waiting = {
    Type: "Task",
    Resource: "arn:aws:states:::lambda:invoke.waitForTaskToken",
    Arguments: { FunctionName: "ask", Payload: { token: "{% $states.context.Task.Token %}" } },
    ...(heartbeatSeconds !== undefined && { HeartbeatSeconds: heartbeatSeconds }),
    End: true,
  };
  return JSON.stringify({ QueryLanguage: "JSONata", StartAt: "Ask", States: { Ask: waiting } });
}

export async function tokenWorld(
  makeTokens: (url: string) => Tokens,
): Promise<Adapter<TokenWorld>> {
  const asked: ((token: string) => void)[] = [];
  const engine = await Engine.open({
    invoke: async (task: TaskCall) => {
      asked.shift()?.(task.taskToken ?? "");
      return { StatusCode: 200 };
    },
  });
  const server = await serveStepFunctions(engine);
  const executions = new Map<WaitingTask, string>();
  let machines = 0;
  return {
    port: {
      tokens: makeTokens(server.url),
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
    async close() {
      await server.close();
      await engine.close();
    },
  };
}

async function endOf(engine: Engine, executionArn: string): Promise<TaskEnd> {
  const { output, error, cause } = await engine.waitForEnd(executionArn);
  if (output !== undefined) return { output: JSON.parse(output) as Json };
  return { error: error ?? "", cause: cause ?? "" };
}
