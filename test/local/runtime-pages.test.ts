/** The pages of approvals at the address of a local runtime, over real sockets. */
import { readFile, stat, writeFile } from "node:fs/promises";
import { connect } from "node:net";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { readLinkKeys } from "../../lib/local/runtime/link-keys.ts";
import type { LocalRuntime } from "../../lib/local/runtime/local-runtime.ts";
import { entryPath } from "../../lib/pages/index.ts";
import { linkPath } from "../../lib/runtime/approval/link.ts";
import {
  approvalState,
  dataFolder,
  deploymentOf,
  ended,
  openRuntime,
  until,
  waiting,
} from "./runtime-world.ts";

async function waitingRun(runtime: LocalRuntime) {
  await runtime.deploy(
    deploymentOf({ startAt: "review", states: { review: approvalState("review", { End: true }) } }),
  );
  const { id } = await runtime.startRun({
    workflow: "sample",
    input: {},
    principal: "build@example.com",
  });
  const { waitingFor } = await until(runtime, id, waiting);
  return { id, approval: await runtime.approval(waitingFor[0] ?? "") };
}

async function linkTo(
  directory: string,
  approval: Parameters<typeof linkPath>[0],
): Promise<string> {
  const ring = await readLinkKeys(directory);
  return linkPath(approval, "ada@example.com", { ring, now: new Date() });
}

async function fieldsOf(page: Response): Promise<URLSearchParams> {
  const text = await page.text();
  const found = [...text.matchAll(/type="hidden" name="(\w+)" value="([^"]*)"/g)];
  return new URLSearchParams(
    found.slice(0, 2).map(([, name = "", value = ""]): [string, string] => [name, value]),
  );
}

/** What a server answers to bytes that no client of ours would send. */
function rawAnswer(port: number, lines: readonly string[]): Promise<string> {
  return new Promise((resolve, reject) => {
    let text = "";
    const socket = connect(port, "127.0.0.1", () => socket.write(`${lines.join("\r\n")}\r\n\r\n`));
    socket.setEncoding("utf8");
    socket.on("data", (chunk: string) => {
      text += chunk;
    });
    socket.on("end", () => resolve(text));
    socket.on("error", reject);
  });
}

describe("pages of a local runtime", () => {
  it("decide a run, by a link that outlives a restart, with keys that only the owner reads", async () => {
    const directory = await dataFolder();
    const first = await openRuntime(directory);
    const { id, approval } = await waitingRun(first);
    const path = await linkTo(directory, approval);
    expect((await stat(join(directory, "link-keys.json"))).mode & 0o777).toBe(0o600);
    await first.close();

    const runtime = await openRuntime(directory);
    const page = await fetch(runtime.url + path);
    expect(page.status).toBe(200);
    const cookie = page.headers.getSetCookie()[0]?.split(";")[0] ?? "";
    expect(cookie).toMatch(/^espalier-link=/);
    const body = await fieldsOf(page);
    body.set("action", "approve");
    const posted = await fetch(runtime.url + path, {
      method: "POST",
      body,
      headers: { cookie, origin: runtime.url, "sec-fetch-site": "same-origin" },
      redirect: "manual",
    });
    expect(posted.status).toBe(303);
    const run = await until(runtime, id, ended);
    expect(run).toMatchObject({ status: "SUCCEEDED", output: { by: "ada@example.com" } });
    expect(await (await fetch(runtime.url + path)).text()).toContain("Approved by");
  });

  it("show the queue to whoever has the link of dev, and to nobody else on the machine", async () => {
    const directory = await dataFolder();
    const runtime = await openRuntime(directory);
    await waitingRun(runtime);
    expect((await fetch(`${runtime.url}/queue`)).status).toBe(404);
    const ring = await readLinkKeys(directory);
    const entry = entryPath("dev@localhost", { ring, now: new Date() });
    const entered = await fetch(runtime.url + entry, { redirect: "manual" });
    const cookie = entered.headers.getSetCookie()[0]?.split(";")[0] ?? "";
    const queue = await (await fetch(`${runtime.url}/queue`, { headers: { cookie } })).text();
    expect(queue).toContain("open as ada@example.com");
    const csv = await fetch(`${runtime.url}/export.csv`, { headers: { cookie } });
    expect(await csv.text()).toContain("ada@example.com grace@example.com");
  });

  it("are not reached by names that were pointed here, and open nothing else to browsers", async () => {
    const directory = await dataFolder();
    const runtime = await openRuntime(directory);
    const { approval } = await waitingRun(runtime);
    const path = await linkTo(directory, approval);
    const port = Number(new URL(runtime.url).port);
    const get = (target: string, ...headers: string[]) =>
      rawAnswer(port, [`GET ${target} HTTP/1.1`, "Connection: close", ...headers]);
    expect(await get(path, `Host: 127.0.0.1:${port}`)).toMatch(/^HTTP\/1\.1 200 /);
    expect(await get(path, "Host: evil.example.com")).toMatch(/^HTTP\/1\.1 404 /);
    expect(await get(path, `Host: 127.0.0.1:${port + 1}`)).toMatch(/^HTTP\/1\.1 404 /);
    expect(await get(`http://evil.example.com${path}`, "Host: evil.example.com")).toMatch(
      /^HTTP\/1\.1 404 /,
    );
    // The dots lead to the same page as the plain path, or nowhere; never past the guard.
    expect(await get("/a/../espalier/v1/runs", `Host: 127.0.0.1:${port}`)).toMatch(
      /^HTTP\/1\.1 (401|404) /,
    );
    const control = await fetch(`${runtime.url}/espalier/v1/runs`, {
      headers: { origin: runtime.url },
    });
    expect(control.status).toBe(403);
  });

  it("say which file holds no keys, and do not quote it", async () => {
    const directory = await dataFolder();
    await writeFile(join(directory, "link-keys.json"), '{"keys":"hidden"}');
    await expect(readLinkKeys(directory)).rejects.toMatchObject({
      code: "DataFolderUnusable",
      message: expect.not.stringContaining("hidden"),
    });
  });

  it("have one ring of keys, though several processes make it at once", async () => {
    const directory = await dataFolder();
    const rings = await Promise.all(Array.from({ length: 8 }, () => readLinkKeys(directory)));
    expect(new Set(rings.map(({ newest }) => newest.id)).size).toBe(1);
    expect(JSON.parse(await readFile(join(directory, "link-keys.json"), "utf8")).keys).toHaveLength(
      1,
    );
  });
});
