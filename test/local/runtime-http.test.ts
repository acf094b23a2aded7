import { readFile, stat, writeFile } from "node:fs/promises";
import { request } from "node:http";
import { createServer } from "node:net";
import { join } from "node:path";
import { DescribeExecutionCommand, SFNClient } from "@aws-sdk/client-sfn";
import { describe, expect, it, onTestFinished } from "vitest";
import { connectControl } from "../../lib/local/runtime/http-control.ts";
import { openControl } from "../../lib/local/runtime/open-control.ts";
import type { RunEvent } from "../../lib/runtime/control.ts";
import {
  approvalState,
  dataFolder,
  deploymentOf,
  ended,
  openRuntime,
  type PlanSketch,
  until,
  waiting,
} from "./runtime-world.ts";

const START = { workflow: "sample", principal: "carl@example.com", input: { n: 1 } };
const ADA = { verdict: "approved", by: "ada@example.com" } as const;
const ASK: PlanSketch = {
  startAt: "review",
  states: { review: approvalState("review", { End: true }, { approvers: ["*"] }) },
};

async function connected() {
  const folder = await dataFolder();
  const runtime = await openRuntime(folder);
  await runtime.deploy(deploymentOf(ASK));
  const control = await connectControl(folder);
  if (!control) throw new Error("nobody serves the folder");
  onTestFinished(() => control.close());
  return { folder, runtime, control };
}

describe("a runtime of another process", () => {
  it("does over HTTP what the runtime itself does", async () => {
    const { control, runtime } = await connected();
    expect(await control.workflows()).toEqual(await runtime.workflows());
    const started = await control.startRun({ ...START, customer: "acme", name: "first" });
    expect(started).toMatchObject({ id: "first", status: "RUNNING", customer: "acme" });
    const following = collect(control.history("first", { follow: true }));
    const [approval = ""] = (await until(control, "first", waiting)).waitingFor;
    expect(await control.approvals({ status: "open" })).toMatchObject([{ id: approval }]);
    expect(await control.approval(approval)).toEqual(await runtime.approval(approval));
    expect(await control.decide(approval, { ...ADA, reason: "fine" })).toMatchObject({
      status: "approved",
      decision: { reason: "fine" },
    });
    await until(control, "first", ended);
    expect(await control.run("first")).toEqual(await runtime.run("first"));
    expect(await control.runs({ status: "SUCCEEDED", limit: 5 })).toEqual(await runtime.runs());
    expect(await following).toEqual(await collect(runtime.history("first")));
    expect(await collect(control.history("first", { after: 4 }))).toEqual(
      (await following).slice(4),
    );
  });

  it("stops and redrives", async () => {
    const { control } = await connected();
    const { id } = await control.startRun(START);
    await control.stopRun(id, "enough");
    expect(await control.run(id)).toMatchObject({ status: "ABORTED", error: { cause: "enough" } });
    await control.redriveRun(id);
    expect((await control.run(id)).status).toBe("RUNNING");
    await expect(control.redriveRun(id)).rejects.toMatchObject({ code: "RunNotRedrivable" });
  });

  it("takes bundles", async () => {
    const { control } = await connected();
    const files = new Map([["policy/a.bin", new Uint8Array([0, 255, 7])]]);
    await control.deploy({ ...deploymentOf({ ...ASK, workflow: "second" }), files });
    expect((await control.workflows()).map(({ workflow }) => workflow)).toEqual([
      "sample",
      "second",
    ]);
  });

  it("streams artifacts both ways, of any size and name", async () => {
    const { control, runtime } = await connected();
    const chunk = Buffer.alloc(256 * 1024, 7);
    async function* body() {
      for (let n = 0; n < 64; n += 1) yield chunk;
    }
    const ref = await control.putArtifact(body(), { mediaType: "text/x", name: "größe, ok?.txt" });
    expect(ref).toMatchObject({
      bytes: 64 * chunk.length,
      mediaType: "text/x",
      name: "größe, ok?.txt",
    });
    let bytes = 0;
    for await (const part of control.openArtifact(ref.$artifact)) bytes += part.length;
    expect(bytes).toBe(ref.bytes);
    const small = await control.putArtifact(new Uint8Array([1, 2]), { mediaType: "a/b" });
    expect(await runtime.putArtifact(new Uint8Array([1, 2]), { mediaType: "a/b" })).toEqual(small);
    await expect(collect(control.openArtifact(`sha256:${"0".repeat(64)}`))).rejects.toMatchObject({
      code: "ArtifactNotFound",
    });
  });

  it("passes errors on as they are, with their hints", async () => {
    const { control, runtime } = await connected();
    const calls = [
      (c: typeof control | typeof runtime) => c.startRun({ ...START, workflow: "none" }),
      (c: typeof control | typeof runtime) => c.startRun({ ...START, name: "../x" }),
      (c: typeof control | typeof runtime) => c.run("none"),
      (c: typeof control | typeof runtime) => collect(c.history("none")),
      (c: typeof control | typeof runtime) => c.approval("none"),
      (c: typeof control | typeof runtime) => c.decide("none", ADA),
      (c: typeof control | typeof runtime) => c.approval("../../x"),
    ];
    for (const call of calls) {
      const [there, here] = await Promise.all(
        [control, runtime].map((c) => call(c).catch((error: unknown) => error)),
      );
      expect(there).toEqual(here);
      expect(there).toMatchObject({ name: "RequestError", code: expect.any(String) });
    }
  });

  it("lets one of a hundred decisions win, and tells the run once", async () => {
    const { control } = await connected();
    const { id } = await control.startRun(START);
    const [approval = ""] = (await until(control, id, waiting)).waitingFor;
    const results = await Promise.allSettled(
      Array.from({ length: 100 }, (_, n) =>
        control.decide(approval, { verdict: "approved", by: `p${n}@example.com` }),
      ),
    );
    const won = results.flatMap((r) => (r.status === "fulfilled" ? [r.value.decision?.by] : []));
    expect(won).toHaveLength(1);
    for (const r of results) {
      if (r.status === "rejected") {
        expect(r.reason).toMatchObject({
          code: "ApprovalDecided",
          message: expect.stringContaining(`by ${won[0]} at`),
        });
      }
    }
    const run = await until(control, id, ended);
    expect(run).toMatchObject({ status: "SUCCEEDED", output: { by: won[0] } });
    const events = await collect(control.history(id));
    expect(events.filter(({ type }) => type === "TaskSucceeded")).toHaveLength(1);
  });

  it("says so when the runtime ends while its history is followed", async () => {
    const { control, runtime } = await connected();
    const { id } = await control.startRun(START);
    const outcome = collect(control.history(id, { follow: true })).catch((error: unknown) => error);
    await until(control, id, waiting);
    await runtime.close();
    await expect(outcome).resolves.toMatchObject({ code: "RuntimeUnreachable" });
    await expect(control.run(id)).rejects.toMatchObject({ code: "RuntimeUnreachable" });
  });

  it("follows what has not happened yet", async () => {
    const { control } = await connected();
    const { id } = await control.startRun(START);
    const [approval = ""] = (await until(control, id, waiting)).waitingFor;
    const known = await collect(control.history(id));
    const following = collect(control.history(id, { after: known.length, follow: true }));
    await control.decide(approval, ADA);
    const news = await following;
    expect(news[0]?.id).toBe(known.length + 1);
    expect(news.at(-1)?.type).toBe("ExecutionSucceeded");
  });

  it("stops following when it is told to", async () => {
    const { control } = await connected();
    const { id } = await control.startRun(START);
    const stop = new AbortController();
    const seen: RunEvent[] = [];
    // The run waits for a person: a follower who did not stop would wait with it.
    for await (const event of control.history(id, { follow: true, signal: stop.signal })) {
      seen.push(event);
      stop.abort();
    }
    expect(seen.length).toBeGreaterThan(0);
  });
});

describe("opening a control", () => {
  it("connects to the runtime that serves the folder, else opens one", async () => {
    const directory = await dataFolder();
    const first = await openControl({ directory }, [deploymentOf(ASK)]);
    onTestFinished(() => first.control.close());
    const second = await openControl({ directory });
    expect([first.embedded, second.embedded]).toEqual([true, false]);
    expect(second.url).toBe(first.url);
    const { id } = await first.control.startRun(START);
    expect((await second.control.run(id)).status).toBe("RUNNING");
    await second.control.close();
    expect((await first.control.run(id)).status).toBe("RUNNING");
    await first.control.close();
    const third = await openControl({ directory });
    onTestFinished(() => third.control.close());
    expect(third.embedded).toBe(true);
    expect((await third.control.run(id)).status).toBe("RUNNING");
  });

  it("opens exactly one runtime when many want one at once", async () => {
    const directory = await dataFolder();
    const all = await Promise.all(Array.from({ length: 5 }, () => openControl({ directory })));
    onTestFinished(async () => {
      for (const { control } of all) await control.close();
    });
    expect(all.filter(({ embedded }) => embedded)).toHaveLength(1);
    expect(new Set(all.map(({ url }) => url)).size).toBe(1);
  });

  it("notices a runtime.json that a crash has left", async () => {
    const directory = await dataFolder();
    const file = {
      pid: 1,
      url: "http://127.0.0.1:1",
      token: "x",
      startedAt: "2026-01-01T00:00:00Z",
    };
    await writeFile(join(directory, "runtime.json"), JSON.stringify(file));
    expect(await connectControl(directory)).toBeUndefined();
    const { control, embedded } = await openControl({ directory });
    onTestFinished(() => control.close());
    expect(embedded).toBe(true);
  });

  it("takes another program on the port for no runtime", async () => {
    const { folder, runtime } = await connected();
    const other = await dataFolder();
    const file = JSON.parse(await readFile(join(folder, "runtime.json"), "utf8")) as object;
    await writeFile(join(other, "runtime.json"), JSON.stringify({ ...file, token: "stale" }));
    expect(await connectControl(other)).toBeUndefined();
    await writeFile(join(other, "runtime.json"), "{ torn");
    expect(await connectControl(other)).toBeUndefined();
    expect(runtime.url).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/);
  });

  it("names a port that is in use, and lets go of the folder", async () => {
    const blocker = createServer().listen(0, "127.0.0.1");
    onTestFinished(() => void blocker.close());
    await new Promise((resolve) => blocker.once("listening", resolve));
    const address = blocker.address();
    const port = typeof address === "object" ? (address?.port ?? 0) : 0;
    const folder = await dataFolder();
    await expect(openRuntime(folder, { port })).rejects.toMatchObject({
      code: "PortInUse",
      message: expect.stringContaining(String(port)),
      hint: expect.stringContaining("--port"),
    });
    await openRuntime(folder);
  });
});

describe("who may talk to a runtime", () => {
  const bearer = async (folder: string) => {
    const { token } = JSON.parse(await readFile(join(folder, "runtime.json"), "utf8")) as {
      token: string;
    };
    return `Bearer ${token}`;
  };

  it("keeps the token to the owner of the folder", async () => {
    const { folder, runtime } = await connected();
    expect((await stat(join(folder, "runtime.json"))).mode & 0o777).toBe(0o600);
    await runtime.close();
    await expect(stat(join(folder, "runtime.json"))).rejects.toMatchObject({ code: "ENOENT" });
  });

  it.each<[string, (token: string) => Record<string, string>, number]>([
    ["no token", () => ({}), 401],
    ["a wrong token", () => ({ authorization: "Bearer no" }), 401],
    ["a foreign host", (token) => ({ authorization: token, host: "evil.example.com" }), 403],
    [
      "a foreign host with the port",
      (token) => ({ authorization: token, host: "evil.example.com:80" }),
      403,
    ],
    ["an origin", (token) => ({ authorization: token, origin: "http://127.0.0.1" }), 403],
    ["an opaque origin", (token) => ({ authorization: token, origin: "null" }), 403],
  ])("refuses a request with %s, on every route", async (_, headersOf, status) => {
    const { folder, runtime } = await connected();
    const headers = headersOf(await bearer(folder));
    for (const [method, path] of [
      ["GET", "/espalier/v1/runs"],
      ["POST", "/espalier/v1/runs"],
      ["POST", "/espalier/v1/approvals/x/decision"],
      ["POST", "/espalier/v1/deployments"],
      ["GET", "/espalier/v1/runtime"],
    ] as const) {
      expect([path, (await send(runtime.url + path, method, headers)).status]).toEqual([
        path,
        status,
      ]);
    }
    expect(await runtime.runs()).toEqual([]);
  });

  it.each(["localhost", "127.0.0.1", "[::1]:80", "LOCALHOST:1234"])(
    "answers under the name %s",
    async (host) => {
      const { folder, runtime } = await connected();
      const headers = { authorization: await bearer(folder), host };
      expect((await send(`${runtime.url}/espalier/v1/runs`, "GET", headers)).status).toBe(200);
    },
  );

  it.each<[string, string, string, number, string]>([
    ["POST", "/runs", "{", 400, "InputInvalid"],
    ["POST", "/runs", "[]", 400, "RequestInvalid"],
    ["GET", "/runs?limit=0", "", 400, "RequestInvalid"],
    ["GET", "/nothing", "", 404, "NotFound"],
    ["GET", "/runs/none", "", 404, "RunNotFound"],
  ])("answers %s %s %j with a code and a sentence", async (method, path, body, status, code) => {
    const { folder, runtime } = await connected();
    const headers = { authorization: await bearer(folder) };
    const answer = await send(`${runtime.url}/espalier/v1${path}`, method, headers, body);
    expect(answer).toMatchObject({ status, body: { code, message: expect.any(String) } });
  });

  it("serves the Step Functions API to the AWS SDK, beside the control interface", async () => {
    const { control, runtime } = await connected();
    const { id } = await control.startRun(START);
    const client = new SFNClient({
      endpoint: runtime.url,
      region: "us-east-1",
      credentials: { accessKeyId: "test", secretAccessKey: "test" },
    });
    onTestFinished(() => client.destroy());
    const executionArn = `arn:aws:states:us-east-1:000000000000:execution:sample:${id}`;
    const described = await client.send(new DescribeExecutionCommand({ executionArn }));
    expect(described).toMatchObject({ name: id, status: "RUNNING" });
  });
});

/** A plain request: `fetch` does not let its caller choose Host and Origin. */
function send(
  url: string,
  method: string,
  headers: Record<string, string>,
  body = "",
): Promise<{ status: number; body: unknown }> {
  return new Promise((resolve, reject) => {
    const sent = request(url, { method, headers }, (response) => {
      let text = "";
      response.on("data", (chunk: Buffer) => {
        text += chunk;
      });
      response.on("end", () =>
        resolve({ status: response.statusCode ?? 0, body: JSON.parse(text) }),
      );
    });
    sent.on("error", reject);
    sent.end(body);
  });
}

async function collect<T extends RunEvent | Uint8Array>(parts: AsyncIterable<T>): Promise<T[]> {
  const found: T[] = [];
  for await (const part of parts) found.push(part);
  return found;
}
