import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { findBundles, type LoadedBundle, loadBundle } from "../../lib/bundle/index.ts";
import { exampleFiles, WORK, writeFiles } from "../manifest/example-bundle.ts";

let root: string;
beforeEach(() => {
  root = realpathSync(mkdtempSync(join(tmpdir(), "espalier-bundle-")));
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

const TASK = "- id: first\n  task: code/work.ts\n";

/** Writes a bundle into a folder of its own and loads it. */
function load(
  files: Readonly<Record<string, string>>,
  { name = "example", steps = TASK, keys = "" } = {},
  options?: Parameters<typeof loadBundle>[1],
): Promise<LoadedBundle> {
  const folder = join(root, name);
  const base = exampleFiles({ steps });
  const manifest = (base["workflow.yaml"] ?? "").replace("steps:\n", () => `${keys}steps:\n`);
  writeFiles(folder, { ...base, "workflow.yaml": manifest, ...files });
  return loadBundle(folder, options);
}

/** `file:line:column code message` of each finding. */
function told({ diagnostics }: LoadedBundle): string[] {
  return diagnostics.map(
    ({ place, code, message }) =>
      `${place?.file.slice(root.length + "/example/".length)}:${place?.line}:${place?.column} ${code} ${message}`,
  );
}

describe("a sound bundle", () => {
  it("is loaded with everything that a run needs", async () => {
    const { bundle, diagnostics } = await load(
      {
        "policy/a.txt": "rule",
        "contracts/in.yaml": "type: object\n",
        "code/typed.ts": `import { artifact, step, z } from "espalier";
export default step({ input: z.object({ doc: artifact() }), output: z.object({ n: z.int() }), async run() { return { n: 1 }; } });
`,
      },
      {
        keys: "files: [policy/a.txt]\ninput: contracts/in.yaml\noutput: { type: string }\n",
        steps: `${TASK}- id: second\n  task: code/typed.ts\n- id: ask\n  approval: approvals/review.yaml\n- id: again\n  task: code/work.ts\n`,
      },
    );
    expect(diagnostics).toEqual([]);
    expect(bundle?.name).toBe("example");
    expect(bundle?.contracts).toEqual({ input: { type: "object" }, output: { type: "string" } });
    expect([...(bundle?.handlers.keys() ?? [])]).toEqual(["first", "second", "again"]);
    expect(bundle?.handlers.get("second")?.input).toMatchObject({
      type: "object",
      properties: { doc: { "x-artifact": true } },
      required: ["doc"],
    });
    expect(bundle?.approvals.get("approvals/review.yaml")?.deadline).toBe("3d");
    expect([...(bundle?.code.keys() ?? [])]).toEqual(["code/work.ts", "code/typed.ts"]);
    expect(Buffer.from(bundle?.files.get("policy/a.txt") ?? []).toString()).toBe("rule");
    expect(bundle?.digest).toMatch(/^sha256:[0-9a-f]{64}$/);
  });

  it("has code that runs where nothing is installed, CommonJS dependencies included", async () => {
    const { bundle, diagnostics } = await load({
      "node_modules/old/package.json":
        '{ "name": "old", "version": "1.0.0", "main": "lib/index.js" }',
      "node_modules/old/lib/index.js":
        'const path = require("path"); exports.where = () => [path.sep, typeof __dirname, typeof __filename, typeof require("node:" + "fs").readFileSync];\n',
      "code/work.ts": `import { createRequire } from "node:module";
import { step, z } from "espalier";
import * as own from "zod";
import { where } from "old";
const require = createRequire(import.meta.url);
export default step({ input: z.unknown(), output: own.unknown(), async run() { return [...where(), typeof require]; } });
`,
    });
    expect(diagnostics).toEqual([]);
    const elsewhere = mkdtempSync(join(root, "elsewhere-"));
    writeFileSync(join(elsewhere, "work.mjs"), bundle?.code.get("code/work.ts")?.js ?? "");
    // In a Node of its own: vitest would compile the code once more.
    const script =
      "import('./work.mjs').then((m) => m.default.run()).then((r) => console.log(JSON.stringify(r)))";
    const printed = execFileSync(process.execPath, ["-e", script], {
      cwd: elsewhere,
      encoding: "utf8",
    });
    expect(JSON.parse(printed)).toEqual(["/", "string", "string", "function", "function"]);
  });

  it("carries of zod what it uses, with messages in English", async () => {
    const { bundle } = await load({
      "code/work.ts": `import { step, z } from "espalier";
import { Name } from "./name.ts";
const schema = z.object({ name: Name });
export default step({ input: z.unknown(), output: z.unknown(), async run() { return schema.safeParse({ name: 1 }).error.issues[0].message; } });
`,
      "code/name.ts": 'import z from "zod";\nexport const Name = z.string();\n',
    });
    const js = bundle?.code.get("code/work.ts")?.js ?? "";
    // Readable, not minified; with all of zod it is 780 KB.
    expect(Buffer.byteLength(js)).toBeLessThan(230_000);
    writeFileSync(join(root, "work.mjs"), js);
    const script = "import('./work.mjs').then((m) => m.default.run()).then(console.log)";
    const printed = execFileSync(process.execPath, ["-e", script], { cwd: root, encoding: "utf8" });
    expect(printed).toBe("Invalid input: expected string, received number\n");
  });

  it("has maps that lead back to the sources", async () => {
    const { bundle } = await load({});
    const { js = "", map = "" } = bundle?.code.get("code/work.ts") ?? {};
    const { sources, sourcesContent } = JSON.parse(map) as Record<string, string[]>;
    expect(sourcesContent?.[sources?.indexOf("code/work.ts") ?? -1]).toBe(WORK);
    expect(sources).toContain("espalier/lib/runtime/step.ts");
    expect(js).toMatch(/\/\/# sourceMappingURL=work\.ts\.mjs\.map\n$/);
  });
});

describe("a digest", () => {
  const commonJs = {
    "node_modules/old/package.json": '{ "name": "old", "version": "1.0.0" }',
    "node_modules/old/index.js": "exports.a = 1;\n",
    "code/work.ts": WORK.replace(
      "export default",
      'import { a } from "old";\nconsole.log(a);\nexport default',
    ),
  };

  it("is the same in any folder, with the same bytes of code and maps", async () => {
    const { bundle: one } = await load(commonJs, { name: "example" });
    const { bundle: two } = await load(commonJs, { name: "deep/in/another place" });
    expect(one?.digest).toBeDefined();
    expect(two?.digest).toBe(one?.digest);
    expect([...(two?.code ?? [])]).toEqual([...(one?.code ?? [])]);
    for (const { js, map } of one?.code.values() ?? []) {
      expect(js + map).not.toContain(root);
      expect(js + map).not.toContain(process.cwd());
    }
  });

  it("is another one for another manifest, policy, file, contract or code", async () => {
    const keys = "files: [a.txt]\ninput: in.yaml\n";
    const steps = `${TASK}- id: ask\n  approval: approvals/review.yaml\n`;
    const files = { "a.txt": "1", "in.yaml": "type: object\n" };
    const changes: Record<string, string>[] = [
      {},
      { "a.txt": "2" },
      { "in.yaml": "type: string\n" },
      { "approvals/review.yaml": "approval: r\ntitle: t\napprovers: [a]\ndeadline: 4d\n" },
      { "code/work.ts": WORK.replace("return input", "return [input]") },
    ];
    const digests = new Set<string | undefined>();
    for (const [index, change] of changes.entries()) {
      const { bundle } = await load({ ...files, ...change }, { name: `b${index}`, keys, steps });
      digests.add(bundle?.digest);
    }
    const { bundle } = await load(files, { name: "last", keys: `${keys}description: x\n`, steps });
    digests.add(bundle?.digest);
    expect(digests.has(undefined)).toBe(false);
    expect(digests.size).toBe(changes.length + 1);
  });

  it("does not change with a tsconfig.json above the bundle", async () => {
    const { bundle: before } = await load({});
    writeFileSync(
      join(root, "tsconfig.json"),
      '{ "compilerOptions": { "target": "ES5", "experimentalDecorators": true } }',
    );
    const { bundle: after } = await load({});
    expect(after?.digest).toBe(before?.digest);
  });
});

describe("a bundle that is not there", () => {
  it.each([
    ["a folder that does not exist", () => undefined],
    ["a folder without a manifest", (path: string) => mkdirSync(path)],
    ["a file", (path: string) => writeFileSync(path, "")],
  ])("%s is ESP701", async (_name, make) => {
    const path = join(root, "thing");
    make(path);
    expect((await loadBundle(path)).diagnostics).toMatchObject([{ code: "ESP701" }]);
  });
});

describe("handlers that cannot be used", () => {
  it("are told with file, line and column of the code", async () => {
    const found = await load({
      "code/work.ts": 'import "./part.ts";\nimport "no-such-package";\nexport default 1;\n',
      "code/part.ts": "const é = 1;\nconst x = é +;\n",
    });
    expect(told(found)).toEqual([
      'code/part.ts:2:14 ESP704 the code does not compile: Unexpected ";"',
      expect.stringMatching(/^code\/work\.ts:2:8 ESP704 .*no-such-package/),
    ]);
  });

  it("are told beside all other findings", async () => {
    const found = await load(
      { "code/none.ts": "export const a = 1;\n", "code/fn.ts": "export default () => 1;\n" },
      {
        steps: [
          "- { id: a, task: code/none.ts, tiemout: 3s }",
          "- { id: b, task: code/fn.ts }",
          "- { id: c, task: code/missing.ts }",
          "- { id: d, approval: approvals/missing.yaml }\n",
        ].join("\n"),
      },
    );
    expect(found.diagnostics.map(({ code, message }) => `${code} ${message}`).sort()).toEqual([
      'ESP201 the key "tiemout" is unknown here',
      'ESP703 "approvals/missing.yaml": the bundle has no such file',
      'ESP703 "code/missing.ts": the bundle has no such file',
      "ESP705 the handler has no default export",
      "ESP706 the default export is no step, but a function",
    ]);
  });

  it.each([
    ["throws", 'throw new Error("no way");\nexport default 1;\n', /Error: no way/],
    ["throws nothing at all", "throw undefined;\nexport default 1;\n", /undefined/],
    ["ends the process", "process.exit(3);\nexport default 1;\n", /ended its own process/],
    ["never ends", "for (;;);\nexport default 1;\n", /did not end within 0.5 seconds/],
    ["waits for ever", "await new Promise(() => {});\nexport default 1;\n", /did not end|ended/],
    [
      "fails later",
      'setTimeout(() => { throw new Error("late") });\nawait new Promise((done) => setTimeout(done, 400));\nexport default 1;\n',
      /late/,
    ],
  ])(
    "one whose top level %s is ESP707, and does not spoil the others",
    async (_name, code, message) => {
      const found = await load(
        { "code/bad.ts": code, "code/fn.ts": "export default () => 1;\n" },
        { steps: `- id: bad\n  task: code/bad.ts\n- id: fn\n  task: code/fn.ts\n${TASK}` },
        { timeout: 500 },
      );
      expect(found.diagnostics.map((d) => d.code)).toEqual(["ESP707", "ESP706"]);
      expect(found.diagnostics[0]?.message).toMatch(message);
    },
  );

  it("see nothing of this process's environment, and print nothing", async () => {
    process.env.ESPALIER_TEST_SECRET = "hidden";
    try {
      const found = await load({
        "code/work.ts": `console.log("noise");\nif (process.env.ESPALIER_TEST_SECRET) throw new Error("leak");\n${WORK}`,
      });
      expect(found.diagnostics).toEqual([]);
    } finally {
      delete process.env.ESPALIER_TEST_SECRET;
    }
  });

  it("may not import what belongs to the developer's machine", async () => {
    const found = await load({ "code/work.ts": `import "espalier/engine";\n${WORK}` });
    expect(told(found)).toEqual([
      expect.stringMatching(/^code\/work\.ts:1:8 ESP704 .*"espalier\/engine" is not for handlers/),
    ]);
  });
});

describe("names that leave the bundle", () => {
  it("are refused in imports, relative or absolute", async () => {
    writeFileSync(join(root, "outside.ts"), "export const a = 1;\n");
    const found = await load({
      "code/work.ts": `import "../../outside.ts";\nimport "${root}/outside.ts";\nimport "../code/part.ts";\n${WORK}`,
      "code/part.ts": "export {};\n",
    });
    expect(told(found)).toEqual([
      'code/work.ts:1:8 ESP702 "../../outside.ts" lies outside of the bundle',
      `code/work.ts:2:8 ESP702 "${root}/outside.ts" lies outside of the bundle`,
    ]);
  });

  it("are refused behind symbolic links: handlers, their imports, files, contracts, policies", async () => {
    for (const name of ["a.ts", "b.ts", "c.txt", "d.yaml", "e.yaml"])
      writeFileSync(join(root, name), WORK);
    mkdirSync(join(root, "example/links"), { recursive: true });
    for (const name of ["a.ts", "b.ts", "c.txt", "d.yaml", "e.yaml"]) {
      symlinkSync(join(root, name), join(root, "example/links", name));
    }
    const found = await load(
      { "code/work.ts": `import "../links/b.ts";\n${WORK}` },
      {
        keys: "files: [links/c.txt]\ninput: links/d.yaml\n",
        steps: `${TASK}- id: a\n  task: links/a.ts\n- id: e\n  approval: links/e.yaml\n`,
      },
    );
    expect(found.diagnostics.map(({ code }) => code)).toEqual(Array(5).fill("ESP702"));
    expect(found.diagnostics.every(({ severity }) => severity === "error")).toBe(true);
  });

  it("may be the bundle's own folder behind a link", async () => {
    await load({});
    symlinkSync(join(root, "example"), join(root, "linked"));
    const { bundle, diagnostics } = await loadBundle(join(root, "linked"));
    expect(diagnostics).toEqual([]);
    expect(bundle?.digest).toBe((await loadBundle(join(root, "example"))).bundle?.digest);
  });
});

describe("files", () => {
  it.each([
    ["missing", "no/such.txt", /no such file/],
    ["a folder", "code", /it is a folder/],
  ])("%s are ESP703", async (_name, path, message) => {
    const found = await load({}, { keys: `files: [${path}]\n` });
    expect(found.diagnostics).toMatchObject([
      { code: "ESP703", message: expect.stringMatching(message) },
    ]);
  });
});

describe("the bundles of a project", () => {
  it("are the folders with a manifest, by name", () => {
    writeFiles(root, {
      "bundles/b/workflow.yaml": "",
      "bundles/a/workflow.yaml": "",
      "bundles/c/x": "",
    });
    expect(findBundles(root)).toEqual([join(root, "bundles/a"), join(root, "bundles/b")]);
    expect(findBundles(join(root, "nowhere"))).toEqual([]);
  });
});
