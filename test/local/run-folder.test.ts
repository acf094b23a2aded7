/** What is kept of a run that has ended. */
import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { openPorts } from "../../lib/local/ports/index.ts";
import { spansOf } from "../runtime/trace/otlp-shape.ts";
import {
  dataFolder,
  deploymentOf,
  ended,
  openRuntime,
  type PlanSketch,
  taskState,
  until,
} from "./runtime-world.ts";

const SKETCH: PlanSketch = {
  startAt: "double",
  states: { double: taskState("double", "$states.input.input", { End: true }) },
  steps: [{ id: "double", kind: "task", state: "double", description: null, parent: null }],
  code: {
    double: `import { existsSync } from "node:fs";
      export const handler = async ({ input }) => {
        if (input.file && !existsSync(input.file)) throw new Error("not yet");
        return input.of * 2;
      };`,
  },
};

async function runOnce(directory: string, input: { of: number; file?: string }) {
  const runtime = await openRuntime(directory);
  await runtime.deploy(deploymentOf(SKETCH));
  const name = "kept";
  await runtime.startRun({ workflow: "sample", input, principal: "ann@example.com", name });
  const run = await until(runtime, name, ended);
  await runtime.close();
  return run;
}

const json = async (folder: string, file: string) =>
  JSON.parse(await readFile(join(folder, file), "utf8"));

describe("the folder of a run", () => {
  it("holds input, output, history, approvals, journals and trace, each with its digest", async () => {
    const directory = await dataFolder();
    const { location } = await runOnce(directory, { of: 21 });
    expect(location).toBe(join(directory, "runs", "kept"));
    const kept = await json(location, "run.json");
    expect(kept).toMatchObject({
      format: 1,
      redrives: 0,
      run: { id: "kept", status: "SUCCEEDED" },
    });
    for (const [file, { bytes, digest }] of Object.entries<{ bytes: number; digest: string }>(
      kept.files,
    )) {
      const body = await readFile(join(location, file));
      expect(body.byteLength, file).toBe(bytes);
      expect(`sha256:${createHash("sha256").update(body).digest("hex")}`, file).toBe(digest);
    }
    expect(await json(location, "input.json")).toMatchObject({ input: { of: 21 } });
    expect(await json(location, "output.json")).toBe(42);
    const history = gunzipSync(await readFile(join(location, "history.jsonl.gz"))).toString();
    expect(history.trim().split("\n")).toHaveLength(kept.events);
    const names = spansOf(await json(location, "trace.json")).map(({ name }) => name);
    expect(names).toEqual(["invoke_workflow sample", "task double"]);
  });

  it("is written again after a crash that came before it", async () => {
    const directory = await dataFolder();
    const { location } = await runOnce(directory, { of: 1 });
    const before = await json(location, "trace.json");
    await rm(location, { recursive: true });
    // As a process that was killed leaves it: the end is not recorded, and the index not sealed.
    const { records } = openPorts(join(directory, "store"));
    await records.delete({ partition: "runs-index", sort: "complete" });
    await records.delete({ partition: "run#kept", sort: "run" });
    const runtime = await openRuntime(directory);
    await runtime.close();
    expect(await json(location, "trace.json")).toEqual(before);
    expect(existsSync(join(location, "run.json"))).toBe(true);
  });

  it("is that of the last end after a redrive", async () => {
    const directory = await dataFolder();
    const missing = join(directory, "missing");
    const { location } = await runOnce(directory, { of: 2, file: missing });
    expect(await json(location, "run.json")).toMatchObject({ run: { status: "FAILED" } });
    await writeFile(missing, "");
    const runtime = await openRuntime(directory);
    await runtime.redriveRun("kept");
    await until(runtime, "kept", ended);
    await runtime.close();
    const kept = await json(location, "run.json");
    expect(kept).toMatchObject({ redrives: 1, run: { status: "SUCCEEDED" } });
    expect(await json(location, "output.json")).toBe(4);
  });
});
