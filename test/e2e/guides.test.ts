/** The guides say what is there: commands and options that exist, environments that are sound, every alarm. */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { App, Stack } from "aws-cdk-lib";
import { Alarm } from "aws-cdk-lib/aws-cloudwatch";
import { describe, expect, it } from "vitest";
import { Platform, Workflow } from "../../lib/constructs/index.ts";
import { Environment } from "../../lib/manifest/environment/environment.ts";
import { loadEnvironments } from "../../lib/manifest/environment/load-environments.ts";
import { espalier } from "../cli/espalier.ts";

const DOCS = resolve(import.meta.dirname, "../../docs");
const GUIDES = ["deploy.md", "operations.md"] as const;
const textOf = (guide: string) => readFileSync(join(DOCS, guide), "utf8");

/** From blocks and from the running text. */
function commandLines(guide: string): string[] {
  const found = [...textOf(guide).matchAll(/npx espalier ([a-z]+(?: [^`\n]*)?)/g)];
  return [...new Set(found.map(([, line = ""]) => line.trim()))];
}

const help = new Map<string, string>();
async function helpOf(command: string): Promise<string> {
  const known = help.get(command);
  if (known !== undefined) return known;
  const { exitCode, stdout } = await espalier([command, "--help"]);
  expect(exitCode, command).toBe(0);
  help.set(command, stdout);
  return stdout;
}

describe.each(GUIDES)("docs/%s", (guide) => {
  it("names commands and options that exist", async () => {
    const lines = commandLines(guide);
    expect(lines.length).toBeGreaterThan(3);
    for (const line of lines) {
      const [command = "", ...rest] = (line.split(" -- ")[0] ?? "").split(" ");
      const text = await helpOf(command);
      for (const option of rest.filter((word) => word.startsWith("--"))) {
        expect(text, line).toContain(` ${option}`);
      }
    }
  });

  it("links to files and headings that are there", () => {
    for (const [, target = ""] of textOf(guide).matchAll(/\]\(([^)\s]+)\)/g)) {
      const [file = "", heading] = target.split("#");
      const text = file === "" ? textOf(guide) : undefined;
      const path = join(DOCS, file);
      if (heading === undefined) {
        expect(() => readFileSync(path), target).not.toThrow(/ENOENT/);
        continue;
      }
      const headings = [...(text ?? readFileSync(path, "utf8")).matchAll(/^#+ (.+)$/gm)].map(
        ([, title = ""]) =>
          title
            .toLowerCase()
            .replace(/[^\p{L}\p{N} _-]/gu, "")
            .replaceAll(" ", "-"),
      );
      expect(headings, target).toContain(heading);
    }
  });
});

describe("docs/deploy.md", () => {
  it("shows an environment that is sound, in all of its parts, and names every key", () => {
    const yaml = [...textOf("deploy.md").matchAll(/```yaml environment\n([\s\S]*?)```/g)]
      .map(([, part = ""]) => part)
      .join("\n");
    const root = mkdtempSync(join(tmpdir(), "espalier-guides-"));
    try {
      mkdirSync(join(root, "bundles/environments"), { recursive: true });
      writeFileSync(join(root, "bundles/environments/prod.yaml"), yaml);
      const { environments, diagnostics } = loadEnvironments(root);
      expect(diagnostics).toEqual([]);
      expect(environments[0]?.environment).toMatchObject({
        region: "eu-central-1",
        notify: { email: {}, slack: {}, pages: {} },
      });
    } finally {
      rmSync(root, { recursive: true });
    }
    for (const key of Object.keys(Environment.shape)) {
      expect(textOf("deploy.md")).toContain(`\`${key}\``);
    }
  });
});

describe("environments in other guides", () => {
  it.each(["approvals.md", "operations.md"])("%s shows what may stand in such a file", (guide) => {
    const blocks = [...textOf(guide).matchAll(/```yaml environment\n([\s\S]*?)```/g)];
    expect(blocks.length).toBeGreaterThan(0);
    const root = mkdtempSync(join(tmpdir(), "espalier-guides-"));
    try {
      mkdirSync(join(root, "bundles/environments"), { recursive: true });
      for (const [index, [, text = ""]] of blocks.entries()) {
        writeFileSync(join(root, `bundles/environments/e${index}.yaml`), text);
      }
      expect(loadEnvironments(root).diagnostics).toEqual([]);
    } finally {
      rmSync(root, { recursive: true });
    }
  });
});

describe("docs/operations.md", () => {
  it("explains every alarm, and none that is not there", () => {
    const app = new App({ analyticsReporting: false });
    const handlers = resolve(import.meta.dirname, "../constructs/fixtures/handlers");
    const platform = new Platform(new Stack(app, "platform"), "Platform", {
      handlers,
      notify: {},
    });
    const bundle = resolve(import.meta.dirname, "../constructs/fixtures/orders");
    new Workflow(new Stack(app, "workflow"), "Workflow", { platform, bundle });
    const alarms = app.node.findAll().filter((node) => node instanceof Alarm);
    const explained = /## Alarms\n([\s\S]*?)\n## /.exec(textOf("operations.md"))?.[1] ?? "";
    const headings = [...explained.matchAll(/^### (.+)$/gm)].map(([, title]) => title);
    expect(headings.sort()).toEqual(alarms.map(({ node }) => node.id).sort());
  });
});
