/**
 * What a person or a program can do with runs and approvals. The CLI, the demo and the pages are
 * written against this interface; it stands on the embedded runtime (`lib/local`), on a `dev` in
 * another process (the same calls over HTTP), and on AWS (`lib/aws`). All calls throw `RequestError`
 * for what the caller can put right.
 */
import type { Approval } from "./approval/approval.ts";
import type { ApprovalStats, Period } from "./approval/approval-stats.ts";
import type { DelegationRequest } from "./approval/delegate.ts";
import type { ApprovalFilter } from "./approval/find-approvals.ts";
import type { DecisionRequest } from "./approval/judge-vote.ts";
import type { Revocation } from "./approval/revoke-links-of.ts";
import type { AuditEntry } from "./audit.ts";
import type { Json } from "./json.ts";
import type { ArtifactRef } from "./ports.ts";
import type { Repair, Repaired, RepairRequest } from "./repair/repair.ts";
import type { SwitchFlip, SwitchState } from "./switch/switch.ts";
import type { TimelineStep } from "./timeline.ts";
import type { RunJournals } from "./trace/run-journals.ts";
import type { RunUsage } from "./trace/run-usage.ts";
import type { AuditVerdict } from "./verify-audit.ts";

export type RunStatus = "RUNNING" | "SUCCEEDED" | "FAILED" | "TIMED_OUT" | "ABORTED";

/** What the index knows of a run. Times are ISO 8601. */
export interface RunRecord {
  readonly id: string;
  readonly workflow: string;
  readonly version: string;
  readonly digest: string;
  readonly environment: string;
  readonly customer: string | null;
  readonly principal: string;
  readonly status: RunStatus;
  readonly startedAt: string;
  readonly endedAt: string | null;
  readonly error: { readonly name: string; readonly cause: string } | null;
  /** What it has used of models, once it has ended; absent for one that uses none. */
  readonly usage?: RunUsage;
}

export interface RunDetail extends RunRecord {
  readonly input: Json;
  /** Null until the run has succeeded. */
  readonly output: Json;
  /** Ids of its approvals that wait for a person. */
  readonly waitingFor: readonly string[];
  /** Steps of the plan that it runs, for `timeline`; empty for a machine that no bundle defines. */
  readonly steps: readonly TimelineStep[];
  /** Where the history and the artifacts lie (a path, or an s3:// URL). */
  readonly location: string;
}

/** One event of GetExecutionHistory, in AWS's shape: `type`, `id`, `previousEventId`, `…EventDetails`. */
export interface RunEvent {
  readonly id: number;
  readonly previousEventId: number;
  readonly timestamp: string;
  readonly type: string;
  readonly [details: string]: unknown;
}

export interface StartRun {
  readonly workflow: string;
  readonly input: Json;
  /** Who asks; four-eyes compares it with the approver. */
  readonly principal: string;
  readonly customer?: string;
  /** Name of the run; 1 to 80 of `A-Za-z0-9-_`. Absent: one is made. Same name, same input: the same run. */
  readonly name?: string;
  /** What it goes on from; `repairRun` makes it. */
  readonly repair?: Repair;
}

export interface DeployedWorkflow {
  readonly workflow: string;
  readonly version: string;
  readonly digest: string;
  readonly description: string | null;
}

export interface Control {
  workflows(): Promise<readonly DeployedWorkflow[]>;
  startRun(request: StartRun): Promise<RunRecord>;
  /** Newest first. */
  runs(filter?: {
    readonly workflow?: string;
    readonly status?: RunStatus;
    readonly limit?: number;
  }): Promise<readonly RunRecord[]>;
  run(id: string): Promise<RunDetail>;
  /** Events after `after` (0: all). With `follow`, goes on until the run has ended or `signal` aborts. */
  history(
    id: string,
    options?: { readonly after?: number; readonly follow?: boolean; readonly signal?: AbortSignal },
  ): AsyncIterable<RunEvent>;
  /** What the models and agents of a run have done so far. */
  journals(id: string): Promise<RunJournals>;
  stopRun(id: string, reason: string): Promise<void>;
  redriveRun(id: string): Promise<void>;
  /** Makes a failed run go on, if need be as a new one (`repairRun`). */
  repairRun(request: RepairRequest): Promise<Repaired>;
  /** Oldest first. */
  approvals(filter?: ApprovalFilter): Promise<readonly Approval[]>;
  approval(id: string): Promise<Approval>;
  /** By the same rules as the page; what a sign-in would say, an operator cannot. */
  decide(id: string, decision: Omit<DecisionRequest, "signIn">): Promise<Approval>;
  delegate(id: string, delegation: DelegationRequest): Promise<Approval>;
  /** Ends links that were sent; those that are made later work. */
  revokeLinks(id: string, revocation: Revocation): Promise<Approval>;
  approvalStats(period?: Period): Promise<ApprovalStats>;
  /** Every entry of a run's audit; none for a run that nobody was asked about. */
  audit(run: string): Promise<readonly AuditEntry[]>;
  /** Of one run; without one, of all of them. */
  verifyAudit(run?: string): Promise<readonly AuditVerdict[]>;
  /** Switches of tools that were ever flipped, as they stand. */
  switches(): Promise<readonly SwitchState[]>;
  /** Switches tools off or on again, for the next call of every running agent. */
  flipSwitch(flip: SwitchFlip): Promise<SwitchState>;
  putArtifact(
    body: Uint8Array | AsyncIterable<Uint8Array>,
    info: { readonly mediaType: string; readonly name?: string },
  ): Promise<ArtifactRef>;
  openArtifact(digest: string): AsyncIterable<Uint8Array>;
  close(): Promise<void>;
}
