/** Evidence as it was when somebody was asked: whole, for ever, and what of it the approvers are shown. */
import type { ApprovalPolicy } from "../../manifest/approval-policy.ts";
import type { ApprovalCall } from "../call.ts";
import { canonicalJson } from "../canonical-json.ts";
import type { Json } from "../json.ts";
import type { Ports } from "../ports.ts";
import { storeLargeValues } from "../stored-value.ts";
import type { MetricSink } from "./approval-metrics.ts";
import { type Evidence, evidenceJson, type Flag } from "./evidence.ts";
import { normaliseEvidence } from "./normalise-evidence.ts";
import { redactEvidence } from "./redact-evidence.ts";
import type { StepsSoFar } from "./steps-so-far.ts";
import type { StoredApproval } from "./stored-approval.ts";

/** What is larger goes into artifacts: an item of DynamoDB ends at 400 KB, and is read as a whole. */
const INLINE_EVIDENCE = 32 * 1024;

export interface FreezingPorts extends Pick<Ports, "artifacts" | "clock">, MetricSink {
  /** For evidence that does not bring them along. */
  readonly timeline?: StepsSoFar | undefined;
}

export async function freezeEvidence(
  given: Json,
  call: ApprovalCall,
  policy: ApprovalPolicy,
  ports: FreezingPorts,
): Promise<Pick<StoredApproval, "evidence" | "evidenceDigest"> & { readonly frozen: string }> {
  const { artifacts } = ports;
  const told = normaliseEvidence(given);
  const complete = await withSteps(told, call, ports);
  const body = Buffer.from(canonicalJson(evidenceJson(complete(told))));
  const { $artifact } = await artifacts.put(body, { mediaType: "application/json" });
  const shown = complete(
    normaliseEvidence(redactEvidence(given, call.classes ?? {}, policy.clearance)),
  );
  // First what has names of its own, so that a page still finds the rest by theirs.
  const more = await storeLargeValues(shown.more, artifacts, INLINE_EVIDENCE / 2);
  const json = { ...evidenceJson(shown), more };
  const stored = await storeLargeValues(json, artifacts, INLINE_EVIDENCE);
  return {
    evidence: stored as unknown as Evidence,
    evidenceDigest: $artifact,
    frozen: $artifact,
  };
}

/** What puts the run's steps so far into evidence, where it lacks them. */
async function withSteps(
  told: Evidence,
  call: ApprovalCall,
  { timeline: read, writeLine, clock }: FreezingPorts,
): Promise<(evidence: Evidence) => Evidence> {
  if (!read || !call.required || told.timeline.length > 0) return (evidence) => evidence;
  try {
    const timeline = await read(call);
    return (evidence) => ({ ...evidence, timeline });
  } catch (error) {
    const { name, message } = error instanceof Error ? error : new Error(String(error));
    writeLine?.(
      JSON.stringify({
        level: "WARN",
        message: "What a run has done so far could not be read for its evidence",
        timestamp: clock.now().toISOString(),
        service: call.run.workflow,
        run_id: call.run.id,
        step: call.step.id,
        data: { error: name, cause: message },
      }),
    );
    return (evidence) => ({ ...evidence, flags: [...evidence.flags, STEPS_UNREAD] });
  }
}

const STEPS_UNREAD: Flag = {
  level: "info",
  text: "What the run has done so far could not be read when this was asked.",
  source: "espalier",
};
