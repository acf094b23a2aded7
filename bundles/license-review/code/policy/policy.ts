/** The shape of `policy/licences.yaml`, and the reader that refuses a policy with mistakes in it. */
import { StepError, z } from "espalier";
import semver from "semver";
import { parse, YAMLError } from "yaml";
import { isExceptionId, isLicenceId, LICENCE_IDS } from "../spdx/licence-ids.ts";

export const PolicyVerdict = z.enum(["allow", "review", "deny"]);
export type PolicyVerdict = z.infer<typeof PolicyVerdict>;

/** An id, a pattern that some id fits, a reference, or npm's UNLICENSED. A typo must not open a gap. */
const Entry = z
  .string()
  .refine(
    (entry) =>
      entry === "UNLICENSED" ||
      /^(DocumentRef-[A-Za-z0-9.-]+:)?LicenseRef-[A-Za-z0-9.-]+$/.test(entry) ||
      isLicenceId(entry) ||
      (entry.endsWith("*") && LICENCE_IDS.some((id) => id.startsWith(entry.slice(0, -1)))),
    {
      error: (issue) =>
        `"${issue.input}" is no SPDX licence id that is in force, and no pattern of one`,
    },
  );

const WithEntry = z.string().refine((entry) => isExceptionId(entry.split(" WITH ").at(-1) ?? ""), {
  error: (issue) => `"${issue.input}" does not end in the id of an SPDX exception`,
});

/** npm's `*` at the end of a name fits every rest. */
const PackageName = z.string().min(1);

export const PackageException = z.strictObject({
  package: PackageName,
  versions: z
    .string()
    .refine((range) => semver.validRange(range) !== null, { error: "is no semver range" })
    .default("*"),
  /** The licence as the report of the decision spelled it; absent: whatever is declared. */
  declared: z.string().optional(),
  verdict: PolicyVerdict,
  reason: z.string().min(10),
  owner: z.string().min(1),
  /** Last day (UTC) on which it counts. */
  expires: z.iso.date(),
});
export type PackageException = z.infer<typeof PackageException>;

export const Policy = z
  .strictObject({
    allow: z.array(Entry),
    review: z.array(Entry),
    deny: z.array(Entry),
    with: z.record(WithEntry, PolicyVerdict).default({}),
    own: z.array(PackageName).default([]),
    exceptions: z.array(PackageException).default([]),
    /** 100 findings of at most 1.5 KiB fit a state's 256 KiB with room to spare. */
    inspect: z
      .strictObject({
        limit: z.int().min(0).max(100).default(100),
        /** Packages whose declaration counts only if their files confirm it. */
        confirm: z.array(PackageName).default([]),
      })
      .prefault({}),
  })
  .check((ctx) => {
    const seen = new Map<string, string>();
    for (const list of ["allow", "review", "deny"] as const) {
      ctx.value[list].forEach((entry, index) => {
        const other = seen.get(entry);
        seen.set(entry, list);
        if (other === undefined) return;
        const message = `"${entry}" already stands under "${other}"`;
        ctx.issues.push({ code: "custom", input: entry, path: [list, index], message });
      });
    }
  });
export type Policy = z.infer<typeof Policy>;

/** Path of the policy inside the bundle. */
export const POLICY_FILE = "policy/licences.yaml";

/** Throws `Policy.Invalid` with every mistake and its place in the file. */
export function readPolicy(yaml: string): Policy {
  let content: unknown;
  try {
    content = parse(yaml);
  } catch (error) {
    if (error instanceof YAMLError) throw invalid([error.message]);
    throw error;
  }
  const policy = Policy.safeParse(content);
  if (policy.success) return policy.data;
  throw invalid(
    policy.error.issues.map((issue) => `${issue.path.join(".") || "the file"}: ${issue.message}`),
  );
}

function invalid(mistakes: readonly string[]): StepError {
  return new StepError(
    "Policy.Invalid",
    `${POLICY_FILE} is no valid policy:\n${mistakes.join("\n")}`,
  );
}
