/** Keeps what a replay tells of itself, for the comparison afterwards. */
import type { HistoryEvent } from "../../engine/index.ts";
import type { RunEvent } from "../../runtime/control.ts";
import type { Artifacts } from "../../runtime/ports.ts";
import { runEvent } from "../../runtime/run-event.ts";
import type { ObservedCall, ObservedReply, ReplayObserver } from "../observer.ts";
import { placeText } from "./side.ts";

export class Observed implements ReplayObserver {
  events: readonly RunEvent[] = [];
  artifacts: Pick<Artifacts, "open"> | undefined;
  /** Of iterations, in the run. */
  names: ReadonlyMap<string, string> = new Map();
  /** By place: `inspect[2]`. */
  readonly calls = new Map<string, ObservedCall[]>();
  readonly replies = new Map<string, ObservedReply[]>();

  called(call: ObservedCall): void {
    add(this.calls, placeText(call.step), call);
  }

  replied(reply: ObservedReply): void {
    add(this.replies, placeText(reply), reply);
  }

  ended(
    events: readonly HistoryEvent[],
    artifacts: Pick<Artifacts, "open">,
    names: ReadonlyMap<string, string>,
  ): void {
    this.names = names;
    this.events = events.map(runEvent);
    this.artifacts = artifacts;
  }
}

function add<T>(map: Map<string, T[]>, key: string, value: T): void {
  map.set(key, [...(map.get(key) ?? []), value]);
}
