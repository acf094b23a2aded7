/**
 * What a model has answered a step, so that an invocation that comes again neither loses nor repeats
 * it. An end that is an answer's own fault (a refusal, an invalid answer) closes the round: the next
 * attempt asks anew.
 *
 * | question                    | where                                      |
 * | --------------------------- | ------------------------------------------ |
 * | answers of one model step   | key `model#KEY` / `ROUND.TURN`, written once |
 * | whether a round has failed  | key `model#KEY` / `ROUND.end`              |
 */
import { readAll } from "../artifact-handle.ts";
import { ConditionFailed } from "../errors.ts";
import type { Json, JsonObject } from "../json.ts";
import type { Artifacts, Ports, RecordItem } from "../ports.ts";
import type { ModelReply } from "./model.ts";

export interface RecordedTurn {
  /** Digest of the request that was answered. */
  readonly request: string;
  readonly reply: ModelReply;
  /** Millionths. */
  readonly cost: number;
  /** Of `cost`, and the id that was asked for: for traces. Absent in records of earlier versions. */
  readonly currency?: string;
  readonly modelId?: string;
}

/** A recorded turn, and where it stands. */
export interface ModelAnswer extends RecordedTurn {
  readonly round: number;
  readonly turn: number;
  /** ISO 8601, when it was recorded; null in records of earlier versions. */
  readonly at: string | null;
}

export interface ModelJournal {
  /** Names this attempt at an answer; the same after a crash. */
  readonly round: number;
  turn(number: number): RecordedTurn | undefined;
  /** Writes a turn; if another invocation was first, its turn stands and is returned. */
  write(number: number, turn: RecordedTurn): Promise<RecordedTurn>;
  /** Ends the round: nothing of it is taken again. */
  close(error: string): Promise<void>;
}

type JournalPorts = Pick<Ports, "records" | "artifacts" | "clock">;

/** A year for the longest execution, and two weeks in which it may be redriven. */
const KEEP_SECONDS = 380 * 86_400;
/** Bytes of a reply; larger ones are artifacts. */
const MAX_INLINE = 32 * 1024;
const END = "end";
/** Two turns and an end. */
const ITEMS_A_ROUND = 3;

/** Reads the last round of a step; `key` is its idempotency key. */
export async function openModelJournal(key: string, ports: JournalPorts): Promise<ModelJournal> {
  const partition = `model#${key}`;
  const { items } = await ports.records.query({
    partition,
    order: "descending",
    limit: ITEMS_A_ROUND,
  });
  const last = items[0] === undefined ? 0 : placeOf(items[0]).round;
  const own = items.filter((item) => placeOf(item).round === last);
  const isClosed = own.some((item) => placeOf(item).turn === END);
  const round = isClosed ? last + 1 : last;
  const turns = new Map<string, RecordedTurn>();
  if (!isClosed) {
    for (const item of own) turns.set(placeOf(item).turn, await turnOf(item, ports.artifacts));
  }
  const sortOf = (turn: string) => `${String(round).padStart(6, "0")}.${turn}`;
  const put = (turn: string, data: JsonObject) =>
    ports.records.put(
      {
        key: { partition, sort: sortOf(turn) },
        data,
        expiresAt: Math.ceil(ports.clock.now().getTime() / 1000) + KEEP_SECONDS,
      },
      { absent: true },
    );
  return {
    round,
    turn: (number) => turns.get(String(number)),
    async write(number, turn) {
      try {
        const at = ports.clock.now().toISOString();
        await put(String(number), { ...(await dataOf(turn, ports.artifacts)), at });
        return turn;
      } catch (error) {
        if (!(error instanceof ConditionFailed) || !error.standing) throw error;
        return turnOf(error.standing, ports.artifacts);
      }
    },
    async close(error) {
      try {
        await put(END, { error });
      } catch (failed) {
        // Another invocation has come to the same end.
        if (!(failed instanceof ConditionFailed)) throw failed;
      }
    },
  };
}

/** Every answer that a step was given, oldest first, those of closed rounds too. */
export async function readModelJournal(
  key: string,
  { records, artifacts }: Pick<JournalPorts, "records" | "artifacts">,
): Promise<ModelAnswer[]> {
  const answers: ModelAnswer[] = [];
  for (let after: string | undefined; ; ) {
    const page = await records.query({
      partition: `model#${key}`,
      ...(after !== undefined && { after }),
    });
    for (const item of page.items) {
      const { round, turn } = placeOf(item);
      if (turn === END) continue;
      const { at } = item.data;
      const where = { round, turn: Number(turn), at: typeof at === "string" ? at : null };
      answers.push({ ...(await turnOf(item, artifacts)), ...where });
    }
    after = page.next;
    if (after === undefined) return answers;
  }
}

function placeOf({ key }: RecordItem): { readonly round: number; readonly turn: string } {
  const [round = "", turn = ""] = key.sort.split(".");
  return { round: Number(round), turn };
}

/** Not `storeLargeValues`: what a model wrote may look like a reference, and must not be followed. */
async function dataOf(
  { reply, ...told }: RecordedTurn,
  artifacts: Pick<Artifacts, "put">,
): Promise<JsonObject> {
  const body = Buffer.from(JSON.stringify(reply));
  if (body.byteLength <= MAX_INLINE) {
    return { ...told, reply: reply as unknown as Json };
  }
  const { $artifact } = await artifacts.put(body, { mediaType: "application/json" });
  return { ...told, artifact: $artifact };
}

/** Only this file writes these items. */
async function turnOf(
  { data }: RecordItem,
  artifacts: Pick<Artifacts, "open">,
): Promise<RecordedTurn> {
  const { request, cost, currency, modelId, reply, artifact } = data as {
    readonly request: string;
    readonly cost: number;
    readonly currency?: string;
    readonly modelId?: string;
    readonly reply?: Json;
    readonly artifact?: string;
  };
  const found =
    artifact === undefined
      ? reply
      : (JSON.parse(Buffer.from(await readAll(artifacts.open(artifact))).toString()) as Json);
  return {
    ...{ request, cost, reply: found as unknown as ModelReply },
    ...(currency !== undefined && { currency }),
    ...(modelId !== undefined && { modelId }),
  };
}
