/** The audit of runs: reading it, and proving that nobody has touched it. */
import { type AuditEntry, readAudit } from "../audit.ts";
import type { Ports } from "../ports.ts";
import { RUN_STATUSES, runsInStatus } from "../runs.ts";
import { type AuditVerdict, verifyAudit } from "../verify-audit.ts";
import { runStream } from "./approval-events.ts";
import { queryApprovals } from "./approval-store.ts";

/** Stream of the switch's flips (`switch.ts`). */
const SWITCH_STREAM = "switch";

/** Every entry of a run, in the order in which they were written. */
export async function auditOfRun(
  run: string,
  ports: Pick<Ports, "records">,
): Promise<readonly AuditEntry[]> {
  const entries: AuditEntry[] = [];
  let after: string | undefined;
  do {
    const page = await readAudit(runStream(run), ports, { ...(after !== undefined && { after }) });
    entries.push(...page.entries);
    after = page.next;
  } while (after !== undefined);
  return entries;
}

/**
 * Verifies the stream of one run; without one, those of all runs that are recorded or have approvals,
 * and the switch's. A run whose approvals were asked for and whose stream is gone is found by that.
 */
export async function verifyRuns(
  run: string | undefined,
  ports: Pick<Ports, "records">,
): Promise<readonly AuditVerdict[]> {
  if (run !== undefined) return [await verifyRun(run, ports)];
  const runs = new Set<string>();
  for await (const { approval } of queryApprovals({ all: true }, ports)) runs.add(approval.run.id);
  for (const status of RUN_STATUSES) {
    for await (const { id } of runsInStatus(status, ports)) runs.add(id);
  }
  const verdicts: AuditVerdict[] = [];
  for (const id of [...runs].sort()) {
    const verdict = await verifyRun(id, ports);
    if (verdict.entries > 0 || verdict.problems.length > 0) verdicts.push(verdict);
  }
  verdicts.push(await verifyAudit(SWITCH_STREAM, ports));
  return verdicts;
}

/** As `verifyAudit`; and each approval of the run has at least the entry that says it was asked for. */
async function verifyRun(run: string, ports: Pick<Ports, "records">): Promise<AuditVerdict> {
  const stream = runStream(run);
  const verdict = await verifyAudit(stream, ports);
  const told = new Set((await auditOfRun(run, ports)).map(({ data }) => data.approval));
  const problems = [...verdict.problems];
  for await (const { approval } of queryApprovals({ run }, ports)) {
    // One that was made before approvals were audited has counted no events.
    if (approval.events === 0 || approval.unaudited.length > 0 || told.has(approval.id)) continue;
    problems.push({
      number: 1,
      kind: "removed",
      message: `Stream ${stream} says nothing of the approval ${approval.id}.`,
    });
  }
  return { ...verdict, problems };
}
