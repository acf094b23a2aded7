/** The port through which people are told, and what they are told. */
import type { Channel } from "../../manifest/approval-policy.ts";
import type { JsonObject } from "../json.ts";
import type { Approval } from "./approval.ts";

export type MessageKind = "request" | "reminder" | "escalation" | "decided";

/** One message for one person, written for every channel. */
export interface Message {
  readonly kind: MessageKind;
  /** Address of the approver. */
  readonly to: string;
  /** With evidence as the approver's clearance allows it. */
  readonly approval: Approval;
  /** Absolute; opens the page for this person and this request. Empty: there is nothing to open. */
  readonly link: string;
  readonly subject: string;
  readonly text: string;
  readonly html: string;
  /** Slack's blocks (Block Kit). */
  readonly slack: readonly JsonObject[];
  /**
   * References of what the channel has sent to this person about the request before, oldest first: a
   * channel that can change a message does so once all is decided.
   */
  readonly earlier?: readonly string[] | undefined;
}

export interface Sent {
  /** The channel's own name for what was sent; enough to update it once decided. */
  readonly reference: string;
}

/** Sends by one channel. Throws `NotifyFailed`. */
export interface Notifier {
  send(message: Message, channel: Channel): Promise<Sent>;
}

export class NotifyFailed extends Error {
  override readonly name = "NotifyFailed";
  /** Whether the same channel may work in a moment (throttling, a broken connection). */
  readonly retry: boolean;

  constructor(message: string, options: { readonly retry: boolean; readonly cause?: unknown }) {
    super(message, { cause: options.cause });
    this.retry = options.retry;
  }
}

/**
 * Tells the approvers of a stage, or those of an earlier one what was decided. What it does about
 * channels that fail is its own; it throws only if nothing at all could be tried. Called after the
 * request is stored; a request that is told twice says the same twice.
 */
export interface Messenger {
  tell(kind: MessageKind, approval: Approval, to: readonly string[]): Promise<readonly Told[]>;
}

/** What became of one person's message. */
export interface Told {
  readonly to: string;
  /** Null: no channel got through. */
  readonly channel: Channel | null;
  readonly reference: string | null;
  /** Of each channel that failed, in one sentence; never holds secrets. */
  readonly failures: readonly { readonly channel: Channel; readonly message: string }[];
}
