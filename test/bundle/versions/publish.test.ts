import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { espalier } from "../../cli/espalier.ts";
import { writeFiles } from "../../manifest/example-bundle.ts";
import { componentYaml, loadExample, playbook, useComponentProject } from "../project.ts";

const project = useComponentProject();
const cli = (...argv: string[]) => espalier([...argv, "--json"], { cwd: project.root });
const bundles = () => join(project.root, "bundles");
const write = (files: Record<string, string>) => writeFiles(bundles(), files);

const USES = "{ playbooks: { triage: ^1.0.0 } }";
const HEAD = "components/playbooks/triage";
const KEPT = "versions/playbooks/triage/1.2.0";

/** Publishes 1.2.0, and goes on with another text, as `version`. */
async function moveOn(version: string) {
  await loadExample(project, USES, playbook(HEAD));
  expect((await cli("publish", "playbooks/triage")).exitCode).toBe(0);
  write(playbook(HEAD, version, "1. Read it twice.\n"));
}

async function textUsed(reference = USES): Promise<unknown> {
  const { bundle, diagnostics } = await loadExample(project, reference);
  const used = bundle?.components.get("playbooks.triage");
  const bytes = used?.files.get("steps.md");
  return diagnostics[0]?.code ?? [used?.version, bytes && Buffer.from(bytes).toString()];
}

describe("publish", () => {
  it("stores all files of the version with a listing, and once more changes nothing", async () => {
    await loadExample(project, USES, {
      ...playbook(HEAD),
      [`${HEAD}/deep/more.txt`]: "more\n",
      [`${HEAD}/.hidden`]: "",
    });
    const first = await cli("publish", "playbooks/triage");
    const document = JSON.parse(first.stdout);
    expect(document).toEqual({
      published: [
        {
          component: "playbooks/triage",
          version: "1.2.0",
          digest: expect.stringMatching(/^sha256:[0-9a-f]{64}$/),
          state: "published",
          folder: expect.stringMatching(`bundles/${KEPT}$`),
        },
      ],
    });
    const files = () => readdirSync(join(bundles(), KEPT), { recursive: true }).sort();
    const before = files();
    expect(before).toEqual([
      ".published.json",
      "component.yaml",
      "deep",
      "deep/more.txt",
      "steps.md",
    ]);
    const again = JSON.parse((await cli("publish", `bundles/${HEAD}`)).stdout);
    expect(again.published[0]).toEqual({ ...document.published[0], state: "unchanged" });
    expect(files()).toEqual(before);
    expect(readdirSync(join(bundles(), "versions/playbooks/triage"))).toEqual(["1.2.0"]);
    expect(readFileSync(join(bundles(), "versions/.gitattributes"), "utf8")).toBe("* -text\n");
  });

  it("refuses other content of the same version, and says what differs", async () => {
    await moveOn("1.2.0");
    write({ [`${HEAD}/new.md`]: "" });
    const refused = await cli("publish", "playbooks/triage");
    expect(refused.exitCode).toBe(1);
    expect(refused.stdout + refused.stderr).toContain("VersionPublished");
    expect(refused.stdout + refused.stderr).toContain("new.md is new; steps.md has other content");
    expect(readFileSync(join(bundles(), KEPT, "steps.md"), "utf8")).toBe("1. Read it.\n");
  });

  it("takes one of a bundle's own, which then hides shared ones", async () => {
    await loadExample(project, USES, {
      ...playbook("components/playbooks/triage", "1.9.0"),
      ...playbook("example/playbooks/triage", "1.0.1"),
    });
    const { stdout } = await cli("publish", "bundles/example/playbooks/triage");
    expect(JSON.parse(stdout).published[0].folder).toMatch(
      /bundles\/example\/versions\/playbooks\/triage\/1\.0\.1$/,
    );
    rmSync(join(bundles(), "example/playbooks"), { recursive: true });
    expect(await textUsed()).toEqual(["1.0.1", "1. Read it.\n"]);
  });

  it("takes no component that bundles could not use", async () => {
    await loadExample(project, "{}", {
      "components/toolsets/shop/component.yaml": componentYaml("shop", "toolset"),
      "components/toolsets/shop/toolset.yaml":
        "tools: { buy: { description: Buys., handler: buy.ts, effect: read } }\n",
      "components/toolsets/shop/buy.ts": "export default 1 +;\n",
      "components/toolsets/half/component.yaml": componentYaml("half", "toolset"),
    });
    for (const name of ["toolsets/shop", "toolsets/half"]) {
      const { exitCode, stdout, stderr } = await cli("publish", name);
      expect([exitCode, /ComponentInvalid/.test(stdout + stderr)]).toEqual([1, true]);
    }
    expect(existsSync(join(bundles(), "versions"))).toBe(false);
    expect((await cli("publish", "toolsets/none")).exitCode).toBe(1);
    expect((await cli("publish", "../../etc")).exitCode).toBe(1);
    // Neither beside bundles nor in one.
    writeFiles(project.root, playbook("elsewhere/playbooks/triage"));
    expect((await cli("publish", "elsewhere/playbooks/triage")).exitCode).toBe(1);
  });
});

describe("a version that was published", () => {
  it("is what a locked bundle goes on with when the component moves on", async () => {
    await loadExample(project, USES, playbook(HEAD));
    await cli("lock");
    await cli("publish", "playbooks/triage");
    // Whether what is locked was published is no fact of the bundle.
    expect((await cli("lock", "--check")).exitCode).toBe(0);
    write(playbook(HEAD, "1.3.0", "1. Read it twice.\n"));
    expect(await textUsed()).toEqual(["1.2.0", "1. Read it.\n"]);
    expect((await cli("check")).exitCode).toBe(0);
    expect(JSON.parse((await cli("lock")).stdout).bundles[0].state).toBe("unchanged");
    const moved = JSON.parse((await cli("lock", "--update", "triage")).stdout).bundles[0];
    expect(moved).toMatchObject({
      state: "written",
      moved: [
        { component: "playbooks.triage", environment: null, before: "1.2.0", after: "1.3.0" },
      ],
    });
    expect(await textUsed()).toEqual(["1.3.0", "1. Read it twice.\n"]);
  });

  it("that was not locked gives way to the newest, and one that is gone makes the lock stale", async () => {
    await moveOn("1.3.0");
    expect(await textUsed()).toEqual(["1.3.0", "1. Read it twice.\n"]);
    expect(await textUsed("{ playbooks: { triage: 1.2.0 } }")).toEqual(["1.2.0", "1. Read it.\n"]);
    expect(await textUsed("{ playbooks: { triage: ^2.0.0 } }")).toBe("ESP803");
    await loadExample(project, "{ playbooks: { triage: '>=1.2.0 <2' } }");
    await cli("lock");
    write(playbook(HEAD, "1.4.0"));
    const { exitCode, stdout } = await cli("check");
    expect(exitCode).toBe(1);
    expect(stdout).toContain('is \\"1.4.0\\", and locked as \\"1.3.0\\"');
  });

  it("runs its own code when the working folder has other", async () => {
    const toolset = (version: string, answer: string) => ({
      "components/toolsets/shop/component.yaml": componentYaml("shop", "toolset", version),
      "components/toolsets/shop/toolset.yaml":
        "tools: { buy: { description: Buys., handler: buy.ts, effect: read } }\n",
      "components/toolsets/shop/answer.ts": `export const answer = "${answer}";\n`,
      "components/toolsets/shop/buy.ts": `import { step } from "espalier";
import { z } from "zod";
import { answer } from "./answer.ts";
export default step({ input: z.object({}), output: z.string(), run: async () => answer });
`,
    });
    const codeOf = async (range: string) => {
      const { bundle } = await loadExample(project, `{ toolsets: { shop: ${range} } }`);
      const code = bundle?.code.get("components/toolsets/shop/buy.ts");
      return [code?.js.match(/"(old|new)"/)?.[1], code?.map.includes("components/toolsets/shop/a")];
    };
    await loadExample(project, "{}", toolset("1.0.0", "old"));
    await cli("publish", "toolsets/shop");
    write(toolset("1.1.0", "new"));
    expect(await codeOf("1.0.0")).toEqual(["old", true]);
    expect(await codeOf("^1.0.0")).toEqual(["new", true]);
  });

  it("can be named by its digest", async () => {
    await moveOn("1.3.0");
    const listing = JSON.parse(readFileSync(join(bundles(), KEPT, ".published.json"), "utf8"));
    const by = (digest: string) => textUsed(`{ playbooks: { triage: "${digest}" } }`);
    expect(await by(listing.digest)).toEqual(["1.2.0", "1. Read it.\n"]);
    expect(await by(`sha256:${"0".repeat(64)}`)).toBe("ESP803");
    expect(await by("sha256:12")).toBe("ESP801");
  });

  it.each<[string, (folder: string) => void]>([
    ["other content", (folder) => writeFileSync(join(folder, "steps.md"), "1. No.\n")],
    ["a file more", (folder) => writeFileSync(join(folder, "more.md"), "")],
    ["a file less", (folder) => rmSync(join(folder, "steps.md"))],
    ["no listing", (folder) => rmSync(join(folder, ".published.json"))],
    ["no sound listing", (folder) => writeFileSync(join(folder, ".published.json"), "{}")],
    [
      "a listing that was made to fit",
      (folder) => {
        const file = join(folder, ".published.json");
        const { files, ...rest } = JSON.parse(readFileSync(file, "utf8"));
        rmSync(join(folder, "steps.md"));
        const { "steps.md": _, ...fewer } = files;
        writeFileSync(file, JSON.stringify({ ...rest, files: fewer }));
      },
    ],
  ])("with %s is refused by check, used or not", async (_name, change) => {
    await moveOn("1.3.0");
    change(join(bundles(), KEPT));
    const unused = await cli("check");
    expect([unused.exitCode, JSON.parse(unused.stdout).versions[0]?.code]).toEqual([1, "ESP812"]);
    expect(await textUsed("{ playbooks: { triage: 1.2.0 } }")).toBe("ESP812");
    const used = JSON.parse((await cli("check")).stdout);
    expect(used.bundles[0].diagnostics[0].code).toBe("ESP812");
    expect(used.versions).toEqual([]);
  });

  it("is not worked on under its own number", async () => {
    await moveOn("1.2.0");
    const { diagnostics } = await loadExample(project, USES);
    expect(diagnostics).toMatchObject([
      {
        code: "ESP813",
        message: "version 1.2.0 is published with other content: steps.md has other content",
        place: { line: 4 },
      },
    ]);
  });

  it("may be that of a component whose folder is gone, or broken while a lock holds it", async () => {
    await moveOn("1.2.0");
    rmSync(join(bundles(), HEAD), { recursive: true });
    expect(await textUsed()).toEqual(["1.2.0", "1. Read it.\n"]);
    await cli("lock");
    write({ [`${HEAD}/component.yaml`]: "component: [\n" });
    expect(await textUsed()).toEqual(["1.2.0", "1. Read it.\n"]);
    rmSync(join(bundles(), "example/bundle.lock.json"));
    expect(await textUsed()).not.toEqual(["1.2.0", "1. Read it.\n"]);
  });
});
