import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { systemClock } from "../../lib/local/ports/index.ts";
import { decide } from "../../lib/runtime/approval/decide.ts";
import { delegate } from "../../lib/runtime/approval/delegate.ts";
import { getApproval } from "../../lib/runtime/approval/find-approvals.ts";
import { requestApproval } from "../../lib/runtime/approval/request-approval.ts";
import { readAudit } from "../../lib/runtime/audit.ts";
import { TokenGone } from "../../lib/runtime/errors.ts";
import type { Ports, Records } from "../../lib/runtime/ports.ts";
import { verifyAudit } from "../../lib/runtime/verify-audit.ts";
import { approvalCall, createWorld } from "../runtime/approval/approval-world.ts";
import type { Adapter, MakeAdapter } from "./adapter.ts";

/** A hundred people at one request. */
export function describeDecisions(name: string, make: MakeAdapter<Records>): void {
  describe(`on ${name}, a hundred decisions at once`, () => {
    let adapter: Adapter<Records>;
    beforeEach(async () => {
      adapter = await make();
    });
    afterEach(() => adapter.close?.());

    /** Tokens that are answered once, like those of Step Functions. */
    function portsOf(heard: string[]): Ports {
      const answer = async (token: string) => {
        if (heard.includes(token)) throw new TokenGone("the task has ended");
        heard.push(token);
      };
      return {
        records: adapter.port,
        artifacts: createWorld().ports.artifacts,
        clock: systemClock,
        tokens: { succeed: answer, fail: answer, heartbeat: async () => undefined },
      };
    }

    it.each([1, 2, 3])(
      "with a quorum of %d: so many count, one answer is given",
      async (quorum) => {
        const heard: string[] = [];
        const ports = portsOf(heard);
        const call = approvalCall({ policy: { approvers: ["*"], quorum } });
        const { id } = await requestApproval(call, ports);
        const results = await Promise.allSettled(
          Array.from({ length: 100 }, (_, n) =>
            decide(id, { verdict: "approved", by: `p${n}@example.com` }, ports),
          ),
        );
        expect(results.filter(({ status }) => status === "fulfilled")).toHaveLength(quorum);
        const { votes, status, delivered } = await getApproval(id, ports);
        expect([votes.length, status, delivered]).toEqual([quorum, "approved", true]);
        expect(heard).toEqual(["token-1"]);
        expect((await verifyAudit("run/run-1", ports)).problems).toEqual([]);
        const { entries } = await readAudit("run/run-1", ports, { limit: 1000 });
        const of = (event: string) => entries.filter((entry) => entry.event === event).length;
        expect([of("approval.decided"), of("approval.delivered"), of("approval.voted")]).toEqual([
          1,
          1,
          quorum - 1,
        ]);
        expect(of("approval.refused")).toBe(100 - quorum);
      },
      120_000,
    );

    it("hands one right to one of many", async () => {
      const ports = portsOf([]);
      const call = approvalCall({ policy: { approvers: ["ada@example.com"], delegation: true } });
      const { id } = await requestApproval(call, ports);
      const results = await Promise.allSettled(
        Array.from({ length: 20 }, (_, n) =>
          delegate(id, { by: "ada@example.com", to: `p${n}@example.com` }, ports),
        ),
      );
      expect(results.filter(({ status }) => status === "fulfilled")).toHaveLength(1);
      const { approvers, delegations } = await getApproval(id, ports);
      expect([approvers, delegations.length]).toEqual([[delegations[0]?.to], 1]);
    }, 60_000);
  });
}
