/** The shape of `policy/changes.yaml`: what may be changed, and how that raises versions. */
import { z } from "espalier";
import { parse } from "yaml";

export const ChangeRules = z.strictObject({
  /** Folder of the bundle → the part of its version that a change there raises. */
  folders: z.record(z.string().regex(/^[a-z][a-z0-9-]*$/), z.enum(["minor", "patch"])),
  files: z.int().min(1).max(20),
  bytes: z.int().min(1).max(1_000_000),
});
export type ChangeRules = z.infer<typeof ChangeRules>;

/** Path of the rules in the bundle. */
export const RULES_FILE = "policy/changes.yaml";

/** Throws a `ZodError`, or what `yaml` throws: rules with a mistake allow nothing. */
export function readRules(text: string): ChangeRules {
  return ChangeRules.parse(parse(text));
}
