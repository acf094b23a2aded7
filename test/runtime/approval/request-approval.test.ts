/** Whom a request asks, and what it shows them of the evidence. */
import { describe, expect, it } from "vitest";
import { requestApproval } from "../../../lib/runtime/approval/request-approval.ts";
import type { Json } from "../../../lib/runtime/json.ts";
import { createWorld } from "./approval-world.ts";
import { stageCall } from "./stage-world.ts";

describe("a request", () => {
  it("asks whom the evidence names, and nobody by a trick in it", async () => {
    const policy = { approvers: [{ from: "request.owner" }, { from: "others" }] };
    const ask = (evidence: Json) =>
      requestApproval(stageCall(0, { evidence }, policy), createWorld().ports);
    expect(
      (
        await ask({
          request: { owner: "Ann@Example.com" },
          others: ["b@example.com", "*", "rule", 3],
        })
      ).approvers,
    ).toEqual(["ann@example.com", "b@example.com"]);
    for (const owner of ["*", "rule", "", null, { a: 1 }, ["*"]]) {
      await expect(ask({ request: { owner } })).rejects.toMatchObject({
        name: "Contract.InputInvalid",
        message: expect.stringContaining("whom request.owner names"),
      });
    }
  });

  it("fails where a group was never resolved", async () => {
    const call = stageCall(0, {}, { approvers: [{ group: "legal" }] });
    await expect(requestApproval(call, createWorld().ports)).rejects.toMatchObject({
      name: "Contract.InputInvalid",
    });
  });

  it("shows approvers what they are cleared for, and binds to all of it", async () => {
    const { ports } = createWorld();
    const evidence = {
      proposal: { amount: 5, customer: { email: "c@example.com", name: "C" } },
      people: [{ ssn: "1" }, { ssn: "2" }],
    };
    const classes = { "proposal.customer.email": "pii", "people.ssn": "secret" };
    const open = await requestApproval(stageCall(0, { evidence, classes }), ports);
    const shut = await requestApproval(
      stageCall(0, { evidence, classes, key: "k" }, { clearance: ["pii"] }),
      ports,
    );
    expect(open.evidence).toMatchObject({
      proposal: evidence.proposal,
      more: { people: evidence.people },
    });
    expect(shut.evidence).toMatchObject({
      proposal: evidence.proposal,
      more: { people: [{ ssn: "[not shown: secret]" }, { ssn: "[not shown: secret]" }] },
    });
    expect(shut.evidenceDigest).toBe(open.evidenceDigest);
    expect(await ports.artifacts.stat(open.evidenceDigest)).toBeDefined();
  });
});
