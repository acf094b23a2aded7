/**
 * Where approvals lie. Access patterns of the table:
 *
 * | question                          | where                                                        |
 * | --------------------------------- | ------------------------------------------------------------ |
 * | one approval                      | key `approval#ID` / `approval`                               |
 * | all, or of one status, oldest first | index `all` / `status`: `approvals[#STATUS]`, by request   |
 * | of one run                        | index `run`: `run#RUN`, `approval#` and time of request      |
 * | open ones by deadline             | index `queue`: `approvals#open`, by deadline                 |
 * | decided, token not answered       | index `queue`: `approvals#undelivered`, by time of decision  |
 * | open ones of one approver         | items `approver#ADDRESS` / deadline, which name the approval |
 */
import * as z from "zod";
import type { RunIdentity } from "../call.ts";
import { ConditionFailed } from "../errors.ts";
import type { Json, JsonObject } from "../json.ts";
import type { Ports, RecordItem, RecordKey, RecordQuery } from "../ports.ts";
import { type Approval, type Decision, normaliseAddress } from "./approval.ts";

/** An approval as the table holds it: with the token, and with large evidence by reference. */
export interface StoredApproval extends Approval {
  readonly token: string;
}

export interface HeldApproval {
  readonly approval: StoredApproval;
  /** Of the item, for conditions. */
  readonly version: number;
}

/** Seconds after its deadline until what leads to an approval goes, if nobody has removed it. */
const POINTERS_OUTLIVE_S = 7 * 24 * 3600;

type Stores = Pick<Ports, "records">;

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

const DecisionShape = z.object({
  verdict: z.enum(["approved", "rejected"]),
  by: z.string(),
  at: z.string(),
  reason: z.string().nullable(),
}) satisfies z.ZodType<Decision>;

const Stored = z.object({
  id: z.string(),
  run: RunShape,
  step: z.string(),
  iteration: z.string(),
  status: z.enum(["open", "approved", "rejected", "expired", "cancelled"]),
  policy: z.custom<Approval["policy"]>((value) => typeof value === "object" && value !== null),
  evidence: z.custom<Json>((value) => value !== undefined),
  requestedAt: z.string(),
  deadline: z.string(),
  decision: DecisionShape.nullable(),
  delivered: z.boolean(),
  token: z.string(),
}) satisfies z.ZodType<StoredApproval>;

/** The approval without its token, which never leaves the store. */
export function publicView({ token: _, ...approval }: StoredApproval): Approval {
  return approval;
}

export async function readApproval(
  id: string,
  { records }: Stores,
): Promise<HeldApproval | undefined> {
  const item = await records.get(keyOf(id));
  return item && held(item);
}

/** Writes a new approval, or returns the one that already stands under its id. */
export async function addApproval(approval: StoredApproval, stores: Stores): Promise<HeldApproval> {
  const pointers = approval.status === "open" ? pointersOf(approval) : [];
  // Pointers first: whoever finds the approval finds it by each of its keys. One that points at
  // nothing (this process died before the next write) is skipped by readers.
  const expiresAt = Math.ceil(Date.parse(approval.deadline) / 1000) + POINTERS_OUTLIVE_S;
  for (const key of pointers) {
    await stores.records.put({ key, data: { approval: approval.id }, expiresAt });
  }
  try {
    return held(await stores.records.put(itemOf(approval), { absent: true }));
  } catch (error) {
    if (!(error instanceof ConditionFailed)) throw error;
    const standing = await readApproval(approval.id, stores);
    if (!standing) throw error;
    return standing;
  }
}

/** Changes an approval. Throws `ConditionFailed` if it is no longer as it is held here. */
export async function changeApproval(
  { approval, version }: HeldApproval,
  change: Partial<Pick<StoredApproval, "status" | "decision" | "delivered">>,
  { records }: Stores,
): Promise<HeldApproval> {
  const changed = { ...approval, ...change };
  const written = held(await records.put(itemOf(changed), { version }));
  if (approval.status === "open" && changed.status !== "open") {
    // The change is made, whatever becomes of these: readers skip those that stay, until they expire.
    await records.deleteAll(pointersOf(approval)).catch(() => undefined);
  }
  return written;
}

export type ApprovalQuestion =
  | { readonly all: true }
  | { readonly status: Approval["status"] }
  | { readonly run: string }
  | { readonly queue: "open" | "undelivered" };

/** All approvals that answer the question, in the order of the index. */
export async function* queryApprovals(
  question: ApprovalQuestion,
  { records }: Stores,
): AsyncGenerator<HeldApproval> {
  for await (const item of pages(queryOf(question), records)) yield held(item);
}

/** Open approvals that this person may decide, nearest deadline first. */
export async function* approvalsOf(approver: string, stores: Stores): AsyncGenerator<HeldApproval> {
  const partition = `approver#${normaliseAddress(approver)}`;
  for await (const { data } of pages({ partition }, stores.records)) {
    const found = await readApproval(String(data.approval), stores);
    if (found?.approval.status === "open") yield found;
  }
}

function queryOf(question: ApprovalQuestion): RecordQuery {
  if ("all" in question) return { index: "all", partition: "approvals" };
  if ("status" in question) return { index: "status", partition: `approvals#${question.status}` };
  if ("run" in question) {
    return { index: "run", partition: `run#${question.run}`, prefix: "approval#" };
  }
  return { index: "queue", partition: `approvals#${question.queue}` };
}

async function* pages(query: RecordQuery, records: Ports["records"]): AsyncGenerator<RecordItem> {
  let after: string | undefined;
  do {
    const page = await records.query(after === undefined ? query : { ...query, after });
    yield* page.items;
    after = page.next;
  } while (after !== undefined);
}

function keyOf(id: string): RecordKey {
  return { partition: `approval#${id}`, sort: "approval" };
}

function pointersOf(approval: StoredApproval): RecordKey[] {
  const sort = `${approval.deadline}#${approval.id}`;
  const addresses = new Set(approval.policy.approvers.map(normaliseAddress));
  return [...addresses].map((address) => ({ partition: `approver#${address}`, sort }));
}

function itemOf(approval: StoredApproval): Omit<RecordItem, "version"> {
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

function queueKeyOf({
  id,
  status,
  deadline,
  decision,
  delivered,
}: StoredApproval): RecordKey | undefined {
  if (status === "open") return { partition: "approvals#open", sort: `${deadline}#${id}` };
  if (decision && !delivered) {
    return { partition: "approvals#undelivered", sort: `${decision.at}#${id}` };
  }
  return undefined;
}

function held(item: RecordItem): HeldApproval {
  return { approval: Stored.parse(item.data), version: item.version };
}
