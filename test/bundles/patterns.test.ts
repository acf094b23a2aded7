/** The patterns of docs/patterns.md are whole bundles: every file of the page, compiled and run. */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Json } from "../../lib/runtime/json.ts";
import { openBundle } from "./local-bundle.ts";

const PAGE = readFileSync(resolve(import.meta.dirname, "../../docs/patterns.md"), "utf8");
const FILES = [
  ...PAGE.matchAll(/```\w+ file\n(?:# |\/\/ |<!-- )(\S+)(?: -->)?\n([\s\S]*?)```/g),
].map(([, path = "", text = ""]) => ({ path, text }));

let root = "";
beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), "espalier-patterns-"));
  for (const { path, text } of FILES) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
  }
});
afterAll(() => rmSync(root, { recursive: true, force: true, maxRetries: 10 }));

async function run(name: string, input: Json) {
  const bundle = await openBundle(join(root, "bundles", name));
  try {
    return await bundle.run(input);
  } finally {
    await bundle.close();
  }
}

describe("docs/patterns.md", () => {
  test("has every block in a file, and tests every bundle", () => {
    expect(FILES).toHaveLength([...PAGE.matchAll(/^```\w/gm)].length);
    const bundles = FILES.flatMap(
      ({ path }) => /^bundles\/(\w+)\/workflow\.yaml$/.exec(path)?.[1] ?? [],
    );
    expect(bundles).toEqual(["chain", "routing", "parallel", "orchestrator", "evaluator"]);
  });

  test("prompt chaining: one answer is the next one's input", async () => {
    const { output } = await run("chain", { topic: "hedges" });
    expect(output).toEqual({
      text: "# What hedges\n\nOf hedges.\n\n# Why hedges\n\nOf hedges.\n\n# How hedges\n\nOf hedges.",
    });
  });

  test.each([
    ["Who has paid this invoice?", "The billing team looks into: Who has paid this invoice?"],
    ["There is an error.", "The technical team looks into: There is an error."],
    ["Good morning!", "A person answers this."],
  ])("routing: %s", async (message, text) => {
    expect(await run("routing", { message })).toMatchObject({ output: { text } });
  });

  test.each([
    ["Good morning", { publish: true, views: { rude: { yes: false }, secret: { yes: false } } }],
    [
      "The password is x, idiot",
      { publish: false, views: { rude: { yes: true }, secret: { yes: true } } },
    ],
  ])("parallelization: %s", async (text, output) => {
    expect(await run("parallel", { text })).toMatchObject({ output });
  });

  test("orchestrator and workers: each part has a call of its own", async () => {
    const { output, usage } = await run("orchestrator", { question: "What grows here?" });
    expect(output).toEqual({
      text: "What has 4 letters. grows has 5 letters. here has 4 letters.",
    });
    expect(usage).toMatchObject({ calls: 5 });
  });

  test("evaluator and optimizer: it is revised until it is good, and no longer", async () => {
    const { output, usage } = await run("evaluator", { topic: "Ivy" });
    expect(output).toEqual({ text: "Ivy is good because it grows.", problem: "" });
    expect(usage).toMatchObject({ calls: 6 });
  });
});
