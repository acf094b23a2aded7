import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { componentOf, type LoadedBundle } from "../../lib/bundle/index.ts";
import { WORK, writeFiles } from "../manifest/example-bundle.ts";
import { componentYaml, loadExample, playbook, told, useComponentProject } from "./project.ts";

const project = useComponentProject();

const USES = "{ toolsets: { files: ^1.0.0 } }";
const TOOLSET = `tools:
  list_files:
    description: Lists the files.
    handler: tools/list.ts
    effect: read
`;

const LIST = `import { step, z } from "espalier";
import { limit } from "../shared/limit.ts";
export default step({
  input: z.object({ below: z.string() }),
  output: z.array(z.string()),
  async run() { return ["a"].slice(0, limit); },
});
`;

function toolset(home: "components" | "example", changes: Record<string, string> = {}) {
  const files = {
    "component.yaml": componentYaml("files", "toolset"),
    "toolset.yaml": TOOLSET,
    "tools/list.ts": LIST,
    "shared/limit.ts": "export const limit = 7;\n",
    ...changes,
  };
  return Object.fromEntries(
    Object.entries(files).map(([path, text]) => [`${home}/toolsets/files/${path}`, text]),
  );
}

const ENTRY = "components/toolsets/files/tools/list.ts";

describe("code of a component", () => {
  it.each(["components", "example"] as const)(
    "is compiled with the bundle, wherever it lies (%s)",
    async (home) => {
      const { bundle, diagnostics } = await loadExample(project, USES, toolset(home));
      expect(told(project, diagnostics)).toEqual([]);
      expect([...(bundle?.code.keys() ?? [])]).toEqual([ENTRY]);
      const { js = "", map = "" } = bundle?.code.get(ENTRY) ?? {};
      expect(js).toContain("// components/toolsets/files/shared/limit.ts");
      expect(js + map).not.toContain(project.root);
      expect((JSON.parse(map) as { sources: string[] }).sources).toContain(ENTRY);
      expect(bundle?.componentHandlers.get(ENTRY)?.input).toMatchObject({ required: ["below"] });
      const files = bundle && componentOf(bundle.components, "toolsets", "files");
      expect(files?.entries.get("tools/list.ts")).toBe(ENTRY);
    },
  );

  it("gives the same bytes and digest as the bundle's own and as a shared one", async () => {
    const shared = await loadExample(project, USES, toolset("components"));
    // The bundle's own hides the shared one, and is no other.
    const own = await loadExample(project, USES, toolset("example"));
    expect(own.bundle?.components.get("toolsets.files")?.source).toBe("bundle");
    expect(own.bundle?.code.get(ENTRY)).toEqual(shared.bundle?.code.get(ENTRY));
    expect(own.bundle?.digest).toBe(shared.bundle?.digest);
  });

  it.each([
    ["components", "../../../../example/code/work.ts"],
    ["components", "../../other/list.ts"],
    ["example", "../../../code/work.ts"],
  ] as const)("stays inside of the component (%s: %s)", async (home, path) => {
    const { diagnostics } = await loadExample(project, USES, {
      ...toolset(home, { "tools/list.ts": `import "${path}";\n${LIST}` }),
      "components/toolsets/other/list.ts": "export {};\n",
    });
    expect(told(project, diagnostics)).toEqual([
      expect.stringContaining(
        `${home}/toolsets/files/tools/list.ts:1:8 ESP702 "${path}" lies outside of the component`,
      ),
    ]);
  });

  it.each([
    ["is missing", { "tools/list.ts": undefined }, "toolset.yaml:4:14 ESP703"],
    [
      "does not compile",
      { "tools/list.ts": "export default step({\n" },
      "tools/list.ts:2:1 ESP704",
    ],
    ["exports no step", { "tools/list.ts": "export default 1;\n" }, "tools/list.ts:1:1 ESP706"],
  ])("that %s is found in the component", async (_name, changes, expected) => {
    const files = Object.entries({ ...toolset("components") })
      .map(([path, text]) => {
        const key = path.slice("components/toolsets/files/".length);
        return [path, key in changes ? changes["tools/list.ts"] : text] as const;
      })
      .flatMap(([path, text]) => (text === undefined ? [] : [[path, text] as const]));
    const { diagnostics } = await loadExample(project, USES, Object.fromEntries(files));
    expect(told(project, diagnostics)).toEqual([
      expect.stringContaining(`components/toolsets/files/${expected}`),
    ]);
  });
});

describe("the digest of a bundle", () => {
  const digestOf = ({ bundle, diagnostics }: LoadedBundle): string => {
    expect(told(project, diagnostics)).toEqual([]);
    return bundle?.digest ?? "none";
  };

  it("changes when a component that it uses changes, and only then", async () => {
    const uses = "{ toolsets: { files: ^1.0.0 }, playbooks: { triage: ^1.0.0 } }";
    const files = { ...toolset("components"), ...playbook("components/playbooks/triage") };
    const first = digestOf(await loadExample(project, uses, files));
    const other = playbook("components/playbooks/other");
    expect(digestOf(await loadExample(project, uses, other))).toBe(first);
    writeFiles(join(project.root, "bundles/components/playbooks/triage"), {
      ".swp": "an editor's",
      "node_modules/a.js": "installed",
    });
    expect(digestOf(await loadExample(project, uses))).toBe(first);

    const seen = new Set([first]);
    const changes: Record<string, string>[] = [
      { "components/playbooks/triage/steps.md": "1. Read it twice.\n" },
      { "components/playbooks/triage/more.md": "2. Think.\n" },
      playbook("components/playbooks/triage", "1.3.0"),
      { "components/toolsets/files/shared/limit.ts": "export const limit = 8;\n" },
      { "components/toolsets/files/toolset.yaml": TOOLSET.replace("the files", "all files") },
    ];
    for (const change of changes) {
      seen.add(digestOf(await loadExample(project, uses, { ...files, ...change })));
    }
    expect(seen.size).toBe(changes.length + 1);
  });

  it("is about what the bundle calls it, too", async () => {
    const files = {
      ...playbook("components/playbooks/careful"),
      "environments/prod.yaml": "bindings: { playbooks: { key: careful@^1.0.0 } }\n",
      "example/code/work.ts": WORK,
    };
    const bind = (alias: string) => `{ playbooks: { ${alias}: { bind: playbooks.key } } }`;
    const one = digestOf(await loadExample(project, bind("one"), files, "prod"));
    const two = digestOf(await loadExample(project, bind("two"), files, "prod"));
    expect(two).not.toBe(one);
  });
});
