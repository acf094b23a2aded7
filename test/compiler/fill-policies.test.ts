import { describe, expect, it } from "vitest";
import { fillPolicies } from "../../lib/compiler/fill-policies.ts";
import type { Plan } from "../../lib/compiler/plan.ts";
import { ApprovalPolicy } from "../../lib/manifest/approval-policy.ts";
import { compileSteps } from "./bundle-of.ts";

const STEPS = `- id: parts
  map: "{% [1, 2] %}"
  as: part
  steps: [{ id: review, approval: approvals/plain.yaml, with: { value: "{% $part %}" } }]
- { id: second, approval: approvals/other.yaml }
`;

function planOf(): Plan {
  const { plan, diagnostics } = compileSteps(STEPS);
  if (!plan) throw new Error(diagnostics.map(({ message }) => message).join("\n"));
  return plan;
}

const people = (plan: Plan) =>
  JSON.stringify(plan.definition)
    .match(/[a-z]+@example\.com/g)
    ?.sort() ?? [];

describe("policies of an environment", () => {
  it("put their people into every state that asks, and into the plan's list", () => {
    const plan = planOf();
    const resolved = ApprovalPolicy.parse({
      ...plan.approvals[0]?.policy,
      approvers: ["head@example.com"],
      delegation: { to: ["deputy@example.com"] },
    });
    const filled = fillPolicies(plan, new Map([["plain", resolved]]));
    expect(people(filled)).toEqual([
      "approver@example.com",
      "deputy@example.com",
      "head@example.com",
    ]);
    expect(filled.approvals.map(({ policy }) => policy.approvers)).toEqual([
      ["head@example.com"],
      ["approver@example.com"],
    ]);
    // Nothing else moves, and the plan that was given stays as it is.
    expect(Object.keys(filled.definition)).toEqual(Object.keys(plan.definition));
    expect(people(plan)).toEqual(["approver@example.com", "approver@example.com"]);
  });

  it("leave a plan alone that has none of them", () => {
    const plan = planOf();
    expect(fillPolicies(plan, new Map())).toBe(plan);
  });

  it("write what looks like an expression as the text that it is", () => {
    const plan = planOf();
    const odd = { ...plan.approvals[0]?.policy, approvers: ["{% $x %}"] } as ApprovalPolicy;
    const text = JSON.stringify(fillPolicies(plan, new Map([["plain", odd]])).definition);
    expect(text).toContain('{% \\"{% $x %}\\" %}');
  });
});
