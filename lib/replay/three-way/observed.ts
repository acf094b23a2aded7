/** Keeps what a replay tells of itself, for the comparison afterwards. */
import type { HistoryEvent } from "../../engine/index.ts";
import type { RunEvent } from "../../runtime/control.ts";
import { runEvent } from "../../runtime/run-event.ts";
import type { ObservedCall, ObservedReply, ReplayObserver } from "../observer.ts";
import { placeText } from "./side.ts";

export class Observed implements ReplayObserver {
  events: readonly RunEvent[] = [];
  /** By place: `inspect[2]`. */
  readonly calls = new Map<string, ObservedCall[]>();
  readonly replies = new Map<string, ObservedReply[]>();

  called(call: ObservedCall): void {
    add(this.calls, placeText(call.step), call);
  }

  replied(reply: ObservedReply): void {
    add(this.replies, placeText(reply), reply);
  }

  ended(events: readonly HistoryEvent[]): void {
    this.events = events.map(runEvent);
  }
}

function add<T>(map: Map<string, T[]>, key: string, value: T): void {
  map.set(key, [...(map.get(key) ?? []), value]);
}
