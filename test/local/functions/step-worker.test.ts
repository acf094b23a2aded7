import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { build } from "esbuild";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { HostedFunction } from "../../../lib/local/functions/index.ts";
import { openPorts } from "../../../lib/local/ports/index.ts";
import { readAll } from "../../../lib/runtime/artifact-handle.ts";
import type { Json } from "../../../lib/runtime/json.ts";
import { FunctionWorld, failureOf } from "./world.ts";

let world: FunctionWorld;

beforeEach(async () => {
  world = await FunctionWorld.open();
});
afterEach(() => world.close());

describe("a step in a worker", () => {
  const call = (input: Json, id = "run-1"): Json => ({
    run: {
      id,
      workflow: "review",
      version: "1.0.0",
      digest: `sha256:${"0".repeat(64)}`,
      environment: "local",
      customer: null,
      principal: "ann@example.com",
      startedAt: "2026-01-01T00:00:00.000Z",
    },
    step: { id: "publish", iteration: "", attempt: 0 },
    config: {},
    input,
  });

  /** Compiles a step as a bundle's code is compiled. */
  async function makeStep(body: string, options: Partial<HostedFunction> = {}) {
    const source = join(world.folder, "publish.ts");
    const entry = JSON.stringify(join(import.meta.dirname, "../../../lib/runtime/index.ts"));
    await writeFile(source, `import { artifact, step, StepError, z } from ${entry};\n${body}`);
    const file = join(world.folder, "publish.mjs");
    await build({
      entryPoints: [source],
      outfile: file,
      bundle: true,
      format: "esm",
      platform: "node",
      sourcemap: "linked",
    });
    return {
      ...(await world.makeFunction("unused", "")),
      id: file,
      name: "publish",
      work: { kind: "task" as const, file },
      ...options,
    };
  }

  it("is wrapped: contract, artifacts, files of the bundle, log lines with the run", async () => {
    await mkdir(join(world.folder, "files", "policy"), { recursive: true });
    await writeFile(join(world.folder, "files", "policy", "rules.txt"), "be kind");
    const publish = await makeStep(
      `export default step({
         input: z.object({ doc: artifact() }),
         output: z.object({ report: artifact() }),
         async run({ doc }, { artifacts, file, logger }) {
           logger.info("publishing", { bytes: doc.bytes });
           const text = (await doc.text()) + " / " + (await file("policy/rules.txt").text());
           return { report: await artifacts.put(text, { mediaType: "text/plain" }) };
         },
       });`,
      { files: join(world.folder, "files") },
    );
    const { artifacts } = openPorts(join(world.folder, "ports"));
    const doc = await artifacts.put(Buffer.from("stored"), { mediaType: "text/plain" });
    const output = (await world.invoke(publish, call({ doc: { ...doc } }))) as {
      report: { $artifact: string };
    };
    expect(Buffer.from(await readAll(artifacts.open(output.report.$artifact))).toString()).toBe(
      "stored / be kind",
    );
    expect(JSON.parse(world.lines[0]?.text ?? "")).toMatchObject({
      message: "publishing",
      run_id: "run-1",
      step: "publish",
      data: { bytes: 6 },
    });
    const { error, cause } = await failureOf(
      world.invoke(publish, call({ doc: { $artifact: 1 } })),
    );
    expect(error).toBe("Contract.InputInvalid");
    expect(cause.errorMessage).toContain(".doc: expected an artifact");
  });

  it("keeps the names of its errors, and the places of its source", async () => {
    const failing = await makeStep(
      `export default step({
         input: z.object({ named: z.boolean() }),
         output: z.null(),
         run({ named }) {
           if (named) throw new StepError("Publish.Refused", "no");
           throw new TypeError("oops");
         },
       });`,
    );
    const named = await failureOf(world.invoke(failing, call({ named: true })));
    expect(named.cause).toMatchObject({ errorType: "Publish.Refused", errorMessage: "no" });
    const other = await failureOf(world.invoke(failing, call({ named: false })));
    expect(other.cause).toMatchObject({
      errorType: "Step.Failed",
      errorMessage: "TypeError: oops",
      trace: [
        "Step.Failed: TypeError: oops",
        expect.stringMatching(/publish\.ts:7:\d+\)$/),
        expect.anything(),
      ],
    });
  });

  it("has its effect once, also over a worker that was killed in the middle and a new host", async () => {
    const publish = await makeStep(
      `import { appendFileSync } from "node:fs";
       export default step({
         input: z.object({ log: z.string(), hang: z.boolean() }),
         output: z.object({ key: z.string() }),
         async run({ log, hang }, { idempotencyKey, file }) {
           appendFileSync(log, idempotencyKey + "\\n");
           // Hangs the first time only: later ones find the file.
           const again = await file("go").text().then(() => true, () => false);
           if (hang && !again) for (;;);
           return { key: idempotencyKey };
         },
       });`,
      { effect: "write", timeout: 2 },
    );
    const log = join(world.folder, "effects");
    const input = { log, hang: true };
    expect((await failureOf(world.invoke(publish, call(input)))).error).toBe("Sandbox.Timedout");
    await world.reopen();
    await writeFile(join(world.folder, "go"), "");

    const result = await world.invoke(publish, call(input));
    const keys = (await readFile(log, "utf8")).trim().split("\n");
    expect(keys).toHaveLength(2);
    expect(new Set(keys)).toEqual(new Set([(result as { key: string }).key]));
    expect(await world.invoke(publish, call(input))).toEqual(result);
    expect((await readFile(log, "utf8")).trim().split("\n")).toHaveLength(2);
  });
});
