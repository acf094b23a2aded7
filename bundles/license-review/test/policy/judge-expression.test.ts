import { describe, expect, test } from "vitest";
import { judgeExpression } from "../../code/policy/judge-expression.ts";
import { Policy } from "../../code/policy/policy.ts";
import { readLicence } from "../../code/spdx/read-licence.ts";

const policy = Policy.parse({
  allow: ["MIT", "ISC", "Apache-2.0", "BSD-2-Clause", "BSD-3-Clause", "LicenseRef-Acme", "X11"],
  review: ["MPL-*", "BSD-4-Clause", "LGPL-*", "CC-BY-4.0"],
  deny: ["GPL-*", "AGPL-*", "MPL-1.1", "UNLICENSED"],
  with: {
    "Apache-2.0 WITH LLVM-exception": "allow",
    "Classpath-exception-2.0": "review",
  },
});

describe("every verdict says which rule or branch decided", () => {
  test.each([
    ["MIT", "allow", "MIT", 'rule "allow: MIT"'],
    ["MPL-2.0", "review", "MPL-2.0", 'rule "review: MPL-*"'],
    ["GPL-3.0-only", "deny", "GPL-3.0-only", 'rule "deny: GPL-*"'],
    // An exact entry beats a pattern.
    ["MPL-1.1", "deny", "MPL-1.1", 'rule "deny: MPL-1.1"'],
    ["Zlib", "unknown", "Zlib", "the policy does not name Zlib"],
    ["LicenseRef-Acme", "allow", "LicenseRef-Acme", 'rule "allow: LicenseRef-Acme"'],
    ["LicenseRef-Other", "unknown", "LicenseRef-Other", "does not name"],
    ["UNLICENSED", "deny", "UNLICENSED", 'rule "deny: UNLICENSED"'],
    ["Apache-2.0+", "allow", "Apache-2.0+", 'rule "allow: Apache-2.0"'],
    ["GPL-2.0+", "deny", "GPL-2.0-or-later", 'rule "deny: GPL-*"'],
    // A choice: the best branch.
    ["GPL-3.0-only OR MIT", "allow", "MIT", "is a choice, MIT its best branch"],
    ["GPL-3.0-only OR MPL-2.0", "review", "MPL-2.0", "MPL-2.0 its best branch"],
    ["GPL-3.0-only OR Zlib", "unknown", "Zlib", "Zlib its best branch"],
    ["Zlib OR MPL-2.0", "review", "MPL-2.0", "MPL-2.0 its best branch"],
    ["ISC OR MIT", "allow", "ISC", "ISC its best branch"],
    // All apply: the worst.
    ["MIT AND ISC", "allow", "MIT AND ISC", "all of MIT AND ISC apply"],
    ["MIT AND GPL-3.0-only", "deny", "MIT AND GPL-3.0-only", "GPL-3.0-only decides"],
    ["MIT AND Zlib", "unknown", "MIT AND Zlib", "Zlib decides"],
    ["Zlib AND GPL-3.0-only", "deny", "Zlib AND GPL-3.0-only", "GPL-3.0-only decides"],
    ["MIT AND (GPL-3.0-only OR ISC)", "allow", "MIT AND ISC", "apply"],
    ["(MIT AND GPL-2.0-only) OR MPL-2.0", "review", "MPL-2.0", "MPL-2.0 its best branch"],
    ["MIT AND GPL-2.0-only OR ISC", "allow", "ISC", "ISC its best branch"],
    // Exceptions.
    [
      "Apache-2.0 WITH LLVM-exception",
      "allow",
      "Apache-2.0 WITH LLVM-exception",
      'rule "with: Apache-2.0 WITH LLVM-exception"',
    ],
    [
      "MIT WITH LLVM-exception",
      "unknown",
      "MIT WITH LLVM-exception",
      "does not name the exception LLVM-exception",
    ],
    [
      "GPL-2.0-only WITH Classpath-exception-2.0",
      "review",
      "GPL-2.0-only WITH Classpath-exception-2.0",
      'rule "with: Classpath-exception-2.0"',
    ],
    [
      "GPL-2.0-only WITH Font-exception-2.0",
      "unknown",
      "GPL-2.0-only WITH Font-exception-2.0",
      "does not name the exception",
    ],
    // Several meanings: clear only if all are judged alike.
    ["GPL", "deny", "GPL", "each reading is denied"],
    ["LGPL", "review", "LGPL", "each reading needs a review"],
    ["BSD", "unknown", "BSD", "the readings differ (is allowed, needs a review)"],
    ["MIT/X11", "allow", "MIT/X11", "each reading is allowed"],
    ["MIT/GPL-2.0", "unknown", "MIT/GPL-2.0", "the readings differ (is allowed, is denied)"],
    ["MIT, ISC", "allow", "MIT, ISC", "each reading is allowed"],
    // Unknown is never allowed.
    ["", "unknown", "", "nothing is declared"],
    ["Acme Terms", "unknown", "Acme Terms", "no name or expression that SPDX knows"],
  ])("%s is %s", (text, verdict, licence, reason) => {
    const judgement = judgeExpression(readLicence(text), policy);
    expect(judgement).toMatchObject({ verdict, licence });
    expect(judgement.reason).toContain(reason);
  });
});
