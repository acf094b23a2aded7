/** What the data classes of a bundle forbid is in no file that is kept of a run. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { writeRunFolder } from "../../lib/local/runtime/run-folder.ts";
import type { Json, JsonObject } from "../../lib/runtime/json.ts";
import {
  echoes,
  leaksIn,
  leavesOf,
  mapped,
  planted,
  RUN,
  type Told,
  tellRun,
  textsIn,
} from "./redaction-scene.ts";

async function keptRun(told: Told) {
  const folder = await mkdtemp(join(tmpdir(), "espalier-redaction-"));
  try {
    const { files, ...run } = await tellRun(told);
    // With everything that may be shown: what is classed is not among it.
    await writeRunFolder({ ...run, traceContent: true }, folder, run.ports);
    return { files, kept: await textsIn(join(folder, RUN.id)) };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

const keep = async (told: Told) => (await keptRun(told)).kept;

describe("files that are kept of a run", () => {
  it("hold nothing of what a contract classes, wherever it turns up", async () => {
    await fc.assert(
      fc.asyncProperty(planted, fc.constantFrom(...echoes), async (one, echo) => {
        const { schema, value, secrets } = one;
        const cause = `Cannot use ${leavesOf(value).join(", ")}: ${JSON.stringify({ value })}`;
        const files = await keep({ contract: schema, value, echo, cause });
        expect(leaksIn(files, secrets)).toEqual([]);
      }),
      { numRuns: 60 },
    );
  }, 120_000);

  it("have the same token for the same value in all of them, and another for another", async () => {
    const contract = { properties: { a: { "x-data-class": "pii" }, b: { "x-data-class": "pii" } } };
    const value = { a: "first value", b: "other value" };
    const files = await keep({
      contract,
      value,
      echo: (each) => ({ each }),
      cause: "first value!",
    });
    const masked = { each: { a: "[masked:pii:1]", b: "[masked:pii:2]" } };
    expect(JSON.parse(files["input.json"] ?? "")).toMatchObject({ input: masked });
    expect(JSON.parse(files["output.json"] ?? "")).toEqual(masked);
    expect(JSON.parse(files["run.json"] ?? "")).toMatchObject({
      run: { error: { cause: "[masked:pii:1]!" } },
    });
  });

  it("keep who asked, the states and what nobody classes, byte for byte", async () => {
    const contract = { properties: { read: { "x-data-class": "pii" } } };
    const value = { read: "read", open: '{ "spaced" : 1.0 }' };
    const files = await keep({ contract, value, echo: (each) => each });
    const events = (files["history.jsonl.gz"] ?? "")
      .trim()
      .split("\n")
      .map((line) => {
        return JSON.parse(line) as Record<string, JsonObject>;
      });
    expect(events[1]?.stateEnteredEventDetails?.name).toBe("read");
    const parameters = String(events[2]?.taskScheduledEventDetails?.parameters);
    const { Payload } = JSON.parse(parameters) as { Payload: JsonObject };
    expect(Payload.run).toMatchObject({ principal: RUN.principal });
    expect(Payload.step).toMatchObject({ id: "read" });
    expect(Payload.input).toEqual({ read: "[masked:pii:1]", open: value.open });
  });

  it.each([
    ["a truth value", { "x-data-class": "pii" }, true],
    ["a number of few digits", { "x-data-class": "pii" }, 7],
    ["one of a list", { "x-data-class": "pii", enum: ["continue"] }, "continue"],
  ])("mask %s under its name only: elsewhere it is anything", async (_, schema, told) => {
    const files = await keep({
      contract: { properties: { mine: schema } },
      value: { mine: told },
      echo: (each) => ({ given: each, other: told, text: `${told}` }),
    });
    expect(JSON.parse(files["output.json"] ?? "")).toEqual({
      ...{ given: { mine: "[masked:pii:1]" }, other: told, text: `${told}` },
    });
  });

  it("are as they would be without contracts where none classes anything", async () => {
    const told = { value: { a: "x" }, echo: (each: Json) => each };
    const classed = await keep({ ...told, contract: { properties: { a: {} } } });
    expect(classed).toEqual(await keep({ ...told, contract: {} }));
    expect(JSON.parse(classed["output.json"] ?? "")).toEqual({ a: "x" });
  });

  it("name what may be copied of what is stored: only what every contract calls open", async () => {
    const documents = { secret: { class: "pii" }, open: { class: "public" }, silent: {} };
    const told = { value: { a: "some value" }, echo: (each: Json) => each, documents };
    const contract = { properties: { a: { "x-data-class": "pii" } } };
    const { files, kept } = await keptRun({ ...told, contract });
    const { artifacts, withheld } = JSON.parse(kept["run.json"] ?? "");
    const { secret, open, silent } = mapped(files, ({ $artifact }) => $artifact);
    // A reference that is classed is masked as such.
    expect(artifacts).toEqual([open, silent].sort());
    expect(withheld).toEqual([silent]);
    expect(JSON.stringify(kept)).not.toContain(secret);
    expect(kept["history.jsonl.gz"]).toContain("text/plain");

    const unclassed = await keptRun({ ...told, documents: { silent: {} }, contract: {} });
    expect(JSON.parse(unclassed.kept["run.json"] ?? "")).not.toHaveProperty("withheld");
  });
});
