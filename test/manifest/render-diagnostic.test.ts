import fc from "fast-check";
import stringWidth from "fast-string-truncated-width";
import { describe, expect, it } from "vitest";
import type { Diagnostic } from "../../lib/manifest/diagnostic.ts";
import { renderDiagnostic } from "../../lib/manifest/render-diagnostic.ts";

function diagnostic(line: number, column: number, endColumn: number, more = {}): Diagnostic {
  return {
    code: "ESP301",
    severity: "error",
    message: '"$finding" is not defined here',
    place: { file: "bundles/x/workflow.yaml", line, column, endLine: line, endColumn },
    ...more,
  };
}

describe("a finding on a terminal", () => {
  it("has place, code, message, the line before, the line, carets and hint", () => {
    const text = '- id: review\n  with: { finding: "{% $finding.verdict %}" }\n';
    const hint = '"finding" lives inside the map "findings" (line 22).';
    expect(renderDiagnostic(diagnostic(2, 24, 32, { hint }), text)).toBe(
      [
        'bundles/x/workflow.yaml:2:24  ESP301  "$finding" is not defined here',
        "    1 | - id: review",
        '    2 |   with: { finding: "{% $finding.verdict %}" }',
        "      |                        ^^^^^^^^",
        '  "finding" lives inside the map "findings" (line 22).',
      ].join("\n"),
    );
  });

  it("says that a warning is one", () => {
    expect(renderDiagnostic(diagnostic(1, 1, 2, { severity: "warning" }), undefined)).toMatch(
      / {2}ESP301 warning {2}/,
    );
  });

  it("does without a place and without the file", () => {
    expect(renderDiagnostic({ code: "ESP701", severity: "error", message: "no bundle" }, "x")).toBe(
      "ESP701  no bundle",
    );
    expect(renderDiagnostic(diagnostic(7, 1, 2), "one line\n").split("\n")).toHaveLength(1);
  });

  it("wraps a message that does not fit beside its place", () => {
    const message = "a long message ".repeat(12).trim();
    const lines = renderDiagnostic(diagnostic(1, 1, 2, { message }), undefined).split("\n");
    expect(lines[0]).toBe("bundles/x/workflow.yaml:1:1  ESP301");
    expect(lines.length).toBeGreaterThan(2);
  });

  it("moves a long line until the carets stand under what is meant", () => {
    const text = `${"a".repeat(300)}HERE${"b".repeat(300)}\n`;
    const lines = renderDiagnostic(diagnostic(1, 301, 305), text).split("\n");
    const at = lines[2]?.indexOf("^") ?? 0;
    expect(lines[1]?.slice(at, at + 4)).toBe("HERE");
    expect(lines[1]).toMatch(/… *$|…/);
  });

  it("counts tabs and wide characters as they are shown", () => {
    const text = "\t木木\tHERE\n";
    const [, row = "", marks = ""] = renderDiagnostic(diagnostic(1, 5, 9), text).split("\n");
    const before = row.slice(0, row.indexOf("HERE"));
    expect(stringWidth(before).width).toBe(marks.indexOf("^"));
    expect(marks).toMatch(/\^{4}$/);
  });

  it("shows control characters of the file instead of obeying them", () => {
    const text = "a: \u001b[31mred\u0007\u009b2J \u202Egnp.exe\n";
    const shown = renderDiagnostic(diagnostic(1, 4, 5, { message: "bad \u001b[2J" }), text);
    expect(shown).toContain("␛[31mred␇");
    expect(shown).not.toMatch(/[^\P{C}\n]/u);
  });

  it("paints only when asked to", () => {
    expect(renderDiagnostic(diagnostic(1, 1, 2), "a\n", { color: true })).toContain("\u001b[31m");
    expect(renderDiagnostic(diagnostic(1, 1, 2), "a\n")).not.toContain("\u001b");
  });

  it("never throws, never emits control characters, and keeps to the width, whatever it is given", () => {
    const text = fc.string({ unit: "binary", maxLength: 300 });
    const number = fc.integer({ min: 1, max: 400 });
    fc.assert(
      fc.property(
        text,
        text,
        text,
        number,
        number,
        number,
        fc.integer({ min: 40, max: 120 }),
        (source, message, hint, line, column, length, width) => {
          const place = {
            file: "w.yaml",
            line: (line % 5) + 1,
            column,
            endLine: (line % 5) + 1,
            endColumn: column + length,
          };
          const shown = renderDiagnostic(
            { code: "ESP110", severity: "error", message, hint, place },
            source,
            { width },
          );
          expect(shown).not.toMatch(/[^\P{Cc}\n]/u);
          for (const row of shown.split("\n").filter((each) => / \| /.test(each.slice(0, 9)))) {
            expect(stringWidth(row).width).toBeLessThanOrEqual(width);
          }
        },
      ),
      { numRuns: 1000 },
    );
  });
});
