/** The calls of an approval step, stage after stage: what each brings, and how its token goes. */
import { ApprovalPolicy } from "../../../lib/manifest/approval-policy.ts";
import type { ApprovalPorts } from "../../../lib/runtime/approval/request-approval.ts";
import { stagesOf } from "../../../lib/runtime/approval/stages.ts";
import { readAudit } from "../../../lib/runtime/audit.ts";
import type { ApprovalCall } from "../../../lib/runtime/call.ts";
import { TokenGone } from "../../../lib/runtime/errors.ts";
import type { Json } from "../../../lib/runtime/json.ts";
import { approvalCall, type World } from "./approval-world.ts";

/** Level 1 for 8 h with a reminder 2 h before, then level 2 for 4 h. */
const POLICY = {
  approvers: ["ada@example.com"],
  deadline: "8h",
  reminders: ["2h"],
  escalation: [{ approvers: ["head@example.com"], within: "90m" }],
};
export const HOUR = 3_600_000;

export function stageCall(
  stage: number,
  change: Partial<ApprovalCall> = {},
  policy: Json = {},
): ApprovalCall {
  const base = approvalCall({ policy: { ...POLICY, ...(policy as object) } });
  const seconds = stagesOf(ApprovalPolicy.parse(base.policy))[stage]?.seconds ?? null;
  return { ...base, key: "", stage, seconds, token: `token-${stage}`, ...change };
}

/** The machine's clock goes on, and the token that waited is gone. */
export function timeOut(world: World, token: string, hours: number): void {
  world.now = new Date(world.now.getTime() + hours * HOUR);
  world.gone.add(token);
}

export function withTokens(world: World): ApprovalPorts {
  return {
    ...world.ports,
    tokens: {
      ...world.ports.tokens,
      heartbeat: async (token) => {
        if (world.gone.has(token)) throw new TokenGone("the task has ended");
      },
    },
  };
}

export async function events(world: World): Promise<string[]> {
  const { entries } = await readAudit("run/run-1", world.ports, { limit: 1000 });
  return entries.map(({ event }) => event.replace("approval.", ""));
}

export const yes = { verdict: "approved", by: "ada@example.com" } as const;
