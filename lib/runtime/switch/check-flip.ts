import { normaliseAddress, RULE } from "../approval/approval.ts";
import { RequestError } from "../errors.ts";
import type { SwitchFlip } from "./switch.ts";

const MAX_REASON = 4000;

/** Names of workflows and of tools, as manifests and models allow them. */
const NAME = /^[A-Za-z0-9_-]{1,64}$/;

/** The flip with its address and reason as they are recorded. Throws `RequestError`. */
export function checkFlip(flip: SwitchFlip): SwitchFlip {
  // AWS's names for people differ in case.
  const by = flip.by.startsWith("arn:") ? flip.by.trim() : normaliseAddress(flip.by);
  const reason = flip.reason?.trim() || null;
  if (by === "" || by === RULE || by === "*") {
    throw new RequestError(
      "NameInvalid",
      `"${by}" is not the address of a person.`,
      "Say who flips the switch, for example with `--as me@example.com`.",
    );
  }
  for (const [what, name] of [
    ["workflow", flip.workflow],
    ["tool", flip.tool],
  ] as const) {
    if (name === null || NAME.test(name)) continue;
    throw new RequestError(
      "NameInvalid",
      `"${name}" is not the name of a ${what}.`,
      "A name has letters, digits, underscores and dashes, 64 at most.",
    );
  }
  if (flip.off && reason === null) {
    throw new RequestError(
      "ReasonRequired",
      "Switching tools off needs a reason.",
      "Give one, for example with `--reason TEXT`: people and agents are told.",
    );
  }
  if (reason !== null && reason.length > MAX_REASON) {
    throw new RequestError(
      "InputInvalid",
      `The reason has ${reason.length} characters; ${MAX_REASON} are allowed.`,
      "Put the long form where it can be linked, and the link here.",
    );
  }
  return { ...flip, by, reason };
}
