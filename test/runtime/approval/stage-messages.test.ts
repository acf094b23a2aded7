/** Who is told of each stage. */
import { describe, expect, it } from "vitest";
import { decide } from "../../../lib/runtime/approval/decide.ts";
import type { Message, Messenger } from "../../../lib/runtime/approval/notifier.ts";
import { requestApproval } from "../../../lib/runtime/approval/request-approval.ts";
import { createWorld } from "./approval-world.ts";
import { events, stageCall, withTokens, yes } from "./stage-world.ts";

describe("telling people", () => {
  function messenger(fails: readonly string[] = []): Messenger & { readonly told: string[] } {
    const told: string[] = [];
    return {
      told,
      async tell(kind: Message["kind"], _approval, to) {
        return to.map((one) => {
          told.push(`${kind} ${one}`);
          const failed = fails.includes(one);
          return {
            to: one,
            channel: failed ? null : "email",
            reference: failed ? null : "m-1",
            failures: failed ? [{ channel: "email", message: "no such mailbox" }] : [],
          };
        });
      },
    };
  }

  it("happens once a stage, and for everybody at the end", async () => {
    const world = createWorld();
    const post = messenger();
    const ports = { ...withTokens(world), messenger: post };
    const { id, reached } = await requestApproval(stageCall(0), ports);
    expect(reached).toEqual({ people: 1, nobody: 0 });
    await requestApproval(stageCall(0), ports);
    world.gone.add("token-0");
    await requestApproval(stageCall(1), ports);
    world.gone.add("token-1");
    await requestApproval(stageCall(2), ports);
    await decide(id, { ...yes, by: "head@example.com" }, ports);
    expect(post.told).toEqual([
      "request ada@example.com",
      "reminder ada@example.com",
      "escalation head@example.com",
      "decided ada@example.com",
      "decided head@example.com",
    ]);
    expect((await events(world)).filter((one) => one === "notified")).toHaveLength(3);
  });

  it("that fails leaves the request open, with nobody reached", async () => {
    const world = createWorld();
    const ports = { ...withTokens(world), messenger: messenger(["ada@example.com"]) };
    expect(await requestApproval(stageCall(0), ports)).toMatchObject({
      status: "open",
      reached: { people: 0, nobody: 1 },
    });
    const thrown: Messenger = { tell: () => Promise.reject(new Error("mail is down")) };
    const other = { ...withTokens(createWorld()), messenger: thrown };
    expect(await requestApproval(stageCall(0), other)).toMatchObject({
      status: "open",
      reached: { people: 0, nobody: 1 },
    });
  });
});
