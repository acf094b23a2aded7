import { ApprovalPolicy } from "../../lib/manifest/approval-policy.ts";
import type { Approval } from "../../lib/runtime/approval/approval.ts";
import { normaliseEvidence } from "../../lib/runtime/approval/normalise-evidence.ts";
import type { Control, RunDetail, RunEvent } from "../../lib/runtime/control.ts";
import { RequestError } from "../../lib/runtime/errors.ts";
import type { TimelineRow } from "../../lib/runtime/timeline.ts";

export function row(of: Partial<TimelineRow> & Pick<TimelineRow, "step">): TimelineRow {
  return {
    key: `${of.step}/${of.iteration ?? ""}`,
    kind: "task",
    iteration: "",
    depth: 0,
    parent: null,
    outcome: "succeeded",
    startedAt: "2026-11-21T07:00:00.000Z",
    endedAt: "2026-11-21T07:00:00.400Z",
    durationMs: 400,
    attempts: [
      {
        startedAt: "2026-11-21T07:00:00.000Z",
        endedAt: "2026-11-21T07:00:00.400Z",
        error: null,
      },
    ],
    error: null,
    input: "{}",
    output: "{}",
    ...of,
  };
}

export function detail(of: Partial<RunDetail> = {}): RunDetail {
  return {
    id: "run-1",
    workflow: "hello",
    version: "1.0.0",
    digest: "sha256:0123",
    environment: "local",
    customer: null,
    principal: "asker@example.com",
    status: "SUCCEEDED",
    startedAt: "2026-11-21T07:00:00.000Z",
    endedAt: "2026-11-21T07:00:01.200Z",
    error: null,
    input: {},
    output: { greeting: "hello" },
    waitingFor: [],
    steps: [],
    location: ".espalier/runs/run-1",
    ...of,
  };
}

export function openApproval(of: Partial<Approval> = {}): Approval {
  const run = detail();
  return {
    id: "ap1",
    run: {
      id: run.id,
      workflow: run.workflow,
      version: run.version,
      digest: run.digest,
      environment: run.environment,
      customer: null,
      principal: run.principal,
      startedAt: run.startedAt,
    },
    repairedBy: null,
    step: "review",
    iteration: "",
    status: "open",
    key: "",
    policy: ApprovalPolicy.parse({
      approval: "send",
      title: "May this be sent?",
      approvers: ["boss@example.com"],
      deadline: "3d",
      reasons: ["reject"],
    }),
    evidence: normaliseEvidence({ text: "hello" }),
    evidenceDigest: `sha256:${"e".repeat(64)}`,
    opensAt: run.startedAt,
    level: 1,
    levels: 1,
    stage: 0,
    approvers: ["boss@example.com"],
    quorum: 1,
    votes: [],
    delegations: [],
    openedAt: null,
    reached: null,
    requestedAt: run.startedAt,
    deadline: "2026-11-24T07:00:00.000Z",
    decision: null,
    delivered: false,
    ...of,
  };
}

/** A run whose events are given; it then ends, or stays open until it is aborted. */
export interface Script {
  readonly run: RunDetail;
  readonly events: readonly RunEvent[];
  readonly approvals?: readonly Approval[];
  readonly staysOpen?: boolean;
}

/** A control over scripted runs; what the tests do not script it refuses. */
export function scriptedControl(scripts: readonly Script[]): Control {
  const find = (id: string): Script => {
    const script = scripts.find(({ run }) => run.id === id);
    if (script === undefined) throw new RequestError("RunNotFound", `No run has the id "${id}"`);
    return script;
  };
  const refuse = async (): Promise<never> => {
    throw new Error("not scripted");
  };
  return {
    workflows: async () => [],
    startRun: refuse,
    runs: async () => scripts.map(({ run }) => run),
    run: async (id) => find(id).run,
    async *history(id, options) {
      const { events, staysOpen } = find(id);
      yield* events.filter((event) => event.id > (options?.after ?? 0));
      const signal = options?.signal;
      if (staysOpen && options?.follow && !signal?.aborted) {
        await new Promise<void>((resolve) => signal?.addEventListener("abort", () => resolve()));
      }
    },
    journals: async () => ({ format: 1, steps: [] }),
    stopRun: refuse,
    redriveRun: refuse,
    repairRun: refuse,
    approvals: async () => scripts.flatMap(({ approvals }) => approvals ?? []),
    approval: async (id) => {
      const found = scripts.flatMap(({ approvals }) => approvals ?? []).find((a) => a.id === id);
      if (found === undefined) throw new RequestError("ApprovalNotFound", "No such approval");
      return found;
    },
    decide: refuse,
    delegate: refuse,
    revokeLinks: refuse,
    approvalStats: refuse,
    audit: refuse,
    verifyAudit: refuse,
    switches: async () => [],
    flipSwitch: refuse,
    putArtifact: refuse,
    openArtifact: () => {
      throw new Error("not scripted");
    },
    close: async () => {},
  };
}
