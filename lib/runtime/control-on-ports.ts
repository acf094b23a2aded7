/** The part of `Control` that needs nothing but the ports: the same on one machine and on AWS. */
import type { Approval } from "./approval/approval.ts";
import { type ApprovalStats, approvalStats, type Period } from "./approval/approval-stats.ts";
import { auditOfRun, verifyRuns } from "./approval/audit-of-runs.ts";
import { type DecisionRequest, decide } from "./approval/decide.ts";
import { type DelegationRequest, delegate } from "./approval/delegate.ts";
import { getApproval, listApprovals } from "./approval/find-approvals.ts";
import type { ApprovalPorts } from "./approval/request-approval.ts";
import { type Revocation, revokeLinksOf } from "./approval/revoke-links-of.ts";
import type { AuditEntry } from "./audit.ts";
import type { Control, RunDetail, RunRecord, StartRun } from "./control.ts";
import { ArtifactNotFound, RequestError } from "./errors.ts";
import type { ArtifactRef, Ports } from "./ports.ts";
import type { Repaired, RepairRequest } from "./repair/repair.ts";
import { repairRun } from "./repair/repair-run.ts";
import { listRuns } from "./runs.ts";
import { flipSwitch, type SwitchFlip, type SwitchState, switchStates } from "./switch/switch.ts";
import { journalsOf, type RunJournals } from "./trace/run-journals.ts";
import type { AuditVerdict } from "./verify-audit.ts";

export abstract class ControlOnPorts {
  protected readonly ports: Ports;

  constructor(ports: Ports) {
    this.ports = ports;
  }

  abstract run(id: string): Promise<RunDetail>;
  abstract history(id: string): ReturnType<Control["history"]>;
  abstract redriveRun(id: string): Promise<void>;
  abstract startRun(request: StartRun): Promise<RunRecord>;

  repairRun(request: RepairRequest): Promise<Repaired> {
    return repairRun(request, {
      run: (id) => this.run(id),
      history: (id) => this.history(id),
      redriveRun: (id) => this.redriveRun(id),
      startRun: (start) => this.startRun(start),
      ports: this.ports,
    });
  }

  async journals(id: string): Promise<RunJournals> {
    const { steps } = await this.run(id);
    return journalsOf(this.history(id), steps, this.ports);
  }

  /** The ports, and who tells people; overridden where there is somebody. */
  protected get approvalPorts(): ApprovalPorts {
    return this.ports;
  }

  runs(filter: Parameters<Control["runs"]>[0] = {}): Promise<readonly RunRecord[]> {
    return listRuns(filter, this.ports);
  }

  approvals(filter: Parameters<Control["approvals"]>[0] = {}): Promise<readonly Approval[]> {
    return listApprovals(filter, this.ports);
  }

  approval(id: string): Promise<Approval> {
    return getApproval(id, this.ports);
  }

  decide(id: string, decision: DecisionRequest): Promise<Approval> {
    return decide(id, decision, this.approvalPorts);
  }

  delegate(id: string, delegation: DelegationRequest): Promise<Approval> {
    return delegate(id, delegation, this.approvalPorts);
  }

  revokeLinks(id: string, revocation: Revocation): Promise<Approval> {
    return revokeLinksOf(id, revocation, this.ports);
  }

  approvalStats(period: Period = {}): Promise<ApprovalStats> {
    return approvalStats(period, this.ports);
  }

  audit(run: string): Promise<readonly AuditEntry[]> {
    return auditOfRun(run, this.ports);
  }

  verifyAudit(run?: string): Promise<readonly AuditVerdict[]> {
    return verifyRuns(run, this.ports);
  }

  switches(): Promise<readonly SwitchState[]> {
    return switchStates(this.ports);
  }

  flipSwitch(flip: SwitchFlip): Promise<SwitchState> {
    return flipSwitch(flip, this.ports);
  }

  putArtifact(
    body: Uint8Array | AsyncIterable<Uint8Array>,
    info: { readonly mediaType: string; readonly name?: string },
  ): Promise<ArtifactRef> {
    return this.ports.artifacts.put(body, info);
  }

  async *openArtifact(digest: string): AsyncGenerator<Uint8Array> {
    try {
      yield* this.ports.artifacts.open(digest);
    } catch (error) {
      if (!(error instanceof ArtifactNotFound)) throw error;
      throw new RequestError("ArtifactNotFound", `There is no artifact "${digest}".`);
    }
  }

  /** Ids of the approvals for which a run waits; a run that has ended waits for none. */
  protected async waitingFor({ id, status }: RunRecord): Promise<readonly string[]> {
    if (status !== "RUNNING") return [];
    const open = await listApprovals({ run: id, status: "open" }, this.ports);
    return open.map((approval) => approval.id);
  }
}
