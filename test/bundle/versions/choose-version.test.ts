import fc from "fast-check";
import rcompare from "semver/functions/rcompare.js";
import satisfies from "semver/functions/satisfies.js";
import { describe, expect, it } from "vitest";
import { chooseVersion, isWanted } from "../../../lib/bundle/versions/choose-version.ts";

const small = fc.integer({ min: 0, max: 3 });
const version = fc.oneof(
  fc.tuple(small, small, small).map((numbers) => numbers.join(".")),
  fc
    .tuple(fc.integer({ min: 2025, max: 2027 }), fc.integer({ min: 1, max: 12 }), small)
    .map((d) => d.join(".")),
  fc.tuple(small, small).map(([major, minor]) => `${major}.${minor}.0-rc.1`),
);
const digestOf = (text: string) => `sha256:${Buffer.from(text).toString("hex").padEnd(64, "0")}`;
const candidates = fc
  .uniqueArray(version, { maxLength: 12 })
  .map((versions) => versions.map((one) => ({ version: one, digest: digestOf(one) })));
const wanted = fc.oneof(
  version,
  version.map((one) => `^${one}`),
  version.map((one) => `~${one}`),
  fc.tuple(version, version).map(([a, b]) => `>=${a} <${b}`),
  fc.constant("*"),
  version.map(digestOf),
);

describe("the version that a reference means", () => {
  it("satisfies it, is the locked one while that does, and else the highest, in whatever order they come", () => {
    fc.assert(
      fc.property(
        candidates,
        wanted,
        fc.option(version, { nil: undefined }),
        fc.infiniteStream(fc.nat()),
        (all, reference, locked, order) => {
          const chosen = chooseVersion(all, reference, locked);
          const shuffled = all
            .map((one) => [order.next().value ?? 0, one] as const)
            .sort(([a], [b]) => a - b)
            .map(([, one]) => one);
          expect(chooseVersion(shuffled, reference, locked)).toEqual(chosen);
          const fitting = all.filter((one) =>
            reference.startsWith("sha256:")
              ? one.digest === reference
              : satisfies(one.version, reference),
          );
          if (chosen === undefined) {
            expect(fitting).toEqual([]);
            return;
          }
          expect(isWanted(chosen, reference)).toBe(true);
          const kept = fitting.some((one) => one.version === locked);
          const [highest] = fitting.map((one) => one.version).sort(rcompare);
          expect(chosen.version).toBe(kept ? locked : highest);
        },
      ),
      { numRuns: 2000 },
    );
  });

  it("stays what it was when more is published and the lock has it", () => {
    fc.assert(
      fc.property(candidates, candidates, wanted, (before, later, reference) => {
        const locked = chooseVersion(before, reference, undefined)?.version;
        fc.pre(locked !== undefined);
        expect(chooseVersion([...later, ...before], reference, locked)?.version).toBe(locked);
      }),
    );
  });

  it.each([
    ["2026.11.1", "2026.11.1"],
    ["^2026.11.0", "2026.11.1"],
    ["<2026.11.1", "2026.9.30"],
    ["2026.10.x", undefined],
  ])("orders calendar versions as numbers: %s", (reference, expected) => {
    const all = ["2026.9.30", "2026.11.1", "2026.2.10"].map((one) => ({
      version: one,
      digest: null,
    }));
    expect(chooseVersion(all, reference, undefined)?.version).toBe(expected);
  });

  it("is the first of two that are called the same", () => {
    const [head, published] = [
      { version: "1.0.0", digest: null, name: "head" },
      { version: "1.0.0", digest: null, name: "published" },
    ];
    expect(chooseVersion([head, published], "^1.0.0", "1.0.0")).toBe(head);
  });
});
