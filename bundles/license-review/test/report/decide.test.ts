import { expect, test } from "vitest";
import type { Finding } from "../../code/package/finding.ts";
import type { Judged } from "../../code/policy/judged.ts";
import { decide } from "../../code/report/decide.ts";

function judged(verdict: Judged["verdict"], more: Partial<Judged> = {}): Judged {
  const component = {
    name: "odd",
    version: "1.0.0",
    purl: "pkg:npm/odd@1.0.0",
    scope: null,
    private: false,
    declared: [],
    integrity: null,
    copyright: ["Author: Jo Doe"],
  };
  return {
    key: 0,
    component,
    verdict,
    licence: "",
    reason: "nothing is declared",
    notInspected: null,
    ...more,
  };
}

function finding(verdict: Finding["verdict"], licence: string | null): Finding {
  const ruling = licence && `${licence} by rule`;
  return {
    key: 0,
    verdict,
    licence,
    reason: "the files say so",
    ruling,
    evidence: [],
    copyright: [],
    isOpen: false,
    claim: null,
  };
}

test.each<[string, Judged["verdict"], Finding | undefined, string, string]>([
  ["what is declared decides", "allow", undefined, "allowed", ""],
  ["what is denied stays denied", "deny", undefined, "denied", ""],
  ["files settle what was unknown", "unknown", finding("allow", "MIT"), "allowed", "MIT"],
  [
    "files may also lead to a denial",
    "unknown",
    finding("deny", "GPL-3.0-only"),
    "denied",
    "GPL-3.0-only",
  ],
  ["files may lead to a review", "unknown", finding("review", "MPL-2.0"), "unclear", "MPL-2.0"],
  ["files that say nothing leave it unclear", "unknown", finding("unknown", null), "unclear", ""],
  ["files never replace a review", "review", finding("allow", "MIT"), "unclear", ""],
])("%s", (_, verdict, found, expected, licence) => {
  expect(decide(judged(verdict), found)).toMatchObject({
    component: "odd@1.0.0",
    verdict: expected,
    licence,
  });
});

test("the reason holds all that led to the decision, once", () => {
  expect(decide(judged("unknown"), finding("allow", "MIT")).reason).toBe(
    "nothing is declared; looked into its files: the files say so; MIT by rule",
  );
  expect(decide(judged("unknown", { notInspected: "a private package" }), undefined).reason).toBe(
    "nothing is declared; files not looked into: a private package",
  );
});

test("copyright lines of its files are better than the SBOM's author", () => {
  const found = { ...finding("allow", "MIT"), copyright: ["Copyright (c) 2012 Jo Doe"] };
  expect(decide(judged("unknown"), found).copyright).toEqual(["Copyright (c) 2012 Jo Doe"]);
  expect(decide(judged("unknown"), undefined).copyright).toEqual(["Author: Jo Doe"]);
});
