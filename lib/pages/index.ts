export { type ApprovalPagesOptions, approvalPages, type Refused } from "./approval-pages.ts";
export type { Desk, PageDecision, PageDelegation } from "./desk.ts";
export type { Origins } from "./origin.ts";
export { entryPath } from "./session.ts";
export type { SignInSettings } from "./sign-in.ts";
