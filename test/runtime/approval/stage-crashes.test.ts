/** Stages and decisions that end in the middle, or meet. */
import { describe, expect, it } from "vitest";
import { decide } from "../../../lib/runtime/approval/decide.ts";
import { deliverPending } from "../../../lib/runtime/approval/deliver.ts";
import { getApproval } from "../../../lib/runtime/approval/find-approvals.ts";
import { requestApproval } from "../../../lib/runtime/approval/request-approval.ts";
import { Crash, crashing, createWorld } from "./approval-world.ts";
import { events, stageCall, timeOut, withTokens, yes } from "./stage-world.ts";

describe("crashes", () => {
  it("at any call leave a decision that is delivered once, in whatever stage", async () => {
    for (const stage of [0, 1, 2]) {
      const by = stage === 2 ? "head@example.com" : "ada@example.com";
      let died = 0;
      for (const when of ["before", "after"] as const) {
        for (let at = 1; ; at += 1) {
          const world = createWorld();
          const ports = withTokens(world);
          const { id } = await requestApproval(stageCall(stage), ports);
          let crashed = false;
          const outcome = await decide(id, { ...yes, by }, crashing(ports, at, when)).catch(
            (error: unknown) => {
              if (!(error instanceof Crash)) throw error;
              crashed = true;
            },
          );
          if (!crashed && outcome?.delivered) break;
          died += 1;
          await deliverPending(ports);
          const stands = await getApproval(id, ports);
          if (!stands.decision) await decide(id, { ...yes, by }, ports);
          await deliverPending(ports);
          expect([stage, when, at, world.heard.length]).toEqual([stage, when, at, 1]);
          expect((await getApproval(id, ports)).delivered).toBe(true);
          const told = await events(world);
          for (const once of ["requested", "decided", "delivered"]) {
            expect([at, once, told.filter((one) => one === once).length]).toEqual([at, once, 1]);
          }
        }
      }
      expect(died).toBeGreaterThan(10);
    }
  });

  it("at any call of a stage leave a request that the next attempt completes", async () => {
    for (const when of ["before", "after"] as const) {
      let at = 0;
      for (let crashed = true; crashed; ) {
        at += 1;
        crashed = false;
        const world = createWorld();
        const ports = withTokens(world);
        const { id } = await requestApproval(stageCall(0), ports);
        timeOut(world, "token-0", 8);
        await requestApproval(stageCall(2), crashing(ports, at, when)).catch((error: unknown) => {
          if (!(error instanceof Crash)) throw error;
          crashed = true;
        });
        world.gone.add("token-2");
        const step = { id: "review", iteration: "", attempt: 1 };
        await requestApproval(stageCall(2, { token: "token-2b", step }), ports);
        await decide(id, { ...yes, by: "head@example.com" }, ports);
        expect(world.heard).toMatchObject([{ token: "token-2b" }]);
        const told = await events(world);
        expect([when, at, told.filter((one) => one === "escalated").length]).toEqual([when, at, 1]);
      }
      expect(at).toBeGreaterThan(4);
    }
  });

  it("of a stage's call and a decision at once lose neither", async () => {
    for (let round = 0; round < 20; round += 1) {
      const world = createWorld();
      const ports = withTokens(world);
      const { id } = await requestApproval(stageCall(0), ports);
      timeOut(world, "token-0", 6);
      const [decided] = await Promise.all([
        decide(id, yes, ports),
        requestApproval(stageCall(1), ports),
      ]);
      expect(decided.status).toBe("approved");
      expect(world.heard).toMatchObject([{ token: "token-1" }]);
      expect((await getApproval(id, ports)).delivered).toBe(true);
    }
  });
});
