import { expect, test } from "vitest";
import { Finding, fitFinding } from "../../code/package/finding.ts";

const EVIDENCE = {
  file: `LICENSES/${"x".repeat(80)}`,
  digest: `sha256:${"a".repeat(64)}`,
  line: 1,
  quote: "本".repeat(160),
  licence: null,
  similarity: null,
};

test("a finding fits its share of a state, whatever strangers wrote", () => {
  const finding = fitFinding({
    key: 1,
    verdict: "unknown",
    licence: "L".repeat(5000),
    reason: "r".repeat(5000),
    ruling: "r".repeat(5000),
    evidence: Array.from({ length: 20 }, () => EVIDENCE),
    copyright: ["c".repeat(160), "c".repeat(160), "c".repeat(160)],
    isOpen: false,
    claim: {
      expression: "e".repeat(500),
      quote: "本".repeat(400),
      path: "p".repeat(500),
      confidence: 0.5,
      isVerified: false,
      why: "w".repeat(500),
    },
  });
  expect(Finding.parse(finding).evidence.length).toBeGreaterThan(0);
  // A hundred of them beside the rest of a state: 256 KiB.
  expect(Buffer.byteLength(JSON.stringify(finding)) * 100).toBeLessThan(200 * 1024);
});

test("a finding that fits stays as it is", () => {
  const finding: Finding = {
    key: 1,
    verdict: "allow",
    licence: "MIT",
    reason: "the files say so",
    ruling: "MIT is allowed",
    evidence: [{ ...EVIDENCE, quote: "Permission is hereby granted" }],
    copyright: [],
    isOpen: false,
    claim: null,
  };
  expect(fitFinding(finding)).toEqual(finding);
});
