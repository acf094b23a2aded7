import { mkdtemp, readFile, rm } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { connectControl } from "../../lib/local/runtime/http-control.ts";
import type { RunDetail, RunEvent } from "../../lib/runtime/control.ts";
import { espalier } from "../cli/espalier.ts";
import { type Spawned, spawnEspalier } from "./project.ts";

const root = resolve(import.meta.dirname, "../..");
const SBOM = join(root, "bundles/license-review/test/fixtures/npm-packages.cdx.json");

/** Knows no package, and takes its time to say so: the map is under way long enough to be hit. */
let registry: Server;
let parent = "";
let env: Record<string, string> = {};

beforeAll(async () => {
  parent = await mkdtemp(join(tmpdir(), "espalier-crash-"));
  registry = createServer((_request, response) => {
    setTimeout(() => response.writeHead(404).end("{}"), 60);
  });
  await new Promise<void>((listening) => registry.listen(0, "127.0.0.1", listening));
  const { port } = registry.address() as AddressInfo;
  env = {
    npm_config_registry: `http://127.0.0.1:${port}/`,
    npm_config_cache: join(parent, "npm-cache"),
  };
});
afterAll(async () => {
  registry.closeAllConnections();
  registry.close();
  await rm(parent, { recursive: true, force: true });
});

/** One data folder, and the `dev` processes that come and go on it. */
class Machine {
  readonly data: string;
  #dev: Spawned | undefined;

  constructor(name: string) {
    this.data = join(parent, name);
  }

  /** Without the bundle's folder: what a run needs lies in the data folder. */
  async start(): Promise<string> {
    const argv = ["dev", "--port", "0", "--data", this.data, "--bundles", "none"];
    this.#dev = spawnEspalier(argv, { cwd: parent, env });
    await this.#dev.until(/Ready at/);
    return this.#dev.stdout();
  }

  async kill(): Promise<void> {
    expect(await this.#dev?.kill("SIGKILL")).toBe("SIGKILL");
  }

  async stop(): Promise<void> {
    expect(await this.#dev?.kill("SIGTERM"), this.#dev?.stderr()).toBe(0);
  }

  async command(argv: string[], stdin = "") {
    const ran = await espalier([...argv, "--data", this.data, "--json"], { cwd: root, stdin });
    return JSON.parse(ran.stdout);
  }

  async startReview(): Promise<void> {
    const input = `{"sbom": ${await readFile(SBOM, "utf8")}, "subject": "crash"}`;
    const argv = ["run", "license-review", "--name", "review", "--input", "-", "--detach"];
    await this.command([...argv, "--as", "build@example.com"], input);
  }

  /** Resolves at the first event that is looked for, which may have happened long ago. */
  async event(wanted: (event: RunEvent, all: readonly RunEvent[]) => boolean): Promise<void> {
    const control = await connectControl(this.data);
    const seen: RunEvent[] = [];
    for await (const event of control?.history("review", { follow: true }) ?? []) {
      seen.push(event);
      if (wanted(event, seen)) return;
    }
    throw new Error(`the run ended before: ${seen.map(({ type }) => type).join(" ")}`);
  }

  async decide(detach: boolean) {
    const { approvals } = await this.command(["approvals"]);
    const argv = ["decide", approvals[0].id, "--approve", "--as", "demo@example.com"];
    return this.command([...argv, "--reason", "for the test", ...(detach ? ["--detach"] : [])]);
  }

  async ended(): Promise<RunDetail> {
    await this.event(({ type }) => type.startsWith("Execution") && type !== "ExecutionStarted");
    return (await this.command(["show", "review"])).run;
  }
}

const isTaskOf = (count: number) => (_event: RunEvent, all: readonly RunEvent[]) =>
  all.filter(({ type }) => type === "TaskSucceeded").length >= count;
const isWaiting = ({ type }: RunEvent) => type === "TaskSubmitted";

/** What does not depend on when and by which approval it was decided. */
function essence({ status, output }: RunDetail) {
  const { subject, counts, decisions, artifacts } = output as Record<string, object>;
  const { notice } = artifacts as { notice: { $artifact: string } };
  return { status, subject, counts, decisions, notice: notice.$artifact };
}

describe("a license review whose dev is killed", () => {
  it("comes to the same report as one that was left alone", async () => {
    const calm = new Machine("calm");
    await calm.start();
    await calm.startReview();
    await calm.event(isWaiting);
    await calm.decide(false);
    const expected = essence(await calm.ended());
    await calm.stop();
    expect(expected.status).toBe("SUCCEEDED");

    const shaken = new Machine("shaken");
    await shaken.start();
    await shaken.startReview();
    await shaken.event(({ type }) => type === "TaskStarted");
    await shaken.kill();

    expect(await shaken.start()).toMatch(/unfinished:\n {2}review {2}license-review {2}running/);
    await shaken.event(isTaskOf(4));
    await shaken.kill();

    await shaken.start();
    await shaken.event(isWaiting);
    await shaken.decide(true);
    await shaken.kill();

    await shaken.start();
    expect(essence(await shaken.ended())).toEqual(expected);
    const { steps } = await shaken.command(["show", "review"]);
    expect(steps.filter(({ outcome }: { outcome: string }) => outcome !== "succeeded")).toEqual([]);
    await shaken.stop();
  }, 240_000);
});
