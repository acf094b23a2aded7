/** Links to the pages that the runtime of this machine serves, for whoever works at it. */
import { userInfo } from "node:os";
import type { Approval } from "../../runtime/approval/approval.ts";
import type { Invocation } from "../command.ts";

export interface ApprovalLinks {
  /** The queue, and from there every request. */
  readonly queue: string;
  readonly of: (
    approval: Approval,
  ) => readonly { readonly approver: string; readonly url: string }[];
}

/** How the person at this machine is named where a policy lets anybody decide. */
export function localPerson(): string {
  try {
    return `${userInfo().username}@localhost`.toLowerCase();
  } catch {
    // There are accounts without a name.
    return "dev@localhost";
  }
}

/**
 * Signed with the key of the data folder, as messages are. Undefined if no other process serves the
 * folder (the page would be gone with this one), and on AWS, where a link goes to its approver alone.
 */
export async function approvalLinks({
  aws,
  dataDir,
}: Invocation): Promise<ApprovalLinks | undefined> {
  if (aws !== undefined) return undefined;
  const { readRuntimeFile } = await import("../../local/runtime/runtime-file.ts");
  const runtime = await readRuntimeFile(dataDir);
  if (!runtime || runtime.pid === process.pid) return undefined;
  return linksAt(runtime.url, dataDir);
}

/** The same for the runtime of this process, while it serves. */
export async function linksAt(url: string, dataDir: string): Promise<ApprovalLinks> {
  const [{ readLinkKeys }, { linkPath }, { entryPath }] = await Promise.all([
    import("../../local/runtime/link-keys.ts"),
    import("../../runtime/approval/link.ts"),
    import("../../pages/session.ts"),
  ]);
  const signing = { ring: await readLinkKeys(dataDir), now: new Date() };
  const person = localPerson();
  return {
    queue: url + entryPath(person, signing),
    of: (approval) =>
      approval.approvers.map((name) => {
        const approver = name === "*" ? person : name;
        return { approver, url: url + linkPath(approval, approver, signing) };
      }),
  };
}
