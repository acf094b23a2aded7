/** What a data folder says of a run that ran elsewhere, beside what is kept of it. */
import * as z from "zod";
import type { AuditVerdict } from "./verify-audit.ts";

export const PULLED_FILE = "pulled.json";

export const Pulled = z.object({
  format: z.literal(1),
  environment: z.string(),
  region: z.string().nullable(),
  /** When, ISO 8601. */
  at: z.string(),
  /**
   * What a look at its audit has found there and then. The entries themselves are not copied: people
   * write in them, and nothing masks that.
   */
  audit: z.array(
    z.object({
      stream: z.string(),
      entries: z.int(),
      problems: z.array(
        z.object({
          number: z.int(),
          kind: z.enum(["changed", "removed", "moved", "inserted", "unlinked"]),
          message: z.string(),
        }),
      ),
      last: z.object({ number: z.int(), digest: z.string() }).nullable(),
    }),
  ),
});
export type Pulled = Omit<z.infer<typeof Pulled>, "audit"> & {
  readonly audit: readonly AuditVerdict[];
};
