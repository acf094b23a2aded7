/** Steps as they are deployed: the host, with DynamoDB and S3 behind it. */
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import * as z from "zod";
import { stepHandler } from "../../lambdas/step/index.ts";
import { VARIABLES } from "../../lib/runtime/deployed.ts";
import { StepError } from "../../lib/runtime/errors.ts";
import { step } from "../../lib/runtime/step.ts";
import { type Dynalite, startDynalite } from "./dynalite.ts";
import { type S3Server, startS3 } from "./s3-server.ts";

let dynalite: Dynalite;
let s3: S3Server;
let folder: string;
let lines: { readonly level?: string; readonly message?: string; readonly run_id?: string }[];

beforeAll(async () => {
  [dynalite, s3] = await Promise.all([startDynalite(), startS3()]);
  folder = await mkdtemp(join(tmpdir(), "espalier-step-"));
  await mkdir(join(folder, "files"));
  await writeFile(join(folder, "files", "words.txt"), "good words");
});
afterAll(async () => {
  await Promise.all([dynalite?.close(), s3?.close()]);
  await rm(folder, { recursive: true, force: true });
});

beforeEach(async () => {
  const variables = {
    AWS_REGION: "us-east-1",
    AWS_ACCESS_KEY_ID: "test",
    AWS_SECRET_ACCESS_KEY: "test",
    AWS_ENDPOINT_URL_S3: s3.url,
    AWS_ENDPOINT_URL_DYNAMODB: dynalite.url,
    LAMBDA_TASK_ROOT: folder,
    [VARIABLES.table]: await dynalite.createTable(),
    [VARIABLES.runsBucket]: "runs",
    [VARIABLES.retention]: "standard",
    [VARIABLES.effect]: "none",
    [VARIABLES.logLevel]: "INFO",
  };
  for (const [name, value] of Object.entries(variables)) vi.stubEnv(name, value);
  lines = [];
  vi.spyOn(process.stdout, "write").mockImplementation((text) => {
    for (const line of String(text).trim().split("\n")) lines.push(JSON.parse(line) as object);
    return true;
  });
});
afterEach(() => {
  vi.restoreAllMocks();
  vi.unstubAllEnvs();
});

function call(input: unknown, attempt = 0) {
  return {
    run: {
      id: "run-1",
      workflow: "w",
      version: "1.0.0",
      digest: "sha256:0",
      environment: "test",
      customer: null,
      principal: "ben@example.com",
      startedAt: "2026-11-21T09:00:00Z",
    },
    step: { id: "publish", iteration: "", attempt },
    input,
    config: {},
  };
}

const context = (milliseconds = 30_000, awsRequestId = "request-1") => ({
  awsRequestId,
  getRemainingTimeInMillis: () => milliseconds,
});

const Text = z.object({ text: z.string() });

describe("a deployed step", () => {
  it("has its effect once, however often Step Functions calls it", async () => {
    vi.stubEnv(VARIABLES.effect, "write");
    let effects = 0;
    const handler = stepHandler(
      step({
        input: Text,
        output: z.object({ effects: z.number() }),
        async run() {
          effects += 1;
          return { effects };
        },
      }),
    );
    expect(await handler(call({ text: "a" }), context())).toEqual({ effects: 1 });
    expect(await handler(call({ text: "a" }, 1), context())).toEqual({ effects: 1 });
    const both = [context(30_000, "r2"), context(30_000, "r3")];
    const again = await Promise.all(both.map((each) => handler(call({ text: "a" }, 2), each)));
    expect(again).toEqual([{ effects: 1 }, { effects: 1 }]);
    expect(effects).toBe(1);
  });

  it("sends a large value by reference, and gets it whole in the next step", async () => {
    const echo = step({
      input: Text,
      output: Text,
      run: async ({ text }) => ({ text: `${text}!` }),
    });
    const handler = stepHandler(echo);
    const text = "x".repeat(300_000);
    const output = await handler(call({ text }), context());
    expect(JSON.stringify(output).length).toBeLessThan(300);
    expect(await handler(call(output), context())).toMatchObject({ text: { bytes: 300_004 } });
    const tags = [...s3.objects.values()].map(({ headers }) => headers["x-amz-tagging"]);
    expect(new Set(tags)).toEqual(new Set(["espalier-retention=standard"]));
  });

  it("reads the bundle's files, and nothing beside them", async () => {
    const reader = step({
      input: Text,
      output: Text,
      run: async ({ text }, { file }) => ({ text: await file(text).text() }),
    });
    const handler = stepHandler(reader);
    expect(await handler(call({ text: "words.txt" }), context())).toEqual({ text: "good words" });
    await expect(handler(call({ text: "none.txt" }), context())).rejects.toThrow("no file");
    await expect(handler(call({ text: "../x" }), context())).rejects.toThrow("inside");
  });

  it.each([
    ["a contract that is broken", {}, "Contract.InputInvalid"],
    ["an error with a name", { text: "named" }, "Policy.Unknown"],
    ["an accident", { text: "accident" }, "Step.Failed"],
  ])("fails by %s under a name that a manifest can catch", async (_case, input, name) => {
    const handler = stepHandler(
      step({
        input: Text,
        output: Text,
        async run({ text }) {
          if (text === "named") throw new StepError("Policy.Unknown", "no such policy");
          throw new TypeError("undefined is not a function");
        },
      }),
    );
    await expect(handler(call(input), context())).rejects.toMatchObject({ name });
    expect(lines).toMatchObject([{ level: "ERROR", run_id: "run-1" }]);
  });

  it("is told shortly before Lambda ends it", async () => {
    const waiter = step({
      input: Text,
      output: Text,
      run: (_input, { signal }) =>
        new Promise<never>((_, reject) => {
          signal.addEventListener("abort", () => reject(signal.reason as Error));
        }),
    });
    const ended = stepHandler(waiter)(call({ text: "" }), context(100));
    // The signal's timer does not keep a process alive, and a function is kept alive by Lambda.
    const alive = setInterval(() => undefined, 50);
    await expect(ended).rejects.toMatchObject({ name: "Sandbox.Timedout" });
    clearInterval(alive);
  });

  it("says where it is loaded what is wrong with it", () => {
    const fine = step({ input: Text, output: Text, run: async (input) => input });
    expect(() => stepHandler({ run: () => 1 })).toThrow("exports by default");
    vi.stubEnv(VARIABLES.effect, "wirte");
    expect(() => stepHandler(fine)).toThrow('"wirte"');
    vi.stubEnv(VARIABLES.runsBucket, "");
    expect(() => stepHandler(fine)).toThrow(VARIABLES.runsBucket);
  });
});
