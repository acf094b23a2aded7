/** An approval as an item of the table: its shape, and the keys under which it is found. */
import * as z from "zod";
import { ApprovalPolicy } from "../../manifest/approval-policy.ts";
import type { RunIdentity } from "../call.ts";
import { PARTITIONS } from "../deployed.ts";
import type { Json, JsonObject } from "../json.ts";
import type { RecordItem, RecordKey } from "../ports.ts";
import { type Approval, type Delegation, normaliseAddress, type Vote } from "./approval.ts";
import type { Evidence } from "./evidence.ts";
import { asEvidence } from "./normalise-evidence.ts";

/** An approval as the table holds it: with the token, and with large evidence by reference. */
export interface StoredApproval extends Approval {
  readonly token: string;
  /** Retry count of the stage's state, which tells a later call of one stage from an earlier one. */
  readonly attempt: number;
  /** When the present stage's state times out (ISO 8601); null: never. */
  readonly stageEndsAt: string | null;
  /** Digest of the artifact that holds the whole evidence; null: stored by a version without one. */
  readonly frozen: string | null;
  /** Data classes of parts of the step's `with`, by dotted path. */
  readonly classes: { readonly [path: string]: string };
  /** Everybody who was ever asked, in that order. */
  readonly asked: readonly string[];
  /** Events so far: the next one's number. */
  readonly events: number;
  /** Who is still to be told what has become of the request; of an open one, to whom it was handed on. */
  readonly untold: readonly string[];
  /** Events that are not known to be in the audit stream yet. */
  readonly unaudited: readonly ApprovalEvent[];
}

/** What happened to a request, on its way into the audit stream. */
export interface ApprovalEvent {
  /** Of this event alone: appending it again changes nothing. */
  readonly id: string;
  readonly at: string;
  readonly actor: string;
  readonly event: string;
  readonly data: JsonObject;
}

export interface HeldApproval {
  readonly approval: StoredApproval;
  /** Of the item, for conditions. */
  readonly version: number;
}

const RunShape = z.object({
  id: z.string(),
  workflow: z.string(),
  version: z.string(),
  digest: z.string(),
  environment: z.string(),
  customer: z.string().nullable(),
  principal: z.string(),
  startedAt: z.string(),
}) satisfies z.ZodType<RunIdentity>;

const JsonValue = z.custom<Json>((value) => value !== undefined);
const Verdict = z.enum(["approved", "rejected"]);

const DecisionShape = z.object({
  verdict: Verdict,
  by: z.string(),
  at: z.string(),
  reason: z.string().nullable(),
  category: z.string().nullable().default(null),
  edited: JsonValue.nullable().default(null),
});

const VoteShape = DecisionShape.extend({
  signIn: z.string().nullable(),
  onBehalfOf: z.string().nullable(),
}) satisfies z.ZodType<Vote>;

const DelegationShape = z.object({
  from: z.string(),
  to: z.string(),
  by: z.string(),
  at: z.string(),
  reason: z.string().nullable(),
}) satisfies z.ZodType<Delegation>;

const EventShape = z.object({
  id: z.string(),
  at: z.string(),
  actor: z.string(),
  event: z.string(),
  data: z.custom<JsonObject>((value) => typeof value === "object" && value !== null),
}) satisfies z.ZodType<ApprovalEvent>;

/** Only this kit writes it; what a version before stages has written is read with what it meant. */
const Stored = z
  .object({
    id: z.string(),
    run: RunShape,
    step: z.string(),
    iteration: z.string(),
    key: z.string().default(""),
    status: z.enum(["open", "approved", "rejected", "expired", "cancelled"]),
    policy: ApprovalPolicy,
    evidence: JsonValue.transform(
      (value): Evidence =>
        isStoredWhole(value) ? (value as unknown as Evidence) : asEvidence(value),
    ),
    evidenceDigest: z.string().default(""),
    requestedAt: z.string(),
    opensAt: z.string().optional(),
    deadline: z.string().nullable(),
    level: z.int().default(1),
    levels: z.int().default(1),
    stage: z.int().default(0),
    approvers: z.array(z.string()).optional(),
    quorum: z.int().default(1),
    votes: z.array(VoteShape).default([]),
    delegations: z.array(DelegationShape).default([]),
    repairedBy: z.string().nullable().default(null),
    decision: DecisionShape.nullable(),
    delivered: z.boolean(),
    openedAt: z.string().nullable().default(null),
    reached: z.object({ people: z.int(), nobody: z.int() }).nullable().default(null),
    token: z.string(),
    attempt: z.int().default(0),
    stageEndsAt: z.string().nullable().optional(),
    frozen: z.string().nullable().default(null),
    classes: z.record(z.string(), z.string()).default({}),
    asked: z.array(z.string()).optional(),
    events: z.int().default(0),
    untold: z.array(z.string()).default([]),
    unaudited: z.array(EventShape).default([]),
  })
  .transform(({ opensAt, stageEndsAt, approvers, asked, ...rest }): StoredApproval => {
    const named =
      approvers ??
      rest.policy.approvers.flatMap((each) =>
        typeof each === "string" ? [normaliseAddress(each)] : [],
      );
    return {
      ...rest,
      opensAt: opensAt ?? rest.requestedAt,
      stageEndsAt: stageEndsAt === undefined ? rest.deadline : stageEndsAt,
      approvers: named,
      asked: asked ?? named,
    };
  });

/** All of it lies in an artifact: what it is shows when it is loaded. */
function isStoredWhole(value: Json): boolean {
  return typeof value === "object" && value !== null && "$stored" in value;
}

export function held(item: RecordItem): HeldApproval {
  return { approval: Stored.parse(item.data), version: item.version };
}

/** The approval without its token and what else is the store's own. */
export function publicView({
  token: _token,
  attempt: _attempt,
  stageEndsAt: _stageEndsAt,
  frozen: _frozen,
  classes: _classes,
  asked: _asked,
  events: _events,
  untold: _untold,
  unaudited: _unaudited,
  ...approval
}: StoredApproval): Approval {
  return approval;
}

export function keyOf(id: string): RecordKey {
  return { partition: `${PARTITIONS.approval}${id}`, sort: "approval" };
}

/** Keys that lead from its approvers to an open approval. */
export function pointersOf({
  id,
  status,
  approvers,
  requestedAt,
}: Pick<StoredApproval, "id" | "status" | "approvers" | "requestedAt">): readonly RecordKey[] {
  if (status !== "open") return [];
  return approvers.map((address) => ({
    partition: `${PARTITIONS.approver}${address}`,
    sort: `${requestedAt}#${id}`,
  }));
}

export function itemOf(approval: StoredApproval): Omit<RecordItem, "version"> {
  const requested = `${approval.requestedAt}#${approval.id}`;
  const queue = queueKeyOf(approval);
  return {
    key: keyOf(approval.id),
    // A plain JSON value by construction; the round trip also drops what JSON has no word for.
    data: JSON.parse(JSON.stringify(approval)) as JsonObject,
    indexes: {
      all: { partition: "approvals", sort: requested },
      status: { partition: `approvals#${approval.status}`, sort: requested },
      run: { partition: `run#${approval.run.id}`, sort: `approval#${requested}` },
      ...(queue && { queue }),
    },
  };
}

/** Behind every deadline that there can be. */
const NO_DEADLINE = "9999-12-31T23:59:59.999Z";

function queueKeyOf(approval: StoredApproval): RecordKey | undefined {
  const { id, status, deadline, decision, delivered, unaudited, untold, requestedAt } = approval;
  if (status === "open") {
    return { partition: "approvals#open", sort: `${deadline ?? NO_DEADLINE}#${id}` };
  }
  const sort = `${decision?.at ?? requestedAt}#${id}`;
  if ((decision && !delivered) || unaudited.length > 0) {
    return { partition: "approvals#undelivered", sort };
  }
  return untold.length > 0 ? { partition: "approvals#untold", sort } : undefined;
}
