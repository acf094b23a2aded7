/** The SPDX licence list: which ids exist, how they are spelled, and what replaced the deprecated ones. */
import exceptions from "spdx-exceptions/index.json" with { type: "json" };
import deprecated from "spdx-license-ids/deprecated.json" with { type: "json" };
import ids from "spdx-license-ids/index.json" with { type: "json" };
import { type Licence, licence } from "./expression.ts";

/** All ids that are in force. */
export const LICENCE_IDS: readonly string[] = ids;

/** Ids were always meant to be compared without regard to case (SPDX 2.3, annex D.2). */
const spelling = new Map<string, string>(
  [...ids, ...deprecated, ...exceptions].map((id) => [id.toLowerCase(), id]),
);

const current = new Set<string>(ids);

/** What https://spdx.org/licenses/ names as the replacement, beyond the GNU ids (see `replaceGnu`). */
const REPLACED: Readonly<Record<string, Licence>> = {
  "BSD-2-Clause-FreeBSD": licence("BSD-2-Clause-Views"),
  "BSD-2-Clause-NetBSD": licence("BSD-2-Clause"),
  "GPL-2.0-with-GCC-exception": licence("GPL-2.0-only", false, "GCC-exception-2.0"),
  "GPL-2.0-with-autoconf-exception": licence("GPL-2.0-only", false, "Autoconf-exception-2.0"),
  "GPL-2.0-with-bison-exception": licence("GPL-2.0-only", false, "Bison-exception-2.2"),
  "GPL-2.0-with-classpath-exception": licence("GPL-2.0-only", false, "Classpath-exception-2.0"),
  "GPL-2.0-with-font-exception": licence("GPL-2.0-only", false, "Font-exception-2.0"),
  "GPL-3.0-with-GCC-exception": licence("GPL-3.0-only", false, "GCC-exception-3.1"),
  "GPL-3.0-with-autoconf-exception": licence("GPL-3.0-only", false, "Autoconf-exception-3.0"),
  "StandardML-NJ": licence("SMLNJ"),
  "bzip2-1.0.5": licence("bzip2-1.0.6"),
  "eCos-2.0": licence("GPL-2.0-or-later", false, "eCos-exception-2.0"),
  wxWindows: licence("LGPL-2.0-or-later", false, "WxWindows-exception-3.1"),
};

/** The id as SPDX spells it (licences, deprecated ones included, and exceptions), or undefined. */
export function spellId(id: string): string | undefined {
  return spelling.get(id.toLowerCase());
}

export function isLicenceId(id: string): boolean {
  return current.has(id);
}

export function isExceptionId(id: string): boolean {
  return exceptions.includes(id);
}

/** Puts a parsed licence into ids that are in force: `GPL-2.0+` is `GPL-2.0-or-later`. */
export function renew(id: string, orLater: boolean, exception: string | null): Licence {
  const replaced = REPLACED[id];
  if (replaced) {
    return exception && !replaced.exception ? { ...replaced, exception } : replaced;
  }
  // GNU ids without "only" or "or later" are deprecated because people read them both ways.
  // SPDX replaces the plain id by "only" and the one with a plus by "or later".
  if (!current.has(id) && current.has(`${id}-only`)) {
    return licence(`${id}-${orLater ? "or-later" : "only"}`, false, exception);
  }
  if (orLater && id.endsWith("-or-later")) return licence(id, false, exception);
  if (orLater && id.endsWith("-only")) {
    return licence(id.replace(/-only$/, "-or-later"), false, exception);
  }
  return licence(id, orLater, exception);
}
