/** What an approver may put in place of a proposal. Pure. */
import { canonicalJson } from "../canonical-json.ts";
import { RequestError } from "../errors.ts";
import type { Json } from "../json.ts";
import type { Approval, Vote } from "./approval.ts";
import { differences } from "./differences.ts";

/** Bytes of an edited proposal. An item of the table has 400 KB, and holds it in the vote and the decision. */
export const MAX_EDIT = 64 * 1024;

/** What stands in evidence where something is not shown. */
const HIDDEN = /^\[(masked|not shown: .*)\]$/;

/**
 * The edited proposal, or null if it is what stands already. Throws `RequestError` `EditNotAllowed` for
 * a field that the policy does not name, for another kind of value than was proposed, for a proposal
 * of which something is not shown, and for an edit of what others have approved as it stood.
 */
export function judgeEdit(
  { id, policy, votes }: Pick<Approval, "id" | "policy" | "votes">,
  proposal: Json,
  edited: Json,
): Json | null {
  const standing = standingEdit(votes);
  if (canonicalJson(edited) === canonicalJson(standing ?? proposal)) return null;
  const refuse = (message: string, hint: string) =>
    new RequestError("EditNotAllowed", message, hint);
  if (votes.length > 0) {
    throw refuse(
      `Others have approved ${id} as it stands; a change now would not be what they approved.`,
      "Approve it as it stands, or reject it and say what should change.",
    );
  }
  if (policy.edit.length === 0) {
    throw refuse(
      `The policy "${policy.approval}" lets nobody change the proposal.`,
      "Approve it as it stands, or reject it and say what should change.",
    );
  }
  if (holdsHidden(proposal)) {
    throw refuse(
      `Parts of the proposal of ${id} are not shown, so it cannot be changed here.`,
      "Approve it as it stands, or reject it and say what should change.",
    );
  }
  const size = Buffer.byteLength(JSON.stringify(edited));
  if (size > MAX_EDIT) {
    throw refuse(`The edited proposal has ${size} bytes; ${MAX_EDIT} are possible.`, "Shorten it.");
  }
  for (const { path, kind, before, after } of differences(proposal, edited)) {
    const field = path.join(".");
    if (!isAllowed(path, policy.edit)) {
      throw refuse(
        `The field ${JSON.stringify(field || "(all)")} may not be changed.`,
        `The policy "${policy.approval}" allows changes of ${policy.edit.join(", ")}.`,
      );
    }
    if (
      kind === "changed" &&
      before !== null &&
      after !== null &&
      typeOf(before) !== typeOf(after)
    ) {
      throw refuse(
        `The field ${JSON.stringify(field)} holds ${typeOf(before)}, and ${typeOf(after)} was given.`,
        "Give the same kind of value.",
      );
    }
  }
  return edited;
}

/** The edit that somebody has approved already: what those who come after them decide about. */
export function standingEdit(votes: readonly Vote[]): Json | null {
  return votes.find(({ edited }) => edited !== null)?.edited ?? null;
}

function isAllowed(path: readonly (string | number)[], fields: readonly string[]): boolean {
  return fields.some((field) => {
    if (field === "*") return true;
    const names = field.split(".");
    return (
      names.length <= path.length &&
      names.every((name, i) => name === "*" || name === String(path[i]))
    );
  });
}

function typeOf(value: Json): string {
  if (Array.isArray(value)) return "a list";
  return { string: "text", number: "a number", boolean: "true or false", object: "an object" }[
    typeof value as "string" | "number" | "boolean" | "object"
  ];
}

export function holdsHidden(value: Json): boolean {
  if (typeof value === "string") return HIDDEN.test(value);
  if (typeof value !== "object" || value === null) return false;
  return Object.values(value).some(holdsHidden);
}
