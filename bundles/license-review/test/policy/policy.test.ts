import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { POLICY_FILE, readPolicy } from "../../code/policy/policy.ts";

const LISTS = "allow: [MIT]\nreview: []\ndeny: [GPL-*]\n";

test("the bundle's own policy is valid", () => {
  const policy = readPolicy(readFileSync(new URL(`../../${POLICY_FILE}`, import.meta.url), "utf8"));
  expect(policy.allow).toContain("MIT");
});

test.each([
  ["a misspelt id", "allow: [MITT]\nreview: []\ndeny: []", 'allow.0: "MITT" is no SPDX licence id'],
  [
    "an id that is no longer in force",
    "allow: [GPL-2.0]\nreview: []\ndeny: []",
    '"GPL-2.0" is no SPDX',
  ],
  ["a pattern that fits nothing", "allow: [FOO-*]\nreview: []\ndeny: []", '"FOO-*" is no SPDX'],
  [
    "an entry in two lists",
    "allow: [MIT]\nreview: []\ndeny: [MIT]",
    'deny.0: "MIT" already stands under "allow"',
  ],
  ["an unknown exception", `${LISTS}with: { Foo-exception: allow }`, "Foo-exception"],
  ["a key that does not exist", `${LISTS}denied: []`, "denied"],
  [
    "an exception without an expiry",
    `${LISTS}exceptions: [{ package: a, verdict: allow, reason: because we say so, owner: a@example.com }]`,
    "exceptions.0.expires",
  ],
  [
    "a range that is none",
    `${LISTS}exceptions: [{ package: a, versions: "x y", verdict: allow, reason: because we say so, owner: a@example.com, expires: 2027-01-01 }]`,
    "is no semver range",
  ],
  ["no YAML", "allow: [", "policy/licences.yaml is no valid policy"],
  ["an empty file", "", "the file"],
])("refuses %s", (_, yaml, message) => {
  expect(() => readPolicy(yaml)).toThrow(
    expect.objectContaining({ name: "Policy.Invalid", message: expect.stringContaining(message) }),
  );
});
