/** What each function carries: paid for at every cold start, so held to limits. */
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { build, type Metafile } from "esbuild";
import { beforeAll, describe, expect, it } from "vitest";
import { loadBundle } from "../../lib/bundle/index.ts";
import { handlerPackage } from "../../lib/constructs/code/handlers.ts";
import { VARIABLES } from "../../lib/runtime/deployed.ts";

const REPOSITORY = join(import.meta.dirname, "../..");
const LAMBDAS = join(REPOSITORY, "lambdas");
const KB = 1000;

/** `cold`: what is read and run when the function starts; `all`: what can be loaded later, too. */
const LIMITS = {
  step: { cold: 45 * KB, all: 570 * KB },
  intake: { cold: 400 * KB, all: 970 * KB },
  // With what tells people: mails, Slack, webhooks, topics.
  approval: { cold: 240 * KB, all: 880 * KB },
  approvals: { cold: 340 * KB, all: 1000 * KB },
  "link-keys": { cold: 125 * KB, all: 480 * KB },
  // With the client that has people told, which is loaded when somebody is to be.
  runs: { cold: 255 * KB, all: 890 * KB },
  snapshot: { cold: 135 * KB, all: 610 * KB },
  // Without the adapter that its environment names, which lies beside it.
  agent: { cold: 130 * KB, all: 730 * KB },
  model: { cold: 105 * KB, all: 630 * KB },
  retrieve: { cold: 60 * KB, all: 585 * KB },
  memory: { cold: 45 * KB, all: 570 * KB },
  prompt: { cold: 65 * KB, all: 590 * KB },
  mcp: { cold: 400 * KB, all: 920 * KB },
  bedrock: { cold: 15 * KB, all: 410 * KB },
  secrets: { cold: 5 * KB, all: 370 * KB },
} as const;

/** What `index.mjs` of a package gets of each. */
const EXPORTS: Partial<Record<keyof typeof LIMITS, string>> = {
  step: "stepHandler,toolHandler",
  agent: "agentHandler",
  model: "modelHandler",
  mcp: "mcpHandler",
  bedrock: "bedrock",
  secrets: "secret",
};
type Name = keyof typeof LIMITS;
const NAMES = Object.keys(LIMITS) as Name[];
const WRITES_HTML: readonly Name[] = ["approval", "approvals"];

let outputs: Metafile["outputs"];

beforeAll(async () => {
  // As `lib/constructs/code/handlers.ts` builds them, which does not hand out the metafile.
  const { metafile } = await build({
    absWorkingDir: LAMBDAS,
    entryPoints: NAMES.map((name) => ({ in: join(LAMBDAS, name, "index.ts"), out: name })),
    outdir: join(LAMBDAS, ".out"),
    write: false,
    metafile: true,
    bundle: true,
    splitting: true,
    format: "esm",
    platform: "node",
    target: "node24",
    mainFields: ["module", "main"],
    minify: true,
    keepNames: true,
    legalComments: "none",
    outExtension: { ".js": ".mjs" },
    tsconfigRaw: {},
    logLevel: "silent",
  });
  outputs = metafile.outputs;
});

function reachable(name: Name, cold: boolean): readonly string[] {
  const seen = new Set<string>();
  const visit = (path: string): void => {
    if (seen.has(path)) return;
    seen.add(path);
    for (const { path: next, kind, external } of outputs[path]?.imports ?? []) {
      if (!external && !(cold && kind === "dynamic-import")) visit(next);
    }
  };
  visit(`.out/${name}.mjs`);
  return [...seen];
}

const bytesOf = (paths: readonly string[]) =>
  paths.reduce((sum, path) => sum + (outputs[path]?.bytes ?? 0), 0);
const inputsOf = (paths: readonly string[]) =>
  paths.flatMap((path) => Object.keys(outputs[path]?.inputs ?? {}));

describe.each(NAMES)("the function %s", (name) => {
  it("stays small", () => {
    const cold = bytesOf(reachable(name, true));
    const all = bytesOf(reachable(name, false));
    expect(cold).toBeGreaterThan(LIMITS[name].cold / 4);
    expect(cold).toBeLessThan(LIMITS[name].cold);
    expect(all).toBeLessThan(LIMITS[name].all);
  });

  it("loads no client of the AWS SDK before it needs one", () => {
    const inputs = inputsOf(reachable(name, true));
    expect(inputs.filter((input) => /node_modules\/@(aws-sdk|smithy)\//.test(input))).toEqual([]);
  });

  it("carries nothing that belongs to a developer's machine", () => {
    const foreign =
      /node_modules\/(aws-cdk-lib|constructs|esbuild|@hono|yaml|commander|tsx)\/|lib\/(compiler|engine|local|cli|constructs|replay)\//;
    const hono = /node_modules\/hono\//;
    const inputs = inputsOf(reachable(name, false));
    expect(inputs.filter((input) => foreign.test(input))).toEqual([]);
    // Pages and mails are written with its templates.
    if (!WRITES_HTML.includes(name)) expect(inputs.filter((one) => hono.test(one))).toEqual([]);
  });

  it("carries no model's client but the one that its package is made for", () => {
    const inputs = inputsOf(reachable(name, false));
    const clients = inputs.flatMap(
      (input) => /@aws-sdk\/client-([a-z-]+)\//.exec(input)?.[1] ?? [],
    );
    const wanted = {
      agent: ["lambda"],
      bedrock: ["bedrock-runtime"],
      secrets: ["secrets-manager"],
      // The keys of links, and tokens of channels.
      approval: ["secrets-manager"],
      approvals: ["secrets-manager"],
      "link-keys": ["secrets-manager"],
      // To call the function of approvals.
      runs: ["lambda"],
    };
    const own: Partial<Record<Name, readonly string[]>> = wanted;
    for (const client of ["bedrock-runtime", "secrets-manager", "lambda"]) {
      expect([client, clients.includes(client)]).toEqual([
        client,
        own[name]?.includes(client) ?? false,
      ]);
    }
  });

  it("is what is deployed", () => {
    const deployed = handlerPackage(name);
    const bytes = [...deployed.values()].reduce((sum, file) => sum + Buffer.byteLength(file), 0);
    // The same but for banners and names.
    expect(Math.abs(bytes / bytesOf(reachable(name, false)) - 1)).toBeLessThan(0.05);
  });
});

describe("a deployed package", () => {
  it.each(NAMES)("of %s is loaded by plain Node and exports its handler", (name) => {
    const folder = mkdtempSync(join(tmpdir(), "espalier-package-"));
    try {
      for (const [path, content] of handlerPackage(name)) {
        mkdirSync(dirname(join(folder, path)), { recursive: true });
        writeFileSync(join(folder, path), content);
      }
      writeFileSync(join(folder, "intake.json"), JSON.stringify(INTAKE));
      writeFileSync(join(folder, "document.json"), "{}");
      writeFileSync(join(folder, "notify.json"), '{"format":1,"settings":{}}');
      const entry = [...handlerPackage(name).keys()].find((path) => !path.startsWith("chunks/"));
      const code = `import("./${entry}").then((found) => console.log(Object.keys(found).join()))`;
      const { stdout, stderr } = spawnSync(process.execPath, ["-e", code], {
        cwd: folder,
        encoding: "utf8",
        env: Object.fromEntries(Object.values(VARIABLES).map((variable) => [variable, "x"])),
      });
      expect(stderr).toBe("");
      expect(stdout.trim()).toBe(EXPORTS[name] ?? "handler");
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });
});

const INTAKE = {
  format: 1,
  workflow: "hello",
  version: "1.0.0",
  digest: "sha256:0",
  input: true,
  config: {},
  triggers: [],
};

describe("a step without effect", () => {
  it("runs with the code alone that its function starts with", async () => {
    const folder = mkdtempSync(join(tmpdir(), "espalier-step-"));
    try {
      const host = handlerPackage("step");
      const needed = staticFiles(host, "host.mjs");
      expect(needed.size).toBeLessThan(host.size);
      for (const path of needed) {
        mkdirSync(dirname(join(folder, path)), { recursive: true });
        writeFileSync(join(folder, path), host.get(path) ?? "");
      }
      const { bundle } = await loadBundle(join(REPOSITORY, "lib/cli/template/bundles/hello"));
      writeFileSync(join(folder, "step.mjs"), bundle?.code.get("code/greet.ts")?.js ?? "");
      writeFileSync(join(folder, "main.mjs"), MAIN);
      const { stdout, stderr } = spawnSync(process.execPath, ["main.mjs"], {
        cwd: folder,
        encoding: "utf8",
        env: {
          [VARIABLES.table]: "t",
          [VARIABLES.runsBucket]: "b",
          [VARIABLES.effect]: "none",
        },
      });
      expect(stderr).toBe("");
      expect(JSON.parse(stdout)).toEqual({ text: "Hello, Ada!" });
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });
});

const CALL = {
  run: {
    id: "r",
    workflow: "hello",
    version: "1",
    digest: "sha256:0",
    environment: "test",
    customer: null,
    principal: "p",
    startedAt: "2026-11-21T09:00:00Z",
  },
  step: { id: "greeting", iteration: "", attempt: 0 },
  input: { name: "Ada" },
  config: {},
};

const MAIN = `import { stepHandler } from "./host.mjs";
import step from "./step.mjs";
const context = { awsRequestId: "1", getRemainingTimeInMillis: () => 30000 };
console.log(JSON.stringify(await stepHandler(step)(${JSON.stringify(CALL)}, context)));
`;

/** Files that a module imports statically, however deep. */
function staticFiles(files: ReadonlyMap<string, Uint8Array | string>, entry: string): Set<string> {
  const found = new Set<string>();
  const visit = (path: string): void => {
    if (found.has(path)) return;
    found.add(path);
    const code = Buffer.from(files.get(path) ?? "").toString();
    for (const [, specifier = ""] of code.matchAll(/(?:from|import)"(\.[^"]+)"/g)) {
      visit(join(dirname(path), specifier));
    }
  };
  visit(entry);
  return found;
}
