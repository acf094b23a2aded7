import { describe, expect, it } from "vitest";
import { memoryArtifacts } from "../../../lib/local/ports/memory.ts";
import type { Json } from "../../../lib/runtime/json.ts";
import { chunkDocument } from "../../../lib/runtime/knowledge/chunk-document.ts";
import type { RetrieveDocument } from "../../../lib/runtime/knowledge/retrieve-document.ts";
import {
  type RetrieveStepOutput,
  runRetrieveStep,
} from "../../../lib/runtime/knowledge/retrieve-step.ts";

const TEXT =
  "# Refunds\n\nWithin 30 days.\n\n# Returns\n\nA refund follows.\n\n# Exchange\n\nNo refund.\n";
const CHUNKS = JSON.stringify(chunkDocument("shop.md", TEXT, { size: 100, overlap: 0 }));
const PATH = "components/knowledge/shop/chunks.json";

let digests = 0;
function documentOf(change: Partial<RetrieveDocument> = {}): RetrieveDocument {
  const digest = `sha256:${String(digests++).padStart(64, "0")}`;
  return { knowledge: "shop", version: "1.2.0", digest, chunks: PATH, limit: 2, ...change };
}

const lines: string[] = [];
function retrieve(
  document: RetrieveDocument,
  input: Json,
  files: Record<string, string> = { [PATH]: CHUNKS },
  reads: string[] = [],
): Promise<Json> {
  const write = (message: string, data?: object) =>
    void lines.push(JSON.stringify([message, data]));
  return runRetrieveStep(
    document,
    {
      run: {
        id: "run-1",
        workflow: "support",
        version: "1.0.0",
        digest: "sha256:0",
        environment: "test",
        customer: null,
        principal: "ada@example.com",
        startedAt: "2026-01-01T00:00:00.000Z",
      },
      step: { id: "look", iteration: "", attempt: 0 },
      input,
      config: {},
    },
    {
      artifacts: memoryArtifacts(),
      logger: { debug: write, info: write, warn: write, error: write },
      async readFile(path) {
        reads.push(path);
        const text = files[path];
        return text === undefined ? undefined : Buffer.from(text);
      },
    },
  );
}

describe("a retrieve step", () => {
  it("gives the best results with their place in the document, and names the snapshot", async () => {
    const document = documentOf();
    const output = (await retrieve(document, {
      query: "refunds",
    })) as unknown as RetrieveStepOutput;
    expect(output.knowledge).toEqual({
      name: "shop",
      version: "1.2.0",
      digest: document.digest,
    });
    expect(output.results).toHaveLength(2);
    const [best] = output.results;
    expect(best).toEqual({
      text: "# Refunds\n\nWithin 30 days.",
      source: "shop.md",
      span: { start: 0, end: 26 },
      score: expect.any(Number),
      heading: "Refunds",
    });
    expect(TEXT.slice(best?.span.start, best?.span.end)).toBe(best?.text);
  });

  it("gives fewer where fewer are asked for, and never more than the component says", async () => {
    const document = documentOf();
    for (const [limit, results] of [
      [1, 1],
      [50, 2],
    ] as const) {
      const output = await retrieve(document, { query: "refund", limit });
      expect((output as unknown as RetrieveStepOutput).results).toHaveLength(results);
    }
  });

  it("finds nothing without failing", async () => {
    expect(await retrieve(documentOf(), { query: "xylophone" })).toMatchObject({ results: [] });
  });

  it("reads the snapshot once for many queries", async () => {
    const document = documentOf();
    const reads: string[] = [];
    for (const query of ["refund", "days"]) {
      await retrieve(document, { query }, { [PATH]: CHUNKS }, reads);
    }
    expect(reads).toEqual([PATH]);
  });

  it("does not write down what was asked", async () => {
    await retrieve(documentOf(), { query: "refund for Ada Lovelace" });
    expect(lines.join()).not.toMatch(/lovelace/i);
  });

  it.each([
    ["no query", {}],
    ["an empty query", { query: " " }],
    ["a query without end", { query: "x".repeat(4001) }],
    ["a query that is none", { query: 1 }],
    ["no results", { query: "x", limit: 0 }],
    ["half a result", { query: "x", limit: 1.5 }],
    ["a text", "refund"],
    ["a list", ["refund"]],
  ])("refuses %s", async (_what, input) => {
    await expect(retrieve(documentOf(), input as Json)).rejects.toMatchObject({
      name: "Contract.InputInvalid",
      message: expect.stringMatching(
        /^The input of step "look" does not fit: `with\.(query|limit)`/,
      ),
    });
  });

  it.each([
    ["are not there", {}, /has no file/],
    ["are damaged", { [PATH]: "[{" }, /holds no chunks/],
    ["are something else", { [PATH]: '[{"id":1}]' }, /holds no chunks/],
  ])("fails where the chunks %s, and tries again next time", async (_how, files, message) => {
    const document = documentOf();
    await expect(retrieve(document, { query: "x" }, files)).rejects.toMatchObject({
      name: "Step.Failed",
      message: expect.stringMatching(message),
    });
    expect(await retrieve(document, { query: "refund" })).toMatchObject({ results: [{}, {}] });
  });
});
