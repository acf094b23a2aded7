/** What a replay tells of itself while it happens, to who compares it: nothing is kept for those who do not ask. */
import type { HistoryEvent } from "../engine/index.ts";
import type { Json, JsonObject } from "../runtime/json.ts";
import type { ModelDocument, ModelReply } from "../runtime/model/model.ts";
import type { Artifacts } from "../runtime/ports.ts";
import type { Use } from "./guard/protocol.ts";
import type { ReplayedStep } from "./report.ts";

export interface ReplayObserver {
  /** In the order of the answers. */
  called(call: ObservedCall): void;
  /** A model's answer, from the record or `live`. */
  replied(reply: ObservedReply): void;
  /** The whole history, with its data, all artifacts that it speaks of, and `Performed.names`. */
  ended(
    events: readonly HistoryEvent[],
    artifacts: Pick<Artifacts, "open">,
    names: ReadonlyMap<string, string>,
  ): void;
}

export interface ObservedCall {
  readonly step: ReplayedStep;
  readonly request: JsonObject;
  /** What it repeats; null: the run made no such call. */
  readonly recorded: JsonObject | null;
  /** Milliseconds that its answer took when it was recorded; null: it was not. */
  readonly durationMs: number | null;
  /** Paths of the bundle's files that its code has asked for. */
  readonly files: readonly string[];
  /** What its result depends on beside its input, whatever the verdict. */
  readonly depends: readonly Use[];
  /** What a task's function gave, or an error; null: no answer. */
  readonly answer: { readonly output: Json } | { readonly error: string } | null;
}

export interface ObservedReply {
  readonly step: string;
  readonly iteration: string;
  readonly model: ModelDocument;
  readonly reply: ModelReply;
  readonly isLive: boolean;
}
