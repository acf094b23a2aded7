import { describe, expect, it } from "vitest";
import type { TaskCall } from "../../../lib/engine/index.ts";
import type { EventLog } from "../../../lib/local/runtime/event-log.ts";
import { APPROVAL_FUNCTION } from "../../../lib/local/runtime/placeholders.ts";
import { localTasks } from "../../../lib/local/runtime/task-invoker.ts";
import { listApprovals } from "../../../lib/runtime/approval/find-approvals.ts";
import { TokenGone } from "../../../lib/runtime/errors.ts";
import type { Json } from "../../../lib/runtime/json.ts";
import { approvalCall, createWorld } from "../../runtime/approval/approval-world.ts";

/** What became of a request that was still being stored when its task was let go of. */
async function letGoOf(heartbeat: () => Promise<void>): Promise<string | undefined> {
  const { ports } = createWorld();
  const tasks = localTasks({
    functions: { invoke: async () => ({ payload: null, version: "1" }) },
    ports: { ...ports, tokens: { ...ports.tokens, heartbeat } },
    events: {} as EventLog,
  });
  const stopped = new AbortController();
  stopped.abort();
  const task = {
    resource: "arn:aws:states:::lambda:invoke.waitForTaskToken",
    stateName: "review",
    arguments: { FunctionName: APPROVAL_FUNCTION, Payload: approvalCall() as unknown as Json },
    signal: stopped.signal,
  } as unknown as TaskCall;
  await tasks.invoke(task).catch(() => undefined);
  return (await listApprovals({}, ports))[0]?.status;
}

describe("a request for approval whose task is let go of while it is stored", () => {
  it("is closed where the task is gone: nobody waits for it", async () => {
    const gone = () => Promise.reject(new TokenGone("the run was stopped"));
    expect(await letGoOf(gone)).toBe("cancelled");
  });

  it("stays open where the runtime closes: opened again, the run waits for it", async () => {
    const closed = () => Promise.reject(new Error("The engine is closed."));
    expect(await letGoOf(closed)).toBe("open");
  });
});
