import type { Approval } from "../../runtime/approval/approval.ts";
import type { Control } from "../../runtime/control.ts";
import { RequestError } from "../../runtime/errors.ts";
import { Failure } from "../failure.ts";

/** A decision counts: a few characters could be a slip. */
const FEWEST = 4;

/**
 * The approval with this id, or the only open one whose id begins with it (at least 4 characters).
 * Throws what the runtime throws if there is none, and a `Failure` if several match.
 */
export async function findApproval(control: Control, wanted: string): Promise<Approval> {
  try {
    return await control.approval(wanted);
  } catch (error) {
    const unknown = error instanceof RequestError && error.code === "ApprovalNotFound";
    if (!unknown || wanted.length < FEWEST) {
      throw error;
    }
    const open = await control.approvals({ status: "open" });
    const matches = open.filter(({ id }) => id.startsWith(wanted.toLowerCase()));
    const [only, second] = matches;
    if (only === undefined) {
      throw error;
    }
    if (second !== undefined) {
      throw new Failure("ApprovalAmbiguous", `${matches.length} approvals match "${wanted}"`, {
        hint: ["Give more of the id:", ...matches.map(({ id }) => `  ${id}`)].join("\n"),
        cause: error,
      });
    }
    return control.approval(only.id);
  }
}
