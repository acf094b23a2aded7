import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type DeployedWorld, deployHello } from "../../aws/deployed-world.ts";
import { CALLER_ARN } from "../../aws/platform-services.ts";
import type { espalier } from "../espalier.ts";

let world: DeployedWorld;
let run: typeof espalier;
beforeEach(async () => {
  world = await deployHello();
  run = (await import("../espalier.ts")).espalier;
});
afterEach(() => world?.close());

const aws = (...argv: string[]) =>
  run([...argv, "--environment", "test", "--region", "us-east-1", "--json"]);

describe("the switch of a deployed environment", () => {
  it("is flipped in the environment's table", async () => {
    const off = await aws(
      "switch",
      "tools",
      "off",
      "--workflow",
      "hello",
      "--reason",
      "drill",
      "--as",
      "ada@example.com",
    );
    expect(off).toMatchObject({ exitCode: 0, stderr: "" });
    expect(JSON.parse(off.stdout)).toMatchObject({
      switch: { workflow: "hello", tool: null, off: true, reason: "drill", entry: 1 },
    });
    await aws("switch", "tools", "on", "--workflow", "hello", "--as", "bob@example.com");
    const status = await aws("switch", "tools", "status");
    expect(JSON.parse(status.stdout)).toMatchObject({
      switches: [{ workflow: "hello", off: false, by: "bob@example.com", entry: 2 }],
    });
  });

  it("is flipped by whoever the credentials belong to, where nobody is named", async () => {
    const off = await aws("switch", "tools", "off", "--reason", "drill");
    expect(JSON.parse(off.stdout)).toMatchObject({ switch: { by: CALLER_ARN, off: true } });
  });
});
