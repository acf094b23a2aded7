/** Who may decide: addresses, groups that an environment names, people that the evidence names. */
import * as z from "zod";
import { issue } from "./issue.ts";
import { quoted } from "./quoted.ts";

/** Name of a group of an environment. */
export const GroupName = z
  .string()
  .regex(/^[a-z][a-z0-9-]{0,40}$/, "Write lower-case letters, digits and dashes.");

/** A dotted path into the evidence: `owner`, `request.manager`, `reviewers.0`. */
const EVIDENCE_PATH = /^[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)*$/;

const EvidencePath = z
  .string()
  .describe("Where in the evidence the address, or a list of addresses, stands: a dotted path.")
  .meta({ pattern: EVIDENCE_PATH.source })
  .check((ctx) => {
    if (EVIDENCE_PATH.test(ctx.value) && ctx.value.length <= 200) return;
    ctx.issues.push(
      issue(ctx.value, {
        code: "ESP204",
        message: `${quoted(ctx.value)} is no path into the evidence`,
        hint: "Write names with dots between them, without a $: request.owner.",
      }),
    );
  });

export const Approver = z.union([
  z.string().trim().min(1).max(254),
  z.strictObject({ group: GroupName }),
  z.strictObject({ from: EvidencePath }),
]);

/** `"*"` lets anybody with access decide (development only). */
export type Approver = z.infer<typeof Approver>;

export const Approvers = z
  .array(Approver)
  .min(1)
  .max(100)
  .describe(
    'Addresses, `{ group: NAME }` of the environment, `{ from: path }` into the evidence; "*": anybody.',
  );

/** How people are told of an approver. */
export function approverText(approver: Approver): string {
  if (typeof approver === "string") return approver;
  return "group" in approver ? `the group ${approver.group}` : `whom ${approver.from} names`;
}

/**
 * Addresses as they are compared: neither case nor the form of a letter makes another person. The same
 * rule as `normaliseAddress` of the runtime.
 */
export function distinctAddresses(approvers: readonly string[]): readonly string[] {
  return [...new Set(approvers.map((each) => each.normalize("NFKC").trim().toLowerCase()))];
}
