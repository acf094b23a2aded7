/** Faults of a server over HTTP, each of which fails the tool with its reason and without the key. */
import type { ServerResponse } from "node:http";
import { describe, expect, it } from "vitest";
import { callOf, useHttpServer, worldOf } from "./tool-world.ts";

const mcp = useHttpServer();
const { documentOf, run } = mcp;

interface Fault {
  readonly how: string;
  readonly says: string | RegExp;
  readonly break: () => void;
  readonly timeout?: number;
}

const onCall = (then: (response: ServerResponse) => void) => {
  mcp.server.fault = (_request, body, response) => {
    if (!body.includes('"tools/call"')) return false;
    then(response);
    return true;
  };
};

const FAULTS: readonly Fault[] = [
  {
    how: "says that it failed",
    says: /^no such file$/,
    break: () => {
      mcp.server.call = async () => ({
        content: [{ type: "text", text: "no such file" }],
        isError: true,
      });
    },
  },
  {
    how: "says that it failed, at length",
    says: /^x{4000}…$/,
    break: () => {
      mcp.server.call = async () => ({
        content: [{ type: "text", text: "x".repeat(9000) }],
        isError: true,
      });
    },
  },
  {
    how: "throws",
    says: /disk on fire$/,
    break: () => {
      mcp.server.call = () => Promise.reject(new Error("disk on fire"));
    },
  },
  {
    how: "never answers",
    says: /within 3 s. What the tool has done by then is not known.$/,
    timeout: 3000,
    break: () => {
      mcp.server.call = () => new Promise(() => undefined);
    },
  },
  {
    how: "takes the request and keeps still",
    says: /It did not answer within 0.4 s.$/,
    timeout: 400,
    break: () => {
      mcp.server.fault = () => true;
    },
  },
  {
    how: "returns 10 MB",
    says: /more than 4194304 bytes/,
    break: () => {
      mcp.server.call = async () => ({ content: [{ type: "text", text: "x".repeat(10_000_000) }] });
    },
  },
  {
    how: "returns 10 MB as one document",
    says: /more than 4194304 bytes/,
    break: () => {
      mcp.server.json = true;
      mcp.server.call = async () => ({ content: [{ type: "text", text: "x".repeat(10_000_000) }] });
    },
  },
  {
    how: "dies while it is asked",
    says: /(cannot be reached|has ended|terminated|closed).*is not known.$/,
    break: () => {
      mcp.server.call = async () => {
        mcp.server.die();
        return new Promise(() => undefined);
      };
    },
  },
  {
    how: "ends its stream without an answer",
    says: "It ended without a result.",
    break: () =>
      onCall((response) => {
        response.writeHead(200, { "content-type": "text/event-stream" });
        response.end(": nothing\n\n");
      }),
  },
  {
    how: "answers with HTTP 500",
    says: "It answers with HTTP 500",
    break: () => onCall((response) => response.writeHead(500).end("out of memory")),
  },
  {
    how: "does not take the key",
    says: "It refuses the key (HTTP 401).",
    break: () => onCall((response) => response.writeHead(401).end()),
  },
  {
    how: "sends the call elsewhere",
    says: "HTTP 307",
    break: () =>
      onCall((response) => response.writeHead(307, { location: "http://127.0.0.1:1/" }).end()),
  },
  {
    how: "answers with a page",
    says: /content type: text\/html/,
    break: () =>
      onCall((response) => response.writeHead(200, { "content-type": "text/html" }).end("<p>hi")),
  },
  {
    how: "answers with broken JSON",
    says: /JSON/,
    break: () =>
      onCall((response) =>
        response.writeHead(200, { "content-type": "application/json" }).end('{"jsonrpc'),
      ),
  },
  {
    how: "lists tools without end",
    says: "lists tools without end",
    break: () => {
      mcp.server.pageSize = 0;
    },
  },
];

describe("a server that", () => {
  it.each(FAULTS)("$how fails the tool", async ({ says, timeout = 20_000, break: breakIt }) => {
    breakIt();
    const document = documentOf({ apiKey: { env: "KEY" } });
    const world = worldOf({ timeout, env: { KEY: "sk-123" } });
    const failure = await run(document, callOf(), world).then(
      () => undefined,
      (error: Error) => error,
    );
    expect(failure).toMatchObject({ name: "Tool.Failed" });
    expect(failure?.message).toMatch(says);
    expect(failure?.message).not.toContain("sk-123");
  });

  it("is not there fails the tool", async () => {
    await mcp.server.close();
    await expect(run()).rejects.toMatchObject({
      name: "Tool.Failed",
      message: `The MCP server ${mcp.server.url}: It cannot be reached (ECONNREFUSED).`,
    });
  });

  it("repeats the key does not get it into the message", async () => {
    onCall((response) => response.writeHead(400).end("bad key sk-123"));
    const document = documentOf({ apiKey: { env: "KEY" } });
    const failure = run(document, callOf(), worldOf({ env: { KEY: "sk-123" } }));
    await expect(failure).rejects.toThrow(/bad key \[key\]/);
  });

  it("keeps a session is told that it is over", async () => {
    mcp.server.fault = (_request, body, response) => {
      if (body.includes('"initialize"')) response.setHeader("mcp-session-id", "s1");
      if (_request.method !== "DELETE") return false;
      response.writeHead(200).end();
      return true;
    };
    await run();
    expect(mcp.server.requests.at(-1)).toBe("DELETE");
    expect(mcp.server.headers.at(-1)?.["mcp-session-id"]).toBe("s1");
  });

  it("is asked no longer once nobody waits", async () => {
    const nobody = new AbortController();
    mcp.server.call = async () => {
      nobody.abort(new Error("the step's time is up"));
      return new Promise(() => undefined);
    };
    await expect(run(documentOf(), callOf(), worldOf({ signal: nobody.signal }))).rejects.toThrow(
      "the step's time is up",
    );
    mcp.server.requests.length = 0;
    await expect(run(documentOf(), callOf(), worldOf({ signal: nobody.signal }))).rejects.toThrow(
      "the step's time is up",
    );
    expect(mcp.server.requests).toEqual([]);
  });
});
