/** What `kill -9` leaves, and what the next runtime makes of it. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, it, onTestFinished } from "vitest";
import { connectControl, type HttpControl } from "../../lib/local/runtime/http-control.ts";
import {
  approvalState,
  dataFolder,
  deploymentOf,
  ended,
  openRuntime,
  type PlanSketch,
  until,
  waiting,
} from "../local/runtime-world.ts";

const START = { workflow: "sample", principal: "carl@example.com" };

async function startChild(
  folder: string,
): Promise<{ control: HttpControl; kill(): Promise<void> }> {
  const child = spawn(
    process.execPath,
    ["--import", "tsx", join(import.meta.dirname, "local-child.ts"), folder],
    { stdio: ["ignore", "pipe", "inherit"] },
  );
  const exited = once(child, "exit");
  const kill = async () => {
    child.kill("SIGKILL");
    await exited;
  };
  onTestFinished(kill);
  await Promise.race([
    once(child.stdout, "data"),
    exited.then(([code]) => {
      throw new Error(`The child has ended with ${code}.`);
    }),
  ]);
  const control = await connectControl(folder);
  if (!control) throw new Error("The child does not answer.");
  return { control, kill };
}

describe("after kill -9", () => {
  it("a map goes on where it was: what had ended is not done again", async () => {
    const folder = await dataFolder();
    const log = join(folder, "log.txt");
    await writeFile(log, "");
    const items = 24;
    const sketch: PlanSketch = {
      startAt: "all",
      states: {
        all: {
          Type: "Map",
          Items: `{% [1..${items}] %}`,
          MaxConcurrency: 4,
          ItemProcessor: {
            ProcessorConfig: { Mode: "INLINE" },
            StartAt: "one",
            States: {
              one: {
                Type: "Task",
                Resource: "arn:aws:states:::lambda:invoke",
                Arguments: {
                  FunctionName: "${function_one}",
                  Payload: { n: "{% $states.input %}", log },
                },
                Output: "{% $states.result.Payload %}",
                End: true,
              },
            },
          },
          End: true,
        },
      },
      code: {
        one: `
          import { appendFileSync } from "node:fs";
          export const handler = async ({ n, log }) => {
            appendFileSync(log, n + "\\n");
            await new Promise((resolve) => setTimeout(resolve, 40));
            return n * n;
          };`,
      },
    };
    const child = await startChild(folder);
    await child.control.deploy(deploymentOf(sketch));
    const { id } = await child.control.startRun({ ...START, input: {} });
    let succeededBefore = 0;
    for await (const { type } of child.control.history(id, { follow: true })) {
      if (type === "TaskSucceeded") succeededBefore += 1;
      if (succeededBefore === 7) break;
    }
    await child.kill();

    const runtime = await openRuntime(folder);
    const run = await until(runtime, id, ended);
    expect(run.output).toEqual(Array.from({ length: items }, (_, n) => (n + 1) ** 2));
    const performed = (await readFile(log, "utf8")).trim().split("\n").map(Number);
    expect(new Set(performed).size).toBe(items);
    // At most the four that were under way have been performed twice.
    expect(performed.length).toBeLessThanOrEqual(items + 4);
    expect(await runtime.runs({ status: "SUCCEEDED" })).toMatchObject([{ id }]);
  });

  it("a decision is heard exactly once, or can be taken again", async () => {
    const folder = await dataFolder();
    const states = { review: approvalState("review", { End: true }) };
    for (const delay of [0, 2, 4, 8, 16]) {
      const child = await startChild(folder);
      await child.control.deploy(deploymentOf({ startAt: "review", states }));
      const { id } = await child.control.startRun({ ...START, input: {} });
      const [approval = ""] = (await until(child.control, id, waiting)).waitingFor;
      const ada = { verdict: "approved", by: "ada@example.com" } as const;
      const asked = child.control.decide(approval, ada).then(
        () => true,
        () => false,
      );
      await sleep(delay);
      await child.kill();
      const acknowledged = await asked;

      const runtime = await openRuntime(folder);
      const standing = await runtime.approval(approval);
      if (acknowledged) expect(standing.status).toBe("approved");
      if (standing.status === "open") {
        await runtime.decide(approval, { ...ada, by: "grace@example.com" });
      }
      const run = await until(runtime, id, ended);
      const final = await runtime.approval(approval);
      expect(final).toMatchObject({ status: "approved", delivered: true });
      expect(run).toMatchObject({ status: "SUCCEEDED", output: { by: final.decision?.by } });
      const types: string[] = [];
      for await (const { type } of runtime.history(id)) types.push(type);
      expect(types.filter((type) => type === "TaskSucceeded")).toHaveLength(1);
      await runtime.close();
    }
  });

  it("a folder in use by another process is refused with its id, and free once that is dead", async () => {
    const folder = await dataFolder();
    const child = await startChild(folder);
    await expect(openRuntime(folder)).rejects.toMatchObject({
      code: "DataFolderInUse",
      message: expect.stringContaining(`process ${child.control.pid}`),
    });
    await child.kill();
    await openRuntime(folder);
  });
});
