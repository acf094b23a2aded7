import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { pathToFileURL } from "node:url";
import { afterAll, describe, expect, it } from "vitest";
import {
  HANDLERS,
  handlerModules,
  handlerPackage,
  type Package,
} from "../../../lib/constructs/code/handlers.ts";

const root = mkdtempSync(join(tmpdir(), "espalier-handlers-"));
afterAll(() => rmSync(root, { recursive: true, force: true }));

function write(folder: string, files: Record<string, string>): string {
  for (const [path, text] of Object.entries(files)) {
    const file = join(root, folder, path);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, text);
  }
  return join(root, folder);
}

function textOf(files: Package): string {
  return [...files.values()].map((content) => Buffer.from(content).toString()).join("\n");
}

const folder = write("some", {
  "shared.ts": "export const shared = 'for both';\n",
  "heavy.ts": "export const heavy = 'only for runs';\n",
  "intake/index.ts":
    "import { shared } from '../shared.ts';\nexport const handler = (): string => shared;\n",
  "runs/index.ts":
    "import { shared } from '../shared.ts';\nexport const handler = async (): Promise<string> => `${shared}, ${(await import('../heavy.ts')).heavy}`;\n",
  "step/index.ts": "export const stepHandler = (step: unknown) => () => step;\n",
});

describe("the package of a function", () => {
  it("holds what the function imports, also later, and nothing of the others", () => {
    expect(textOf(handlerPackage("runs", folder))).toContain("only for runs");
    expect(textOf(handlerPackage("intake", folder))).toContain("for both");
    expect(textOf(handlerPackage("intake", folder))).not.toContain("only for runs");
    expect(handlerModules("intake", folder).slice().sort()).toEqual([
      "intake/index.ts",
      "shared.ts",
    ]);
  });

  it("runs as it is", async () => {
    const files = handlerPackage("runs", folder);
    write(
      "unpacked",
      Object.fromEntries(
        [...files].map(([path, content]) => [path, Buffer.from(content).toString()]),
      ),
    );
    const module = (await import(pathToFileURL(join(root, "unpacked/index.mjs")).href)) as {
      handler(): Promise<string>;
    };
    expect(await module.handler()).toBe("for both, only for runs");
  });

  it("makes a `require` only where something asks for it", () => {
    const files = [...handlerPackage("snapshot")].filter(([path]) => path.endsWith(".mjs"));
    for (const [path, content] of files) {
      const text = Buffer.from(content).toString();
      const made = text.startsWith("import { createRequire as");
      const asked = /\brequire\b/.test(
        text
          .split("\n")
          .slice(made ? 1 : 0)
          .join("\n"),
      );
      if (made) expect(text.lastIndexOf("require"), path).toBeGreaterThan(120);
      else expect(asked, path).toBe(false);
    }
    expect(files.length).toBeGreaterThan(5);
  });

  it("of a step leaves the entry to the step's own code", () => {
    const paths = [...handlerPackage("step", folder).keys()];
    expect(paths).toContain("host.mjs");
    expect(paths).not.toContain("index.mjs");
  });

  it("that is missing is named", () => {
    expect(() => handlerPackage("snapshot", folder)).toThrow(
      'The function "snapshot" is missing: there is no snapshot/index.ts',
    );
  });

  it.each(HANDLERS)(
    "%s of the kit holds what it runs, and nothing for one machine or the CDK",
    (name) => {
      const modules = handlerModules(name);
      expect(modules.length).toBeGreaterThan(3);
      expect(
        modules.filter((path) =>
          /lib\/(engine|local|compiler|constructs|cli|replay)\/|node_modules\/(aws-cdk-lib|esbuild|yaml)\//.test(
            path,
          ),
        ),
      ).toEqual([]);
    },
  );
});
