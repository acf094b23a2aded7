import { mkdir, mkdtemp, readdir, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { listBundle, readListed } from "../toolsets/workshop/bundle-files.ts";
import { copyProject } from "../toolsets/workshop/copies.ts";
import { openProject } from "../toolsets/workshop/project.ts";

let root = "";
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), "casework-copies-"));
  await put("node_modules/espalier/package.json", '{ "bin": { "espalier": "bin/x.js" } }');
  for (const path of [
    ...["workflow.yaml", "policy/a.yaml", ".env", "code/.secret/key", "code/node_modules/p/i.js"],
    ...["test/a.test.ts", "scenarios/one/scenario.yaml", "scenarios/one/world.json"],
  ]) {
    await put(`bundles/review/${path}`, `content of ${path}`);
  }
  await put("bundles/other/workflow.yaml", "another");
  await symlink(tmpdir(), join(root, "bundles/review/policy/elsewhere"), "dir");
});
afterEach(async () => {
  vi.unstubAllEnvs();
  await rm(root, { recursive: true, force: true });
});

async function put(path: string, text: string): Promise<void> {
  await mkdir(dirname(join(root, path)), { recursive: true });
  await writeFile(join(root, path), text);
}

const open = () => openProject({ id: "run-1" }, { root, data: join(root, ".espalier") });

describe("a project", () => {
  it("is the one that the runtime was started in, with the Espalier that it uses", async () => {
    expect(await open()).toMatchObject({
      cli: join(root, "node_modules/espalier/bin/x.js"),
      folder: join(root, ".espalier/casework/run-1"),
    });
  });

  it("is not there in a function that is deployed, or in another folder", async () => {
    vi.stubEnv("ESPALIER_DATA", undefined);
    const nowhere = { name: "Casework.NoProject" };
    await expect(openProject({ id: "run-1" }, { root })).rejects.toMatchObject(nowhere);
    const other = openProject({ id: "run-1" }, { root: join(root, "bundles"), data: root });
    await expect(other).rejects.toMatchObject(nowhere);
  });
});

describe("a copy of it", () => {
  it("has the one bundle, without packages, hidden files, and links that lead elsewhere", async () => {
    const copy = await copyProject(await open(), "review");
    expect(await readdir(join(copy.root, "bundles"))).toEqual(["review"]);
    const found = await readdir(copy.bundle, { recursive: true });
    const odd = found.filter((path) => /\.env|\.secret|node_modules|elsewhere/.test(path));
    expect(odd).toEqual([]);
    expect(found).toContain(join("scenarios", "one", "world.json"));
  });

  it("shows an agent neither tests nor recordings, and nothing outside", async () => {
    const { bundle } = await copyProject(await open(), "review");
    const paths = (await listBundle(bundle)).map(({ path }) => path);
    expect(paths).toEqual(["policy/a.yaml", "scenarios/one/scenario.yaml", "workflow.yaml"]);
    expect(await readListed(bundle, "policy/a.yaml")).toBe("content of policy/a.yaml");
    for (const path of ["test/a.test.ts", "../other/workflow.yaml", "policy/../workflow.yaml"]) {
      expect(await readListed(bundle, path), path).toBeUndefined();
    }
  });

  it("is not made of what is no workflow, or not there", async () => {
    for (const name of ["../review", "review/..", "Review", "missing"]) {
      const refused = copyProject(await open(), name);
      await expect(refused, name).rejects.toMatchObject({ name: "Case.BundleNotFound" });
    }
  });
});
