/** What `--json` prints for runs, steps and approvals. */
import type { Approval } from "../../runtime/approval/approval.ts";
import { evidenceJson } from "../../runtime/approval/evidence.ts";
import type { RunDetail, RunRecord } from "../../runtime/control.ts";
import type { Json, JsonObject } from "../../runtime/json.ts";
import type { TimelineRow } from "../../runtime/timeline.ts";
import type { RunJournals } from "../../runtime/trace/run-journals.ts";
import { usageOfStep } from "../../runtime/trace/usage.ts";

export function runRecordDocument(run: RunRecord): JsonObject {
  return {
    id: run.id,
    workflow: run.workflow,
    version: run.version,
    digest: run.digest,
    environment: run.environment,
    customer: run.customer,
    principal: run.principal,
    status: run.status,
    startedAt: run.startedAt,
    endedAt: run.endedAt,
    error: run.error === null ? null : { ...run.error },
    ...(run.usage && { usage: run.usage as unknown as Json }),
  };
}

export function runDocument(run: RunDetail): JsonObject {
  return {
    ...runRecordDocument(run),
    input: run.input,
    output: run.output,
    waitingFor: [...run.waitingFor],
    location: run.location,
  };
}

/** Inputs and outputs are left out; they are asked for step by step. */
export function stepDocument(row: TimelineRow, journals?: RunJournals): JsonObject {
  const journal = journals?.steps.find(
    ({ step, iteration, kind }) =>
      step === row.step && iteration === row.iteration && kind === row.kind,
  );
  return {
    ...(journal && { usage: usageOfStep(journal) as unknown as Json }),
    step: row.step,
    kind: row.kind,
    iteration: row.iteration,
    outcome: row.outcome,
    startedAt: row.startedAt,
    endedAt: row.endedAt,
    durationMs: row.durationMs,
    attempts: row.attempts.map((attempt) => ({
      startedAt: attempt.startedAt,
      endedAt: attempt.endedAt,
      error: attempt.error === null ? null : { ...attempt.error },
    })),
    error: row.error === null ? null : { ...row.error },
    ...(row.stages && {
      stages: row.stages.map((stage) => ({ ...stage, approvers: [...stage.approvers] })),
    }),
  };
}

export function approvalDocument(approval: Approval): JsonObject {
  return {
    id: approval.id,
    run: { ...approval.run },
    repairedBy: approval.repairedBy,
    step: approval.step,
    iteration: approval.iteration,
    status: approval.status,
    title: approval.policy.title,
    approvers: [...approval.approvers],
    quorum: approval.quorum,
    level: approval.level,
    levels: approval.levels,
    evidence: evidenceJson(approval.evidence),
    evidenceDigest: approval.evidenceDigest,
    requestedAt: approval.requestedAt,
    deadline: approval.deadline,
    votes: approval.votes.map((vote) => ({ ...vote })),
    delegations: approval.delegations.map((delegation) => ({ ...delegation })),
    decision: approval.decision === null ? null : { ...approval.decision },
    delivered: approval.delivered,
  };
}
