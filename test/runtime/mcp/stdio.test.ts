/** A server that is a process, over its standard input and output. */
import { describe, expect, it } from "vitest";
import type { McpDocument } from "../../../lib/runtime/agent/mcp-document.ts";
import type { McpWorld } from "../../../lib/runtime/mcp/mcp-world.ts";
import { openStdio } from "../../../lib/runtime/mcp/open-stdio.ts";
import { runMcpTool } from "../../../lib/runtime/mcp/run-mcp-tool.ts";
import { callOf, toolsetOn, worldOf, written } from "./tool-world.ts";

describe("a server that is a process", () => {
  const SCRIPT = new URL("stdio-server.mjs", import.meta.url).pathname;
  const documentFor = (mode: string): McpDocument =>
    toolsetOn({ command: process.execPath, args: [SCRIPT, mode] });
  const local = (change: Partial<McpWorld> = {}) => worldOf({ openStdio, ...change });
  const isAlive = (pid: number) => {
    try {
      return process.kill(pid, 0);
    } catch {
      return false;
    }
  };

  it("is started, asked, and ended, and sees nothing of our variables", async () => {
    process.env.ESPALIER_TEST_SECRET = "sk-123";
    const text = await runMcpTool(documentFor("well"), callOf(), local());
    delete process.env.ESPALIER_TEST_SECRET;
    const { path, pid, secret } = JSON.parse(String(text));
    expect({ path, secret }).toEqual({ path: "LICENSE", secret: null });
    expect(isAlive(pid)).toBe(false);
  });

  it("is never started where it is deployed", async () => {
    await expect(runMcpTool(documentFor("well"), callOf(), worldOf())).rejects.toMatchObject({
      name: "Tool.Failed",
      message: expect.stringContaining("on one machine only"),
    });
  });

  it.each([
    ["dies while it is asked", "die", /has ended the connection/, 20_000],
    ["hangs", "hang", /did not answer within 1.5 s/, 1500],
    ["does not start", "no start", /has ended the connection/, 20_000],
    ["returns 10 MB", "flood", /has ended the connection|more than|exceed/i, 20_000],
  ])("and %s fails the tool", async (_how, mode, says, timeout) => {
    const failure = await runMcpTool(documentFor(mode), callOf(), local({ timeout })).then(
      () => undefined,
      (error: Error) => error,
    );
    expect(failure).toMatchObject({ name: "Tool.Failed" });
    expect(failure?.message).toMatch(says);
  });

  it("leaves what it wrote to standard error in the log", async () => {
    await runMcpTool(documentFor("no start"), callOf(), local()).catch(() => undefined);
    expect(JSON.stringify(written)).toContain("there is no database");
  });

  it("is missing fails the tool", async () => {
    const document = toolsetOn({ command: "espalier-no-such-command", args: [] });
    await expect(runMcpTool(document, callOf(), local())).rejects.toMatchObject({
      name: "Tool.Failed",
      message: expect.stringContaining("ENOENT"),
    });
  });
});
