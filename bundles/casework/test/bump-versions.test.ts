import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { bumpedText, bumpVersions } from "../code/change/bump-versions.ts";

const MANIFEST = `# A comment stays.
apiVersion: espalier/v1
workflow: review
version:   "1.4.2" # and this one, too
steps: [{ id: one, set: { version: 1.4.2 } }]
`;
const rules = { folders: { policy: "minor", playbooks: "minor", code: "patch" } } as const;

let bundle = "";
beforeEach(async () => {
  bundle = await mkdtemp(join(tmpdir(), "casework-versions-"));
  await put("workflow.yaml", MANIFEST);
  await put("playbooks/triage/component.yaml", "component: triage\nversion: 2026.11.4\n");
});
afterEach(() => rm(bundle, { recursive: true, force: true }));

async function put(path: string, text: string): Promise<void> {
  await mkdir(dirname(join(bundle, path)), { recursive: true });
  await writeFile(join(bundle, path), text);
}

describe("versions", () => {
  it.each([
    [["code/a.ts"], [{ what: "review", from: "1.4.2", to: "1.4.3" }]],
    [["code/a.ts", "policy/a.yaml"], [{ what: "review", from: "1.4.2", to: "1.5.0" }]],
    [["policy/a.yaml", "code/a.ts"], [{ what: "review", from: "1.4.2", to: "1.5.0" }]],
    [
      ["playbooks/triage/steps.md"],
      [
        { what: "review", from: "1.4.2", to: "1.5.0" },
        { what: "playbooks/triage", from: "2026.11.4", to: "2026.11.5" },
      ],
    ],
    [["notes/a.md"], []],
  ])("rise for %j", async (changed, bumps) => {
    expect(await bumpVersions(bundle, changed, rules)).toEqual(bumps);
    const manifest = await readFile(join(bundle, "workflow.yaml"), "utf8");
    const to = bumps[0]?.to;
    expect(manifest).toBe(to ? MANIFEST.replace('"1.4.2"', `"${to}"`) : MANIFEST);
  });

  it("are not guessed where there are none", () => {
    for (const text of ["workflow: a\n", "version: next\n", "version: [1.0.0]\n"]) {
      expect(() => bumpedText(text, "minor")).toThrow("no version to raise");
    }
  });
});
