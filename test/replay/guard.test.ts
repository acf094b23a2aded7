/** Step code in a guarded world: what is caught, what is named, and what is let be. */
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { build } from "esbuild";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { memoryArtifacts } from "../../lib/local/ports/memory.ts";
import type { ReplayBundle } from "../../lib/replay/bundle-snapshot.ts";
import { CodeRunner } from "../../lib/replay/guard/code-runner.ts";
import type { Json } from "../../lib/runtime/json.ts";

const NOW = Date.UTC(2026, 4, 4, 9);
const KIT = resolve(import.meta.dirname, "../../lib/runtime/index.ts");

let folder = "";
let runner: CodeRunner;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "espalier-guard-"));
  const bundle: ReplayBundle = {
    digest: "",
    plan: {} as ReplayBundle["plan"],
    codeOf: (entry) => join(folder, entry),
    readFile: (path) =>
      path.startsWith("policy/") ? Buffer.from(`content of ${path}`) : undefined,
    paths: [],
  };
  const artifacts = memoryArtifacts();
  runner = new CodeRunner(bundle, artifacts);
});
afterAll(async () => {
  await runner.close();
  await rm(folder, { recursive: true, force: true });
});

let files = 0;
async function run(source: string, payload: Json = { of: 21 }) {
  const file = join(folder, `code-${files++}.mjs`);
  await writeFile(file, source);
  return runner.run({ file, payload, now: NOW, timeout: 10 });
}

const handler = (body: string, head = "") =>
  `${head}\nexport const handler = async (input) => { ${body} };`;

describe("step code in a replay", () => {
  it("gives what it gives, where its result depends on its input alone", async () => {
    expect(await run(handler("return { twice: input.of * 2 };"))).toMatchObject({
      answer: { output: '{"twice":42}' },
      uses: [],
      depends: [],
    });
  });

  it.each<[kind: string, what: string, source: string]>([
    ["clock", "Date.now", handler("return Date.now();")],
    ["clock", "new Date", handler("return new Date().toISOString();")],
    ["clock", "Date", handler("return Date();")],
    [
      "clock",
      "performance.now",
      handler("const t = performance.now(); return performance.now() - t;"),
    ],
    ["clock", "process.hrtime", handler("return String(process.hrtime.bigint());")],
    ["random", "Math.random", handler("return Math.random();")],
    ["random", "crypto.randomUUID", handler("return crypto.randomUUID();")],
    [
      "random",
      "crypto.randomUUID",
      handler("return randomUUID();", 'import { randomUUID } from "node:crypto";'),
    ],
    [
      "random",
      "crypto.randomBytes",
      handler('return randomBytes(4).toString("hex");', 'import { randomBytes } from "crypto";'),
    ],
    [
      "random",
      "crypto.randomInt",
      handler("return c.randomInt(1e6);", 'import c from "node:crypto";'),
    ],
    [
      "random",
      "crypto.getRandomValues",
      handler("return [...crypto.getRandomValues(new Uint8Array(4))];"),
    ],
    ["environment", "process.env.REGION", handler('return process.env.REGION ?? "none";')],
    ["environment", "process.env.REGION", handler('return "REGION" in process.env;')],
    ["environment", "process.env", handler("return Object.keys(process.env).length;")],
    [
      "environment",
      "os.hostname",
      handler("return hostname();", 'import { hostname } from "node:os";'),
    ],
  ])("names the %s (%s)", async (source, what, code) => {
    const { depends } = await run(code);
    expect(depends).toMatchObject([{ source, what }]);
  });

  it.each<[what: string, source: string]>([
    [
      "fetch https://example.com/prices",
      handler('return (await fetch("https://example.com/prices?key=secret")).status;'),
    ],
    [
      "http.request http://example.com/",
      handler('http.request("http://example.com/"); return 1;', 'import http from "node:http";'),
    ],
    ["net.connect", handler("connect(80); return 1;", 'import { connect } from "node:net";')],
    [
      "dns.promises.lookup example.com",
      handler('return lookup("example.com");', 'import { lookup } from "node:dns/promises";'),
    ],
    [
      "child_process.execFileSync date",
      handler(
        'return String(execFileSync("date"));',
        'import { execFileSync } from "node:child_process";',
      ),
    ],
  ])("lets it reach no network: %s", async (what, source) => {
    const { depends, answer } = await run(source);
    expect(depends).toMatchObject([{ source: "network", what }]);
    expect(answer).toHaveProperty("error");
  });

  it("names the network also where the code goes on without it", async () => {
    const { depends, answer } = await run(
      handler('try { await fetch("https://example.com/"); } catch { return "offline"; }'),
    );
    expect(answer).toEqual({ output: '"offline"' });
    expect(depends).toMatchObject([{ source: "network" }]);
  });

  it("names files that no bundle holds", async () => {
    const { depends } = await run(
      handler(
        'return readFile("/etc/hostname", "utf8");',
        'import { readFile } from "node:fs/promises";',
      ),
    );
    expect(depends).toMatchObject([{ source: "files", what: "fs.readFile /etc/hostname" }]);
  });

  it("names what the code keeps from one call to the next", async () => {
    const { depends } = await run(handler("return (calls += 1);", "let calls = 0;"));
    expect(depends).toMatchObject([{ source: "memory" }]);
  });

  it("lets the clock be looked at where the result does not depend on it", async () => {
    const { depends, uses } = await run(
      handler('if (Date.now() < 0) return "early"; console.log(new Date()); return "late";'),
    );
    expect(depends).toEqual([]);
    expect(uses.map(({ what }) => what)).toEqual(expect.arrayContaining(["Date.now", "new Date"]));
  });

  it("tells which of two sources it is", async () => {
    const { depends, uses } = await run(handler("Math.random(); return new Date().getFullYear();"));
    expect(uses).toHaveLength(2);
    expect(depends).toMatchObject([{ source: "clock" }]);
  });

  it("keeps dates dates", async () => {
    const { answer, depends } = await run(
      handler(
        'const d = new Date(input.at); class Day extends Date {}; return [d instanceof Date, d.constructor === Date, new Day(0) instanceof Day, Date.UTC(2026, 0), d.toISOString(), typeof Date.parse("2026-01-01")];',
      ),
      { at: "2026-05-04T00:00:00.000Z" },
    );
    expect(answer).toEqual({
      output: `[true,true,true,${Date.UTC(2026, 0)},"2026-05-04T00:00:00.000Z","number"]`,
    });
    expect(depends).toEqual([]);
  });

  it("tells of errors as the state machine sees them", async () => {
    expect(
      await run(handler('throw Object.assign(new Error("no"), { name: "Stock.Empty" });')),
    ).toMatchObject({
      answer: { error: "Stock.Empty", message: "no" },
      depends: [],
    });
  });

  it("goes on after code that ends its thread", async () => {
    const ended = await run(handler("process.exit(3);"));
    expect(ended.answer).toMatchObject({ error: "Step.Failed" });
    expect(await run(handler("return 1;"))).toMatchObject({ answer: { output: "1" } });
  });

  it("ends code that does not end", async () => {
    const file = join(folder, "endless.mjs");
    await writeFile(file, handler("for (;;);"));
    const { answer } = await runner.run({ file, payload: {}, now: NOW, timeout: 0.1 });
    expect(answer).toMatchObject({ message: "The code did not end within 0.1 s." });
  });

  it("names the order in which files come, and the place in the sources", async () => {
    const source = join(folder, "collect.ts");
    await writeFile(
      source,
      `import { step } from ${JSON.stringify(KIT)};
       import { z } from ${JSON.stringify(resolve(import.meta.dirname, "../../node_modules/zod/index.js"))};
       export default step({ input: z.any(), output: z.any(), async run(input, { file }) {
         const found: string[] = [];
         await Promise.all(["b", "a"].map(async (name) => {
           await file("policy/" + name).text();
           found.push(name);
         }));
         return input.sorted ? found.sort() : found;
       } });`,
    );
    const { outputFiles } = await build({
      entryPoints: [source],
      bundle: true,
      write: false,
      format: "esm",
      platform: "node",
    });
    const file = join(folder, "collect.mjs");
    await writeFile(file, outputFiles[0]?.contents ?? "");
    const payloadOf = (sorted: boolean) => ({
      run: {
        id: "r",
        workflow: "w",
        version: "1.0.0",
        digest: "d",
        environment: "e",
        customer: null,
        principal: "p",
        startedAt: "2026-05-04T09:00:00.000Z",
      },
      step: { id: "collect", iteration: "", attempt: 0 },
      input: { sorted },
      config: {},
    });
    const call = { file, now: NOW, timeout: 10 };
    const unsorted = await runner.run({ ...call, payload: payloadOf(false) });
    expect(unsorted).toMatchObject({
      answer: { output: '["b","a"]' },
      depends: [{ source: "order", what: "the order in which files are read" }],
    });
    const sorted = await runner.run({ ...call, payload: payloadOf(true) });
    expect(sorted).toMatchObject({ answer: { output: '["a","b"]' }, depends: [] });
  });
});
