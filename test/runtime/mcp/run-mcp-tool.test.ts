/** A call of a tool over HTTP: what the server is asked, and what of its result is returned. */
import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import type { Json } from "../../../lib/runtime/json.ts";
import { READ_FILE } from "./http-server.ts";
import { callOf, useHttpServer, worldOf } from "./tool-world.ts";

const mcp = useHttpServer();
const { documentOf, run } = mcp;

describe("a tool of an MCP server", () => {
  it.each([false, true])("is called over HTTP, the answer one JSON document: %s", async (json) => {
    mcp.server.json = json;
    expect(await run()).toBe("content of LICENSE");
    expect(mcp.server.calls).toEqual([{ name: "read_file", args: { path: "LICENSE" } }]);
    expect(mcp.server.requests).toEqual([
      "POST initialize",
      "POST notifications/initialized",
      "POST tools/list",
      "POST tools/call",
    ]);
  });

  it("is found on whatever page of the list", async () => {
    const others = Array.from({ length: 7 }, (_, n) => ({ ...READ_FILE, name: `tool_${n}` }));
    mcp.server.tools = [...others, READ_FILE];
    mcp.server.pageSize = 3;
    expect(await run()).toBe("content of LICENSE");
  });

  it("gets a key that is the same when the same call is made again", async () => {
    for (const toolUseId of ["t1", "t1", "t2"]) {
      const call = callOf();
      await run(documentOf(), { ...call, tool: { ...call.tool, toolUseId } });
    }
    const [first, again, other] = mcp.server.metas;
    expect(first).toEqual({ "espalier/idempotencyKey": expect.stringMatching(/^sha256:/) });
    expect(again).toEqual(first);
    expect(other).not.toEqual(first);
  });

  it("may take its time", async () => {
    mcp.server.call = async () => {
      await sleep(1500);
      return { content: [{ type: "text", text: "slow" }] };
    };
    expect(await run()).toBe("slow");
  });

  it.each<[string, object, Json]>([
    ["structured content", { structuredContent: { a: [1] }, content: [] }, { a: [1] }],
    ["nothing", { content: [] }, { content: [] }],
    [
      "a text and a picture",
      {
        content: [
          { type: "text", text: "see" },
          { type: "image", mimeType: "image/png", data: "AAAA" },
        ],
      },
      {
        content: [
          { type: "text", text: "see" },
          { type: "image", mediaType: "image/png", bytes: 3 },
        ],
      },
    ],
    [
      "resources",
      {
        content: [
          { type: "resource", resource: { uri: "file:///a", mimeType: "text/plain", text: "a" } },
          { type: "resource", resource: { uri: "file:///b", blob: "AAAA" } },
          { type: "resource_link", uri: "file:///c", name: "c" },
          { type: "audio", mimeType: "audio/wav", data: "" },
        ],
      },
      {
        content: [
          { type: "resource", uri: "file:///a", mediaType: "text/plain", text: "a" },
          { type: "resource", uri: "file:///b", bytes: 3 },
          { type: "resource_link", uri: "file:///c", name: "c" },
          { type: "audio", mediaType: "audio/wav", bytes: 0 },
        ],
      },
    ],
  ])("returns %s as JSON", async (_what, result, expected) => {
    mcp.server.call = async () => result as { content: [] };
    expect(await run()).toEqual(expected);
  });

  it("gets the key that a variable or a secret holds, and no other header of ours", async () => {
    for (const [apiKey, key] of [
      [{ env: "FILES_KEY" }, "from-env"],
      [{ secret: "arn:aws:secretsmanager:us-east-1:0:secret:x" }, "from-secret"],
    ] as const) {
      const document = documentOf({ apiKey });
      const world = worldOf({ env: { FILES_KEY: "from-env" }, secret: async () => "from-secret" });
      await run(document, callOf(), world);
      expect(mcp.server.headers.at(-1)?.authorization).toBe(`Bearer ${key}`);
    }
    await run();
    expect(mcp.server.headers.at(-1)?.authorization).toBeUndefined();
  });

  it("is not called without the key that it should have", async () => {
    for (const apiKey of [{ env: "FILES_KEY" }, { secret: "arn:x" }]) {
      const document = documentOf({ apiKey });
      await expect(run(document)).rejects.toMatchObject({
        name: "Step.Failed",
        message: expect.stringMatching(
          /^The key of the MCP server should be in the (variable|secret)/,
        ),
      });
    }
    expect(mcp.server.requests).toEqual([]);
  });
});
