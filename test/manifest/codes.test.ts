import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { loadBundle, lockFindings, lockOf, readLockText } from "../../lib/bundle/index.ts";
import { compile } from "../../lib/compiler/index.ts";
import { CODES, type DiagnosticCode } from "../../lib/manifest/codes.ts";
import type { Diagnostic } from "../../lib/manifest/diagnostic.ts";
import { generatedDocuments } from "../../lib/manifest/documents.ts";
import { emptyEnvironment } from "../../lib/manifest/environment/load-environments.ts";
import { resolvePolicy } from "../../lib/manifest/environment/resolve-policy.ts";
import { checkSuite } from "../../lib/replay/scenarios/check-suite.ts";
import { exampleFiles, writeFiles } from "./example-bundle.ts";

const repository = resolve(import.meta.dirname, "../..");
let root: string;
beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), "espalier-codes-"));
});
afterAll(() => rmSync(root, { recursive: true, force: true }));

const steps = (text: string) => exampleFiles({ steps: text });

/** What the table can only describe in words. */
const MADE: Partial<Record<DiagnosticCode, (folder: string) => void>> = {
  ESP101: (folder) => mkdirSync(join(folder, "workflow.yaml")),
  ESP102: (folder) =>
    writeFileSync(join(folder, "workflow.yaml"), `description: ${"long ".repeat(2_000_000)}`),
  ESP103: (folder) =>
    writeFileSync(
      join(folder, "workflow.yaml"),
      Buffer.from("\ufeffapiVersion: espalier/v1\n", "utf16le"),
    ),
  ESP112: (folder) => writeFileSync(join(folder, "workflow.yaml"), `steps: ${"[".repeat(1000)}`),
  ESP601: (folder) => {
    const one = (i: number) =>
      `- id: s${i}\n  task: code/work.ts\n  with: { text: ${"x".repeat(1024)} }\n`;
    writeFiles(folder, steps(Array.from({ length: 900 }, (_, i) => one(i)).join("")));
  },
  ESP602: (folder) =>
    writeFiles(
      folder,
      steps(`- id: big\n  task: code/work.ts\n  with: { text: ${"x".repeat(300_000)} }\n`),
    ),
  ESP606: (folder) => {
    const nest = (level: number): string =>
      level === 12
        ? "[{ id: inner, task: code/work.ts }]"
        : `[{ id: r${level}, repeat: { max: 1, until: "{% true %}" }, steps: ${nest(level + 1)} }]`;
    writeFiles(folder, exampleFiles({ manifest: manifestWith(nest(1)) }));
  },
  ESP861: (folder) =>
    writeFiles(
      folder,
      exampleFiles({
        manifest: manifestWith(
          "[{ id: a, model: reader, prompt: prompts/ask.md, with: { question: x } }]",
        ).replace("steps:", "uses: { models: { reader: ^1.0.0 } }\nsteps:"),
      }),
    ),
  ESP701: () => undefined,
  ESP708: (folder) => {
    writeFiles(folder, exampleFiles({ keys: "files: [data/large.bin]\n" }));
    mkdirSync(join(folder, "data"));
    writeFileSync(join(folder, "data/large.bin"), Buffer.alloc(11 * 1024 * 1024));
  },
};

/** About a file that is not there. */
const PLACELESS = ["ESP520", "ESP701"];

function manifestWith(list: string): string {
  return (exampleFiles({ keys: "" })["workflow.yaml"] ?? "").replace(
    /steps:[\s\S]*/,
    `steps: ${list}\n`,
  );
}

async function check(folder: string): Promise<readonly Diagnostic[]> {
  const { bundle, diagnostics } = await loadBundle(folder);
  const models = folder.includes("ESP861") ? ("stand-in" as const) : undefined;
  const compiled = bundle ? compile(bundle, { today: "2026-11-21", models }) : undefined;
  const local = emptyEnvironment("local", folder);
  const asked = compiled?.plan?.approvals ?? [];
  const people = asked.flatMap(({ policy }) => resolvePolicy(policy, local).diagnostics);
  const scenarios = compiled?.plan ? await checkSuite(folder, compiled.plan) : [];
  const lock = readLockText(folder);
  const stale =
    bundle && lock !== undefined
      ? lockFindings(lock, lockOf(new Map([["local", bundle]]), "0.1.0"), folder, { kit: false })
      : [];
  return [...diagnostics, ...(compiled?.diagnostics ?? []), ...people, ...scenarios, ...stale];
}

describe("the table of codes", () => {
  it.each(Object.entries(CODES))(
    "%s happens for its example, and nothing else does",
    async (code, info) => {
      const folder = mkdtempSync(join(root, `${code}-`));
      const make = MADE[code as DiagnosticCode];
      if ("words" in info.example) {
        expect(make, `${code} is described in words: make it here`).toBeDefined();
        make?.(folder);
      } else {
        writeFiles(folder, exampleFiles(info.example));
      }
      const found = await check(folder);
      expect(found.map((d) => d.code).filter((each) => each !== code)).toEqual([]);
      expect(found.length).toBeGreaterThan(0);
      for (const diagnostic of found) {
        expect(diagnostic.message).not.toMatch(/\n|undefined|\[object/);
        if (!PLACELESS.includes(code)) expect(diagnostic.place).toBeDefined();
      }
    },
  );

  it("has every code that the source of the kit gives", () => {
    const known = new Set(Object.keys(CODES));
    const used = sourceFiles().flatMap((text) => text.match(/\bESP\d{3}\b/g) ?? []);
    expect([...new Set(used)].filter((code) => !known.has(code))).toEqual([]);
  });
});

function sourceFiles(): string[] {
  const folders = ["lib/manifest", "lib/bundle", "lib/compiler"];
  return folders.flatMap((folder) => textsBelow(join(repository, folder)));
}

function textsBelow(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith(".ts"))
    .map((entry) => readFileSync(join(entry.parentPath, entry.name), "utf8"));
}

describe("what under docs/ comes from the code", () => {
  it.each([...generatedDocuments()])("%s is fresh (npm run docs)", (path, text) => {
    expect(readFileSync(join(repository, path), "utf8")).toBe(text);
  });
});
