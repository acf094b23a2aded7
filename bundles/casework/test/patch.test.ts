import { execFileSync } from "node:child_process";
import { cp, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { makePatch, whyNotApplied } from "../code/change/patch.ts";

let folder = "";
const { signal } = new AbortController();
const at = (...path: string[]) => join(folder, ...path);
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "casework-patch-"));
  for (const side of ["base", "candidate", "project"]) {
    await mkdir(at(side, "bundles/b"), { recursive: true });
    await writeFile(at(side, "bundles/b/policy.yaml"), "allow:\n  - MIT\n");
    await writeFile(at(side, "bundles/b/no newline.txt"), "one\r\ntwo");
    await writeFile(at(side, "bundles/b/gone.md"), "Gone.\n");
    await symlink(tmpdir(), at(side, "node_modules"), "dir");
  }
});
afterEach(() => rm(folder, { recursive: true, force: true }));

async function change(side: string): Promise<void> {
  await writeFile(at(side, "bundles/b/policy.yaml"), "allow:\n  - MIT\n  - Apachë-2.0\n");
  await writeFile(at(side, "bundles/b/no newline.txt"), "one\r\nzwei");
  await rm(at(side, "bundles/b/gone.md"));
  await mkdir(at(side, "bundles/b/scenarios/ä"), { recursive: true });
  await writeFile(
    at(side, "bundles/b/scenarios/ä/world.json.gz"),
    Buffer.from([31, 139, 0, 255, 0]),
  );
}

describe("a patch", () => {
  it("makes of the project what the candidate is, binary files and all", async () => {
    await change("candidate");
    const text = await makePatch({ folder, before: "base", after: "candidate" }, signal);
    await writeFile(at("change.patch"), text);
    expect(await whyNotApplied(at("change.patch"), at("project"), signal)).toBeUndefined();
    execFileSync("git", ["apply", at("change.patch")], { cwd: at("project") });
    const same = await makePatch({ folder, before: "project", after: "candidate" }, signal);
    expect(same).toBe("");
    expect(text).toContain("GIT binary patch");
    expect(text).not.toContain("node_modules");
  });

  it("of one file has that alone, and of two that are the same nothing", async () => {
    await change("candidate");
    const one = { folder, before: "base", after: "candidate", paths: "bundles/b/policy.yaml" };
    const text = await makePatch(one, signal);
    expect(text.match(/^diff --git /gm)).toHaveLength(1);
    expect(text).toContain("+  - Apachë-2.0\n");
    expect(await makePatch({ ...one, after: "project" }, signal)).toBe("");
  });

  it("that no longer fits is refused, and changes nothing", async () => {
    await change("candidate");
    const text = await makePatch({ folder, before: "base", after: "candidate" }, signal);
    await writeFile(at("change.patch"), text);
    await writeFile(at("project/bundles/b/policy.yaml"), "allow: []\n");
    await cp(at("project"), at("before"), { recursive: true, verbatimSymlinks: true });
    expect(await whyNotApplied(at("change.patch"), at("project"), signal)).toContain("policy.yaml");
    const apart = await makePatch({ folder, before: "before", after: "project" }, signal);
    expect(apart).toBe("");
    expect(await readFile(at("project/bundles/b/gone.md"), "utf8")).toBe("Gone.\n");
  });
});
