import { z } from "espalier";
import { Declared } from "../spdx/declared.ts";

/** What the review needs to know of a component; one entry of `components` in the SBOM. */
export const Component = z.object({
  /** With its namespace: `@scope/name`, `org.apache.commons/commons-lang3`. */
  name: z.string(),
  version: z.string().nullable(),
  /** https://github.com/package-url/purl-spec */
  purl: z.string().nullable(),
  /** `required`, `optional` or `excluded`; null where the SBOM does not say. */
  scope: z.string().nullable(),
  /** The SBOM marks it as not published anywhere. */
  private: z.boolean(),
  declared: z.array(Declared),
  /** Subresource integrity of the package's archive (`sha512-…`), if the SBOM has its digest. */
  integrity: z.string().nullable(),
  /** Who holds the copyright, or at least who wrote it; empty where the SBOM does not say. */
  copyright: z.array(z.string()),
});
export type Component = z.infer<typeof Component>;
