import { describe, expect, it } from "vitest";
import { compile } from "../../lib/compiler/index.ts";
import { deployedDefinition, visitStates } from "../../lib/constructs/workflow/definition.ts";
import { bundleOf, TODAY } from "../compiler/bundle-of.ts";

const STEPS = `- id: parts
  map: "{% [1, 2] %}"
  as: part
  steps: [{ id: found, agent: agents/asking.yaml, with: { value: "{% $part %}" } }]
- { id: review, approval: approvals/other.yaml }
`;

function approversByState(approvers: Readonly<Record<string, readonly string[]>>) {
  const { plan } = compile(bundleOf(STEPS), { today: TODAY });
  if (!plan) throw new Error("does not compile");
  const definition = deployedDefinition(plan, {
    digest: "sha256:00",
    planDigest: "sha256:01",
    environment: "dev",
    eventBus: "bus",
    approval: "arn:approval",
    functions: new Map([["found", "arn:found"]]),
    workflows: new Map(),
    resolvePolicy: (policy) => ({
      ...policy,
      approvers: [...(approvers[policy.approval] ?? policy.approvers)],
    }),
  });
  const found: Record<string, unknown> = {};
  visitStates(definition, (name, state) => {
    const { Payload } = (state.Arguments ?? {}) as {
      Payload?: { policy?: { approvers: unknown } };
    };
    if (Payload?.policy) found[name] = Payload.policy.approvers;
  });
  return found;
}

describe("a deployed definition", () => {
  it("asks an environment's approvers, also where an agent asks in the middle of its work", () => {
    expect(approversByState({ plain: ["head@example.com"] })).toEqual({
      "found.approval": ["head@example.com"],
      review: ["approver@example.com"],
    });
    expect(approversByState({ other: ["head@example.com"] })).toEqual({
      "found.approval": ["approver@example.com"],
      review: ["head@example.com"],
    });
  });
});
