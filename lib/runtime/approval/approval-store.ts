/**
 * Where approvals lie. Access patterns of the table:
 *
 * | question                          | where                                                        |
 * | --------------------------------- | ------------------------------------------------------------ |
 * | one approval                      | key `approval#ID` / `approval`                               |
 * | all, or of one status, oldest first | index `all` / `status`: `approvals[#STATUS]`, by request   |
 * | of one run                        | index `run`: `run#RUN`, `approval#` and time of request      |
 * | open ones by deadline             | index `queue`: `approvals#open`, by deadline                 |
 * | token not answered, or events not in the audit | index `queue`: `approvals#undelivered`, by time of decision |
 * | else, of those that are over, people not told | index `queue`: `approvals#untold`, by time of decision |
 * | open ones of one approver         | items `approver#ADDRESS` / time of request, which name the approval |
 */
import { ConditionFailed } from "../errors.ts";
import type { Ports, RecordItem, RecordKey, RecordQuery } from "../ports.ts";
import { type ApprovalStatus, normaliseAddress } from "./approval.ts";
import {
  type HeldApproval,
  held,
  itemOf,
  keyOf,
  pointersOf,
  type StoredApproval,
} from "./stored-approval.ts";

export { type HeldApproval, publicView, type StoredApproval } from "./stored-approval.ts";

/** Seconds from a request until what leads to it goes, if nobody has removed it: a run ends in a year. */
const POINTERS_LAST_S = 372 * 24 * 3600;

type Stores = Pick<Ports, "records">;

export async function readApproval(
  id: string,
  { records }: Stores,
): Promise<HeldApproval | undefined> {
  const item = await records.get(keyOf(id));
  return item && held(item);
}

/** Writes a new approval, or returns the one that already stands under its id. */
export async function addApproval(
  approval: StoredApproval,
  stores: Stores,
): Promise<{ readonly held: HeldApproval; readonly added: boolean }> {
  // Pointers first: whoever finds the approval finds it by each of its keys. One that points at
  // nothing (this process died before the next write) is skipped by readers.
  await putPointers(approval, pointersOf(approval), stores);
  try {
    return {
      held: held(await stores.records.put(itemOf(approval), { absent: true })),
      added: true,
    };
  } catch (error) {
    if (!(error instanceof ConditionFailed)) throw error;
    const standing = await readApproval(approval.id, stores);
    if (!standing) throw error;
    return { held: standing, added: false };
  }
}

/**
 * Changes an approval. Throws `ConditionFailed` if it is no longer as it is held here. `later` takes the
 * tidying up, for a caller who has something more urgent to do first.
 */
export async function changeApproval(
  { approval, version }: HeldApproval,
  change: Partial<StoredApproval>,
  stores: Stores,
  later: (tidy: () => Promise<void>) => Promise<void> | void = (tidy) => tidy(),
): Promise<HeldApproval> {
  const changed = { ...approval, ...change };
  const [before, after] = [pointersOf(approval), pointersOf(changed)];
  const isIn = (keys: readonly RecordKey[]) => (key: RecordKey) =>
    keys.some(({ partition, sort }) => partition === key.partition && sort === key.sort);
  await putPointers(
    changed,
    after.filter((key) => !isIn(before)(key)),
    stores,
  );
  const written = held(await stores.records.put(itemOf(changed), { version }));
  const stale = before.filter((key) => !isIn(after)(key));
  // The change is made, whatever becomes of these: readers skip those that stay, until they expire.
  if (stale.length > 0) {
    await later(() => stores.records.deleteAll(stale).catch(() => undefined));
  }
  return written;
}

export type ApprovalQuestion =
  | { readonly all: true }
  | { readonly status: ApprovalStatus }
  | { readonly run: string }
  | { readonly queue: "open" | "undelivered" | "untold" };

/** All approvals that answer the question, in the order of the index. */
export async function* queryApprovals(
  question: ApprovalQuestion,
  { records }: Stores,
): AsyncGenerator<HeldApproval> {
  for await (const item of pages(queryOf(question), records)) yield held(item);
}

/** Open approvals that this person is asked about, oldest first. */
export async function* approvalsOf(approver: string, stores: Stores): AsyncGenerator<HeldApproval> {
  const address = normaliseAddress(approver);
  for await (const { data } of pages({ partition: `approver#${address}` }, stores.records)) {
    const found = await readApproval(String(data.approval), stores);
    if (found?.approval.status === "open" && found.approval.approvers.includes(address)) {
      yield found;
    }
  }
}

async function putPointers(
  { id, requestedAt }: StoredApproval,
  keys: readonly RecordKey[],
  { records }: Stores,
): Promise<void> {
  const expiresAt = Math.ceil(Date.parse(requestedAt) / 1000) + POINTERS_LAST_S;
  for (const key of keys) await records.put({ key, data: { approval: id }, expiresAt });
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
