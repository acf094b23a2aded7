import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Json } from "../../lib/runtime/json.ts";
import type { Tokens } from "../../lib/runtime/ports.ts";
import type { MakeAdapter } from "./adapter.ts";

export type TaskEnd =
  | { readonly output: Json }
  | { readonly error: string; readonly cause: string };

export interface WaitingTask {
  readonly token: string;
  /** How the task ended, as the state machine saw it. */
  readonly ended: Promise<TaskEnd>;
}

/** `Tokens`, and a state machine that waits for them. */
export interface TokenWorld {
  readonly tokens: Tokens;
  /** Starts a task that waits for its token, until `heartbeatSeconds` go by without a heartbeat. */
  startTask(options?: { readonly heartbeatSeconds?: number }): Promise<WaitingTask>;
  /** Ends the task from the other side, as StopExecution does. */
  stopTask(task: WaitingTask): Promise<void>;
}

const gone = { name: "TokenGone" };

/** The contract of `Tokens`. */
export function describeTokens(name: string, make: MakeAdapter<TokenWorld>): void {
  describe(`Tokens: ${name}`, () => {
    let world: Awaited<ReturnType<typeof make>>;

    beforeEach(async () => {
      world = await make();
    });
    afterEach(() => world.close?.());

    it.each<[string, Json]>([
      ["an object", { verdict: "approved", reasons: ["fine", "tested"], at: 12.5 }],
      ["null", null],
      ["a text beyond ASCII", "grün 🌿"],
      ["a list", [1, [2, { three: null }]]],
      ["false", false],
    ])("ends the task with %s as its output", async (_case, output) => {
      const { tokens, startTask } = world.port;
      const task = await startTask();
      await tokens.succeed(task.token, output);
      expect(await task.ended).toEqual({ output });
    });

    it("fails the task with error and cause", async () => {
      const { tokens, startTask } = world.port;
      const task = await startTask();
      await tokens.fail(task.token, "Approval.Rejected", '{"by":"ann@example.com"}');
      expect(await task.ended).toEqual({
        error: "Approval.Rejected",
        cause: '{"by":"ann@example.com"}',
      });
    });

    it("keeps tasks apart", async () => {
      const { tokens, startTask } = world.port;
      const one = await startTask();
      const two = await startTask();
      expect(one.token).not.toBe(two.token);
      await tokens.succeed(two.token, "two");
      await tokens.succeed(one.token, "one");
      expect(await one.ended).toEqual({ output: "one" });
      expect(await two.ended).toEqual({ output: "two" });
    });

    it("takes one answer only, whatever comes second", async () => {
      const { tokens, startTask } = world.port;
      const task = await startTask();
      await tokens.succeed(task.token, 1);
      await expect(tokens.succeed(task.token, 2)).rejects.toMatchObject(gone);
      await expect(tokens.fail(task.token, "Late", "")).rejects.toMatchObject(gone);
      await expect(tokens.heartbeat(task.token)).rejects.toMatchObject(gone);
      expect(await task.ended).toEqual({ output: 1 });
    });

    it("takes one of many answers that come at once", async () => {
      const { tokens, startTask } = world.port;
      const task = await startTask();
      const answers = await Promise.allSettled(
        Array.from({ length: 10 }, (_, index) => tokens.succeed(task.token, index)),
      );
      const taken = answers.flatMap(({ status }, index) => (status === "fulfilled" ? [index] : []));
      expect(taken).toHaveLength(1);
      expect(await task.ended).toEqual({ output: taken[0] });
    });

    it.each([
      ["was never given out", "AQCEAAAAKgAAAAMAAAAA"],
      ["is none", "x"],
    ])("says that a token that %s is gone", async (_case, token) => {
      const { tokens } = world.port;
      await expect(tokens.succeed(token, null)).rejects.toMatchObject(gone);
      await expect(tokens.fail(token, "E", "c")).rejects.toMatchObject(gone);
      await expect(tokens.heartbeat(token)).rejects.toMatchObject(gone);
    });

    it("says that the token of a stopped task is gone", async () => {
      const { tokens, startTask, stopTask } = world.port;
      const task = await startTask();
      await stopTask(task);
      await expect(tokens.succeed(task.token, null)).rejects.toMatchObject(gone);
    });

    it("takes heartbeats while the task waits, and its answer after them", async () => {
      const { tokens, startTask } = world.port;
      const task = await startTask({ heartbeatSeconds: 60 });
      await tokens.heartbeat(task.token);
      await tokens.heartbeat(task.token);
      await tokens.succeed(task.token, "done");
      expect(await task.ended).toEqual({ output: "done" });
    });

    it("says that the token of a task without heartbeats is gone", async () => {
      const { tokens, startTask } = world.port;
      const task = await startTask({ heartbeatSeconds: 1 });
      expect(await task.ended).toMatchObject({
        // AWS reports a missing heartbeat under either name.
        error: expect.stringMatching(/^States\.(Heartbeat)?Timeout$/),
      });
      await expect(tokens.heartbeat(task.token)).rejects.toMatchObject(gone);
    });
  });
}
