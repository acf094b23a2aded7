import { readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { describe, expect, it } from "vitest";
import { loadBundle } from "../../lib/bundle/index.ts";
import { COMPONENT_KINDS } from "../../lib/manifest/components/kinds.ts";
import { loadEnvironments } from "../../lib/manifest/environment/load-environments.ts";
import { componentSchema } from "../../lib/manifest/json-schema.ts";
import { writeFiles } from "../manifest/example-bundle.ts";
import { told, useComponentProject } from "./project.ts";

const project = useComponentProject();
const page = readFileSync(resolve(import.meta.dirname, "../../docs/components.md"), "utf8");

describe("docs/components.md", () => {
  it("shows files that fit together, in each environment", async () => {
    const blocks = [...page.matchAll(/```yaml file\n# (\S+)\n([\s\S]*?)```/g)];
    expect(blocks.length).toBeGreaterThan(4);
    const files = blocks.map(([, path = "", text = ""]) => [path, text]);
    writeFiles(project.root, Object.fromEntries(files));
    const { environments, diagnostics } = loadEnvironments(project.root);
    expect(told(project, diagnostics)).toEqual([]);
    expect(environments.map(({ name }) => name)).toEqual(["local", "prod"]);
    for (const environment of environments) {
      const loaded = await loadBundle(join(project.root, "bundles/review"), { environment });
      expect(told(project, loaded.diagnostics)).toEqual([]);
      expect([...(loaded.bundle?.components.keys() ?? [])]).toEqual([
        "models.small-reader",
        "models.judge",
      ]);
    }
  });

  it("names every category with its kind and file, and every key", () => {
    const rows = [...page.matchAll(/^\| `([a-z]+)` \| `([a-z]+)` \| (.+) \|$/gm)];
    expect(rows.map(([, category, kind]) => [category, kind])).toEqual(
      Object.entries(COMPONENT_KINDS).map(([category, { kind }]) => [category, kind]),
    );
    for (const [, category = "", , file = ""] of rows) {
      const kind = COMPONENT_KINDS[category as keyof typeof COMPONENT_KINDS];
      expect(file).toContain(kind.file ?? kind.ending);
    }
    for (const key of Object.keys(componentSchema().properties ?? {})) {
      expect(page).toContain(`${key}: `);
    }
  });
});
