import { readFileSync } from "node:fs";
import { cp, mkdir, readdir, rename, rm, symlink, writeFile } from "node:fs/promises";
import { basename, dirname, join, relative, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { z } from "zod";
import { INSTALL_CDK } from "../cdk/find-cdk.ts";
import { defineCommand } from "../command.ts";
import { Failure, isSystemError } from "../failure.ts";
import { shellWord } from "../text/shell-word.ts";

const TEMPLATE = fileURLToPath(new URL("../template/", import.meta.url));
const PACKAGE = fileURLToPath(new URL("../../../", import.meta.url));

export const init = defineCommand({
  name: "init",
  summary: "Make a new folder with a tiny workflow that runs at once",
  arguments: [["<dir>", "the folder; must not exist, or be empty"]],
  examples: [{ command: "espalier init hello", says: "then: cd hello && espalier run hello" }],
  shape: {
    args: z.tuple([z.string().trim().min(1, { error: "expected the name of a folder" })]),
    options: z.object({}),
  },
  async perform({ io, out }, [dir]) {
    const folder = resolve(io.cwd, dir);
    await refuseToOverwrite(folder, dir);
    const files = await copyTemplate(folder);
    await linkKit(folder);
    const enter = folder === io.cwd ? [] : [`  cd ${shellWord(dir)}`];
    out.line(`Made ${out.color.bold(dir)} with ${files.length} files:`);
    out.lines(files.map((file) => `  ${file}`));
    out.line();
    out.line("Try it:");
    out.lines(enter);
    const program = io.invokedAs === "espalier" ? "espalier" : "npx espalier";
    out.line(`  ${program} run hello`);
    out.line(`  echo '{"name":"Ada"}' | ${program} run hello --input -`);
    out.line("  npm install && npm test");
    out.line();
    out.line("Deploy it to AWS, once you have credentials:");
    out.line(`  ${INSTALL_CDK}`);
    out.line(`  ${program} compile && npx cdk bootstrap && ${program} deploy`);
    return { exitCode: 0, document: { folder, workflow: "hello", files } };
  },
});

async function refuseToOverwrite(folder: string, typed: string): Promise<void> {
  const failure = (what: string) =>
    new Failure("FolderNotEmpty", `${typed} ${what}; nothing was changed`, {
      hint: "Choose another name, or empty it first.",
    });
  try {
    const entries = await readdir(folder);
    if (entries.length > 0) {
      throw failure("exists and is not empty");
    }
  } catch (error) {
    if (isSystemError(error) && error.code === "ENOTDIR") {
      throw failure("is no folder");
    }
    if (!isSystemError(error) || error.code !== "ENOENT") {
      throw error;
    }
  }
}

/** Built beside its place and moved there: a failure half-way leaves nothing. Returns what it made. */
async function copyTemplate(folder: string): Promise<string[]> {
  const draft = join(dirname(folder), `.${basename(folder)}.${process.pid}`);
  try {
    await mkdir(dirname(folder), { recursive: true });
    await cp(TEMPLATE, draft, { recursive: true });
    // npm leaves a file called .gitignore out of a package; hence its name in the template.
    await rename(join(draft, "gitignore"), join(draft, ".gitignore"));
    await writeFile(join(draft, "package.json"), packageText(folder));
    await moveInto(draft, folder);
  } finally {
    await rm(draft, { recursive: true, force: true });
  }
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => relative(folder, join(entry.parentPath, entry.name)).replaceAll("\\", "/"))
    .sort();
}

/** An empty folder stays the same folder: somebody may stand in it. */
async function moveInto(draft: string, folder: string): Promise<void> {
  await mkdir(folder, { recursive: true });
  for (const entry of await readdir(draft)) {
    await rename(join(draft, entry), join(folder, entry));
  }
}

/** For the tests of the new folder: the version that this Espalier itself runs on. */
function tsxVersion(): string {
  const text = readFileSync(join(PACKAGE, "package.json"), "utf8");
  return z.object({ dependencies: z.object({ tsx: z.string() }) }).parse(JSON.parse(text))
    .dependencies.tsx;
}

/**
 * What `npm install` will do, too: until then `npx espalier` would ask a registry, which may know
 * another package of this name. Where links are not to be had, npm is still there.
 */
async function linkKit(folder: string): Promise<void> {
  const modules = join(folder, "node_modules");
  try {
    await mkdir(join(modules, ".bin"), { recursive: true });
    await symlink(relative(modules, PACKAGE), join(modules, "espalier"), "junction");
    await symlink("../espalier/bin/espalier.js", join(modules, ".bin", "espalier"));
  } catch (error) {
    if (!isSystemError(error)) {
      throw error;
    }
  }
}

function packageText(folder: string): string {
  const name = basename(folder)
    .toLowerCase()
    .replace(/[^a-z0-9-]+/g, "-")
    .replace(/^-+|-+$/g, "");
  const content = {
    name: name === "" ? "workflows" : name,
    version: "0.1.0",
    private: true,
    type: "module",
    scripts: {
      start: "espalier run hello",
      check: "espalier check",
      test: "node --import tsx --test bundles/*/test/*.test.ts",
    },
    dependencies: { espalier: `file:${relative(folder, PACKAGE).replaceAll("\\", "/")}` },
    devDependencies: { tsx: tsxVersion() },
  };
  return `${JSON.stringify(content, null, 2)}\n`;
}
