import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { loadManifest, parseManifest } from "../../lib/manifest/load-manifest.ts";
import { readSource } from "../../lib/manifest/read-source.ts";
import { parseYaml } from "../../lib/manifest/yaml.ts";

let root: string;
beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), "espalier-yaml-"));
});
afterAll(() => rmSync(root, { recursive: true, force: true }));

/** `line:column code` of each finding. */
function findings(text: string): string[] {
  return parseYaml(text, "f.yaml").diagnostics.map(
    ({ place, code }) => `${place?.line}:${place?.column} ${code}`,
  );
}

describe("text that is no sound YAML", () => {
  it.each([
    ["nothing", "", ["1:1 ESP104"]],
    ["only a comment", "# later\n", ["1:1 ESP104"]],
    ["an empty document", "---\n", ["1:1 ESP104"]],
    ["a second document", "a: 1\n---\nb: 2\n", ["2:1 ESP105"]],
    ["tabs that indent, each line once", "a:\n\tb: 1\n\tc: 2\n", ["2:1 ESP106", "3:1 ESP106"]],
    ["a tab behind spaces", "a:\n  - b\n \t- c\n", ["3:2 ESP106"]],
    ["a tab within a flow list", "a: [\n\t1]\n", ["2:1 ESP106"]],
    ["a key given twice", "a: 1\nb: 2\na: 3\n", ["3:1 ESP107"]],
    [
      "a key given three times, in depth",
      "x: { a: 1, a: 2, a: 3 }\n",
      ["1:12 ESP107", "1:18 ESP107"],
    ],
    ["an alias to what it stands in", "a: &a { b: *a }\n", ["1:12 ESP108"]],
    ["a merge key", "a: &a { b: 1 }\nc: { <<: *a }\n", ["2:6 ESP109"]],
    ["a list that is not closed", "a: [1, 2\nb: 3\n", ["2:1 ESP110"]],
    ["a quote that is not closed", 'a: "b\n', ["2:1 ESP110"]],
    ["an escape that is none", 'a: "\\q"\n', ["1:5 ESP110"]],
    ["an alias without an anchor", "a: *b\n", ["1:4 ESP110"]],
    ["a reserved character", "a: @b\nc: `d\n", ["1:4 ESP110", "2:4 ESP110"]],
    ["YAML 1.1", "%YAML 1.1\n---\na: yes\n", ["1:1 ESP110"]],
    [
      "infinity and NaN",
      "a: .inf\nb: -.inf\nc: .nan\n",
      ["1:4 ESP111", "2:4 ESP111", "3:4 ESP111"],
    ],
    ["a number too large to keep", "a: 12345678901234567890\n", ["1:4 ESP111"]],
    ["a tag", "a: !!binary aGk=\n", ["1:13 ESP111", "1:13 ESP111"]],
    ["a key that is a list", "? [a]\n: b\n", ["1:3 ESP111"]],
    ["a key that is null", "~: b\n", ["1:1 ESP111"]],
    ["a key that would reach a prototype", "__proto__: { a: 1 }\n", ["1:1 ESP111"]],
    ["65 levels", `a: ${"[".repeat(64)}${"]".repeat(64)}`, ["1:68 ESP112"]],
  ])("%s", (_name, text, expected) => {
    expect(findings(text)).toEqual(expected);
  });

  it("ends quickly and says one thing, however deep or long the text is", () => {
    for (const text of [
      "[".repeat(1_000_000),
      "{".repeat(500_000),
      "- ".repeat(400_000),
      "? ".repeat(400_000),
      Array.from({ length: 1000 }, (_, i) => `${" ".repeat(i)}a:`).join("\n"),
    ]) {
      expect(parseYaml(text, "f").diagnostics.map(({ code }) => code)).toEqual(["ESP112"]);
    }
  });

  it("does not expand aliases that multiply", () => {
    const lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"];
    for (let i = 1; i < 30; i++) {
      lines.push(
        `a${i}: &a${i} [${Array(10)
          .fill(`*a${i - 1}`)
          .join(", ")}]`,
      );
    }
    const { value, diagnostics } = parseYaml(lines.join("\n"), "f");
    expect(diagnostics.map(({ code }) => code)).toEqual(["ESP108"]);
    expect(value).toBeUndefined();
  });
});

describe("sound YAML", () => {
  it("gives the value as JSON would", () => {
    const text =
      'a: 1\nb: [x, "y", null, true, 1.5, 0x10]\n404: gone\nyes: no\nc: &c { d: e }\nf: *c\n';
    expect(parseYaml(text, "f")).toMatchObject({
      diagnostics: [],
      value: {
        a: 1,
        b: ["x", "y", null, true, 1.5, 16],
        "404": "gone",
        yes: "no",
        c: { d: "e" },
        f: { d: "e" },
      },
    });
  });

  it("takes a document end and comments behind it, and 64 levels", () => {
    expect(findings("# first\n---\na: 1\n...\n# last\n")).toEqual([]);
    expect(findings(`${"[".repeat(64)}${"]".repeat(64)}`)).toEqual([]);
  });
});

describe("files that cannot be read as text", () => {
  const at = (name: string) => join(root, name);

  it.each([
    ["a file that is missing", () => undefined, /no such file/],
    ["a folder", (path: string) => mkdirSync(path), /it is a folder/],
    ["links in a circle", (path: string) => symlinkSync(path, path), /circles/],
    [
      "a named pipe, without waiting for its other end",
      (path: string) => execFileSync("mkfifo", [path]),
      /no regular file/,
    ],
  ])("%s is ESP101", (name, make, reason) => {
    const path = at(`${name.replaceAll(/\W/g, "-")}.yaml`);
    make(path);
    const { diagnostics } = loadManifest(path, "workflow.yaml");
    expect(diagnostics).toMatchObject([{ code: "ESP101", place: { file: "workflow.yaml" } }]);
    expect(diagnostics[0]?.message).toMatch(reason);
  });

  it("10 MB are ESP102, and not read", () => {
    writeFileSync(at("large.yaml"), "a".repeat(10_000_000));
    expect(loadManifest(at("large.yaml"), "l").diagnostics).toMatchObject([
      { code: "ESP102", message: expect.stringContaining("9.5 MiB") },
    ]);
  });

  it("exactly 1 MiB is read, one byte more is not", () => {
    writeFileSync(at("limit.yaml"), "a".repeat(1024 * 1024));
    expect(readSource(at("limit.yaml"), "l").text).toHaveLength(1024 * 1024);
    writeFileSync(at("limit.yaml"), "a".repeat(1024 * 1024 + 1));
    expect(readSource(at("limit.yaml"), "l").text).toBeUndefined();
  });

  it.each([
    ["UTF-16 with a mark", Buffer.from("\ufeffa: 1\n", "utf16le"), "1:1"],
    ["UTF-16 without one", Buffer.from("a: 1\n", "utf16le"), "1:2"],
    ["Latin-1", Buffer.from("a: 1\nb: caf\u00e9\n", "latin1"), "2:7"],
    ["a NUL byte", Buffer.from("a: 1\nb: \0\n"), "2:4"],
    ["a terminal sequence", Buffer.from("a: \u001b[2J\n"), "1:4"],
  ])("%s is ESP103, at the first place that is no text", (_name, bytes, place) => {
    writeFileSync(at("bytes.yaml"), bytes);
    const [diagnostic] = loadManifest(at("bytes.yaml"), "b").diagnostics;
    expect(diagnostic?.code).toBe("ESP103");
    expect(`${diagnostic?.place?.line}:${diagnostic?.place?.column}`).toBe(place);
  });

  it("a byte order mark of UTF-8 is no part of the text", () => {
    writeFileSync(at("mark.yaml"), "\ufeffa: 1\n");
    expect(readSource(at("mark.yaml"), "m").text).toBe("a: 1\n");
  });
});

describe("anything at all", () => {
  it("random bytes are diagnosed, never thrown at", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 400 }), (bytes) => {
        const path = join(root, "random.yaml");
        writeFileSync(path, bytes);
        const { manifest, diagnostics } = loadManifest(path, "random.yaml");
        expect(manifest).toBeUndefined();
        expect(diagnostics.length).toBeGreaterThan(0);
      }),
      { numRuns: 300 },
    );
  });

  it("random YAML-like text is diagnosed, never thrown at", () => {
    const piece = fc.constantFrom(
      ..."steps:|task:|id:|set:|map:|- |  |\n|\n  |\t|{|}|[|]|: |, |&a |*a |<<|!!x |\"|'|{% |%}|$a|> |>|#|? |---|...|%|__proto__|1|null|\\|é|x".split(
        "|",
      ),
      "|",
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 60 }), (pieces) => {
        const text = pieces.join("");
        const { manifest, diagnostics } = parseManifest(text, "f");
        expect(manifest).toBeUndefined();
        expect(diagnostics.length).toBeGreaterThan(0);
        for (const { place } of diagnostics) {
          expect(place?.line).toBeGreaterThan(0);
          expect(place?.column).toBeGreaterThan(0);
        }
      }),
      { numRuns: 2000 },
    );
  });
});
