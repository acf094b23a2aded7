import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { memoryArtifacts } from "../../lib/local/ports/memory.ts";
import { makeTestWorld, runStep } from "../../lib/local/testing.ts";
import { type ArtifactHandle, artifact, step, z } from "../../lib/runtime/index.ts";
import type { Json } from "../../lib/runtime/json.ts";
import {
  loadStoredValues,
  MAX_INLINE_BYTES,
  storeLargeValues,
} from "../../lib/runtime/stored-value.ts";

const reader = step({
  input: z.object({ doc: artifact() }),
  output: z.object({
    digest: z.string(),
    bytes: z.number(),
    mediaType: z.string(),
    name: z.string().nullable(),
    text: z.string(),
    chunks: z.number(),
  }),
  async run({ doc }) {
    let chunks = 0;
    for await (const chunk of doc.stream()) chunks += chunk.byteLength;
    const { digest, bytes, mediaType, name = null } = doc;
    return { digest, bytes, mediaType, name, text: await doc.text(), chunks };
  },
});

describe("an artifact in an input", () => {
  it("is read through a handle, whether by reference or inline", async () => {
    const world = makeTestWorld();
    const body = '{"a":"ü"}';
    const stored = await world.artifacts.put(body, {
      mediaType: "application/json",
      name: "a.json",
    });
    const byReference = await runStep(reader, { doc: stored }, { world });
    const inline = await runStep(reader, { doc: { a: "ü" } }, { world });
    const same = { digest: stored.$artifact, bytes: 10, mediaType: "application/json", text: body };
    expect(byReference).toEqual({ ...same, chunks: 10, name: "a.json" });
    expect(inline).toEqual({ ...same, chunks: 10, name: null });
  });

  it.each<[string, Json, string]>([
    ["text", "plain\ntext", "plain\ntext"],
    ["a list", [1, 2], "[1,2]"],
    ["null", null, "null"],
  ])("may be inline %s", async (_case, doc, text) => {
    expect(await runStep(reader, { doc })).toMatchObject({ text });
  });

  it.each<[string, unknown]>([
    ["is missing", {}],
    ["is half a reference", { doc: { $artifact: "sha256:12" } }],
  ])("is refused if it %s", async (_case, input) => {
    await expect(runStep(reader, input)).rejects.toMatchObject({
      name: "Contract.InputInvalid",
      message: expect.stringContaining(".doc: expected an artifact"),
    });
  });

  it("fails the step if nobody stored it", async () => {
    const doc = { $artifact: `sha256:${"1".repeat(64)}`, bytes: 3, mediaType: "text/plain" };
    await expect(runStep(reader, { doc })).rejects.toMatchObject({
      name: "Step.Failed",
      message: expect.stringContaining("There is no artifact"),
    });
  });
});

describe("an artifact in an output", () => {
  const handing = (give: (doc: ArtifactHandle) => unknown) =>
    step({
      input: z.object({ doc: artifact() }),
      output: z.object({ doc: artifact() }),
      run: ({ doc }) => ({ doc: give(doc) as ArtifactHandle }),
    });

  it("is what artifacts.put gave", async () => {
    const world = makeTestWorld();
    const writer = step({
      input: z.object({}),
      output: z.object({ report: artifact() }),
      async run(_input, { artifacts }) {
        return { report: await artifacts.put("hello", { mediaType: "text/plain", name: "r.txt" }) };
      },
    });
    const { report } = (await runStep(writer, {}, { world })) as { report: Json };
    expect(report).toMatchObject({ bytes: 5, mediaType: "text/plain", name: "r.txt" });
    expect(await runStep(reader, { doc: report }, { world })).toMatchObject({ text: "hello" });
  });

  it("may be an artifact of the input, which travels on as it came", async () => {
    const world = makeTestWorld();
    const stored = await world.artifacts.put("x", { mediaType: "text/plain" });
    const pass = handing((doc) => doc);
    expect(await runStep(pass, { doc: stored }, { world })).toEqual({ doc: stored });
    expect(await runStep(pass, { doc: { small: 1 } }, { world })).toEqual({ doc: { small: 1 } });
  });

  it("is not a document that nobody has stored", async () => {
    await expect(
      runStep(
        handing(() => "just text"),
        { doc: "x" },
      ),
    ).rejects.toMatchObject({
      name: "Contract.OutputInvalid",
      message: expect.stringContaining("what `artifacts.put(...)` returned"),
    });
  });
});

describe("a value over 200 KiB", () => {
  const large = (letter: string) => letter.repeat(150 * 1024);

  it("travels as a reference, the largest members first, and the next step gets the value", async () => {
    const world = makeTestWorld();
    const big = { small: "s", a: large("a"), b: [large("b"), large("c")] };
    const make = step({ input: z.unknown(), output: z.looseObject({}), run: () => big });
    const output = await runStep(make, {}, { world });
    expect(output).toEqual({
      small: "s",
      a: big.a,
      b: { $stored: expect.stringMatching(/^sha256:/), bytes: 307_207 },
    });
    let seen: unknown;
    const take = step({
      input: z.object({ made: z.unknown(), list: z.array(z.unknown()) }),
      output: z.null(),
      run: (input) => {
        seen = input;
        return null;
      },
    });
    await runStep(take, { made: output, list: [output] }, { world });
    expect(seen).toEqual({ made: big, list: [big] });
  });

  it("is stored whole where it is no object, or has no large member", async () => {
    const world = makeTestWorld();
    const wide = Object.fromEntries(Array.from({ length: 30_000 }, (_, n) => [`key${n}`, n]));
    for (const value of [large("x") + large("y"), [large("x"), large("y")], wide]) {
      const make = step({ input: z.unknown(), output: z.json(), run: () => value as Json });
      const output = await runStep(make, {}, { world });
      expect(output).toEqual({ $stored: expect.any(String), bytes: expect.any(Number) });
      expect(await loadStoredValues(output, world.ports.artifacts)).toEqual(value);
    }
  });

  it("fails the step if it cannot be loaded", async () => {
    const world = makeTestWorld();
    const text = await world.artifacts.put("no JSON", { mediaType: "text/plain" });
    for (const [$stored, name] of [
      [`sha256:${"2".repeat(64)}`, "Step.Failed"],
      [text.$artifact, "Contract.InputInvalid"],
    ]) {
      const running = runStep(reader, { doc: { $stored, bytes: 1 } }, { world });
      await expect(running).rejects.toMatchObject({ name });
    }
  });

  it("comes back from any value the same, and what travels is never too large", async () => {
    const value = fc.jsonValue({ maxDepth: 4 }) as fc.Arbitrary<Json>;
    const object = fc.dictionary(fc.string(), value) as fc.Arbitrary<Json>;
    await fc.assert(
      fc.asyncProperty(
        fc.oneof(value, object),
        fc.integer({ min: 100, max: 400 }),
        async (any, limit) => {
          const artifacts = memoryArtifacts();
          const given = JSON.parse(JSON.stringify(any)) as Json;
          const sent = await storeLargeValues(given, artifacts, limit);
          expect(Buffer.byteLength(JSON.stringify(sent))).toBeLessThanOrEqual(limit);
          const nested = { deep: [sent, { sent }] };
          expect(JSON.stringify(await loadStoredValues(nested, artifacts))).toBe(
            JSON.stringify({ deep: [given, { sent: given }] }),
          );
        },
      ),
    );
  });

  it("begins beyond 200 KiB exactly", async () => {
    const artifacts = memoryArtifacts();
    const fits = "x".repeat(MAX_INLINE_BYTES - 2);
    expect(await storeLargeValues(fits, artifacts)).toBe(fits);
    expect(await storeLargeValues(`${fits}x`, artifacts)).toHaveProperty("$stored");
  });
});
