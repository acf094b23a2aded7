/** What a data folder holds of a runtime, and who may have it. */
import { mkdir, readdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import {
  ADA,
  ASK,
  approvalState,
  dataFolder,
  deploymentOf,
  ended,
  openRuntime,
  START,
  taskState,
  until,
  waiting,
} from "./runtime-world.ts";

describe("the data folder", () => {
  it("goes on with everything after it was closed", async () => {
    const folder = await dataFolder();
    const before = await openRuntime(folder);
    await before.deploy(deploymentOf(ASK));
    const { id } = await before.startRun(START);
    const [approval = ""] = (await until(before, id, waiting)).waitingFor;
    await before.close();

    const after = await openRuntime(folder);
    expect(await after.run(id)).toMatchObject({ status: "RUNNING", waitingFor: [approval] });
    await after.decide(approval, ADA);
    expect((await until(after, id, ended)).status).toBe("SUCCEEDED");
  });

  it("keeps the old code for a run that waits while its bundle is deployed anew", async () => {
    const folder = await dataFolder();
    const version = (says: string) =>
      deploymentOf({
        startAt: "review",
        states: {
          review: approvalState("review", { Next: "say" }),
          say: taskState("say", "1", { End: true }),
        },
        code: { say: `export const handler = async () => ${JSON.stringify(says)};` },
      });
    const first = await openRuntime(folder);
    await first.deploy(version("old"));
    const old = await first.startRun(START);
    await until(first, old.id, waiting);
    await first.deploy(version("new"));
    await first.close();

    const second = await openRuntime(folder);
    const young = await second.startRun(START);
    expect(young.digest).not.toBe(old.digest);
    const outputs: unknown[] = [];
    for (const { id } of [old, young]) {
      const [approval = ""] = (await until(second, id, waiting)).waitingFor;
      await second.decide(approval, ADA);
      outputs.push((await until(second, id, ended)).output);
    }
    expect(outputs).toEqual(["old", "new"]);
    expect((await second.run(old.id)).digest).toBe(old.digest);
  });

  it("makes the index of runs again when it is lost", async () => {
    const folder = await dataFolder();
    const before = await openRuntime(folder);
    await before.deploy(deploymentOf(ASK));
    const { id } = await before.startRun(START);
    await before.stopRun(id, "enough");
    const record = await before.run(id);
    await before.close();
    await rm(join(folder, "store", "records"), { recursive: true });
    const after = await openRuntime(folder);
    expect(await after.run(id)).toEqual(record);
  });

  it("holds tasks back for a runtime that performs", async () => {
    const folder = await dataFolder();
    const say = deploymentOf({
      startAt: "say",
      states: { say: taskState("say", "1", { End: true }) },
      code: { say: "export const handler = async () => 'said';" },
    });
    const looking = await openRuntime(folder, { perform: false });
    await looking.deploy(say);
    const { id } = await looking.startRun(START);
    expect((await looking.run(id)).status).toBe("RUNNING");
    await looking.close();
    const performing = await openRuntime(folder);
    expect((await until(performing, id, ended)).output).toBe("said");
  });

  it("refuses a second runtime, naming the process that has the folder", async () => {
    const folder = await dataFolder();
    await openRuntime(folder);
    await expect(openRuntime(folder)).rejects.toMatchObject({
      code: "DataFolderInUse",
      message: expect.stringContaining(`process ${process.pid}`),
    });
  });

  it("leaves a folder of a newer format untouched", async () => {
    const folder = await dataFolder();
    await writeFile(join(folder, "format"), "2\n");
    await expect(openRuntime(folder)).rejects.toMatchObject({
      code: "DataFolderNewer",
      message: expect.stringContaining("format 2"),
    });
    expect(await readdir(folder)).toEqual(["format"]);
  });

  it("says which folder is none", async () => {
    const folder = await dataFolder();
    await writeFile(join(folder, "file"), "");
    for (const path of [join(folder, "file"), join(folder, "file", "below")]) {
      await expect(openRuntime(path)).rejects.toMatchObject({
        code: "DataFolderUnusable",
        message: expect.stringContaining(path),
      });
    }
  });

  it("says that a folder cannot be written", async () => {
    const folder = join(await dataFolder(), "closed");
    await mkdir(folder, { mode: 0o500 });
    const before = process.geteuid?.();
    // Permissions do not bind root; for a moment, this process is nobody.
    if (before === 0) process.seteuid?.(65_534);
    try {
      await expect(openRuntime(folder)).rejects.toMatchObject({
        code: "DataFolderUnusable",
        message: expect.stringContaining("permissions"),
      });
    } finally {
      if (before === 0) process.seteuid?.(0);
    }
    expect(await readdir(folder)).toEqual([]);
  });

  it("refuses a bundle whose paths lead out of its folder", async () => {
    const runtime = await openRuntime(await dataFolder());
    const deployment = { ...deploymentOf(ASK), files: new Map([["../../x", new Uint8Array()]]) };
    await expect(runtime.deploy(deployment)).rejects.toThrow(/cannot be a path/);
    expect(await runtime.workflows()).toEqual([]);
  });
});
