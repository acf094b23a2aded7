/** What the pages are given, once for all requests. */
import type { Context } from "hono";
import type { KeySource } from "../runtime/approval/key-ring.ts";
import type { Ports } from "../runtime/ports.ts";
import type { Desk } from "./desk.ts";
import type { Origins } from "./origin.ts";
import type { SignIn, SignInSettings } from "./sign-in.ts";

export interface ApprovalPagesOptions {
  readonly desk: Desk;
  /** For revocations and rates of links. */
  readonly ports: Pick<Ports, "records" | "clock">;
  readonly keys: KeySource;
  /** Where the pages are reached; a function where the port is not known beforehand. */
  readonly origins: Origins | (() => Origins);
  /** Address of whoever is at the other end of the connection; never from a header that they can write. */
  readonly clientOf: (context: Context) => string;
  /** Absent: policies that want a sign-in cannot be decided here. */
  readonly signIn?: SignInSettings | undefined;
  /** Answers `POST /slack/interactions`, signature and all. */
  readonly slack?: ((request: Request) => Promise<Response>) | undefined;
  /** Told of what was refused, and why; never of a link. */
  readonly onRefused?: ((refused: Refused) => void) | undefined;
  /** Told of what is our fault. */
  readonly onError?: ((error: unknown) => void) | undefined;
}

export interface Refused {
  readonly what: "link" | "form" | "sign-in";
  readonly why: string;
  /** Id of the approval, where the link was good. */
  readonly request?: string;
}

export interface PageWorld extends Omit<ApprovalPagesOptions, "origins" | "signIn"> {
  readonly origins: () => Origins;
  readonly isSecure: () => boolean;
  readonly signIn: SignIn | undefined;
  readonly now: () => Date;
}
