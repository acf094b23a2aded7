import { expect, test } from "vitest";
import { whyNotInspectable } from "../../code/package/inspectable.ts";
import { Policy } from "../../code/policy/policy.ts";
import { toComponent } from "../../code/sbom/cyclonedx.ts";

const policy = Policy.parse({ allow: [], review: [], deny: [], own: ["@acme/*"] });
const PRIVATE = [{ name: "cdx:npm:package:private", value: "true" }];

test.each<[string, object, string | undefined]>([
  ["a published package", { purl: "pkg:npm/odd@1.0.0" }, undefined],
  ["a scoped package", { purl: "pkg:npm/%40scope/odd@1.0.0-rc.1" }, undefined],
  [
    "the public registry, named",
    { purl: "pkg:npm/odd@1.0.0?repository_url=https://registry.npmjs.org" },
    undefined,
  ],
  [
    "another registry",
    { purl: "pkg:npm/odd@1.0.0?repository_url=https://npm.example.com" },
    "another registry",
  ],
  ["no purl", {}, "no package URL"],
  ["a broken purl", { purl: "odd@1.0.0" }, "is no package URL"],
  ["another ecosystem", { purl: "pkg:maven/org.acme/odd@1.0.0" }, '"maven"'],
  ["no version", { purl: "pkg:npm/odd" }, "no version"],
  ["a folder", { purl: "pkg:npm/odd@file:..%2Fodd" }, "no version of a registry"],
  [
    "a clone",
    { purl: "pkg:npm/odd@1.0.0?vcs_url=git%2Bssh://git@example.com/odd.git" },
    "version control",
  ],
  [
    "an archive from elsewhere",
    { purl: "pkg:npm/odd@1.0.0?download_url=https://example.com/odd.tgz" },
    "not installed from a registry",
  ],
  ["a private package", { purl: "pkg:npm/odd@1.0.0", properties: PRIVATE }, "private"],
  [
    "a name of ours, which a stranger may have published",
    { purl: "pkg:npm/%40acme/odd@1.0.0" },
    "our own",
  ],
])("%s", (_, entry, why) => {
  const result = whyNotInspectable(toComponent({ name: "odd", ...entry }), policy);
  if (why === undefined) expect(result).toBeUndefined();
  else expect(result).toContain(why);
});
