import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative, resolve, sep } from "node:path";
import { describe, expect, it } from "vitest";

const root = resolve(import.meta.dirname, "..");

/** Which folders a folder of `lib/` may import from: DESIGN §3, third column. */
const ALLOWED: Record<string, readonly string[]> = {
  manifest: [],
  engine: [],
  bundle: ["manifest", "runtime"],
  compiler: ["bundle", "manifest", "runtime"],
  runtime: ["manifest"],
  aws: ["runtime"],
  // bundle: snapshots; manifest: input contracts. The compiler stands on both anyway.
  // pages: what `dev` shows to browsers (decision 0088).
  local: ["engine", "runtime", "compiler", "bundle", "manifest", "pages"],
  // manifest: scenarios are files with findings like a manifest's (decision 0120).
  replay: ["engine", "runtime", "compiler", "bundle", "manifest"],
  // manifest: environments are files with findings like a manifest's; runtime: `deployed.ts` alone, the
  // names that resources and running code share (held below).
  constructs: ["compiler", "bundle", "manifest", "runtime"],
  pages: ["runtime"],
  cli: [
    "manifest",
    "bundle",
    "compiler",
    "runtime",
    "engine",
    "local",
    "aws",
    "replay",
    "constructs",
    "pages",
  ],
};

/** Imports that are types only, and so leave nothing in the code that runs. */
const TYPES_ONLY: Record<string, readonly string[]> = {
  runtime: ["manifest"],
  constructs: ["runtime"],
};

/** Small files that import at most each other and values of the grammar, whose values may be used after all (decisions 0025, 0030). */
const VALUES_TOO = [
  "manifest/approval-policy.ts",
  "manifest/approval-rules.ts",
  "manifest/approvers.ts",
  "manifest/business-hours.ts",
  "manifest/duration.ts",
  "runtime/deployed.ts",
  "runtime/deployed-workflow.ts",
  "runtime/effect.ts",
  "runtime/express.ts",
];

interface Import {
  readonly file: string;
  readonly specifier: string;
  readonly typeOnly: boolean;
  /** By `import(…)`: loaded when it is needed, if ever. */
  readonly dynamic: boolean;
}

function sourceFiles(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith(".ts"))
    .map((entry) => join(entry.parentPath, entry.name))
    .filter((path) => !path.includes(`${sep}node_modules${sep}`));
}

/** Static and dynamic imports and re-exports of a file; comments are no statements, so anchored to line starts. */
function importsOf(file: string): Import[] {
  const text = readFileSync(file, "utf8");
  const found: Import[] = [];
  for (const match of text.matchAll(
    /^\s*(?:import|export)\s+(type\s+)?(?:[^"';]*?\sfrom\s+)?"([^"]+)"/gm,
  )) {
    found.push({
      file,
      specifier: match[2] ?? "",
      typeOnly: match[1] !== undefined,
      dynamic: false,
    });
  }
  for (const match of text.matchAll(/\bimport\(\s*"([^"]+)"\s*\)/g)) {
    found.push({ file, specifier: match[1] ?? "", typeOnly: false, dynamic: true });
  }
  return found;
}

function folderOf(path: string): string | undefined {
  const [top, second] = relative(root, path).split(sep);
  return top === "lib" ? second : undefined;
}

const imports = sourceFiles(join(root, "lib")).flatMap(importsOf);

describe("imports go one way", () => {
  it("finds the imports of the library", () => {
    expect(imports.length).toBeGreaterThan(20);
  });

  it.each(Object.entries(ALLOWED))(
    "lib/%s imports only from its allowed folders",
    (name, allowed) => {
      const offences = imports
        .filter((entry) => folderOf(entry.file) === name && entry.specifier.startsWith("."))
        .map((entry) => ({
          ...entry,
          target: folderOf(resolve(dirname(entry.file), entry.specifier)),
        }))
        .filter(({ target }) => target !== name && !(target && allowed.includes(target)))
        .map((entry) => `${relative(root, entry.file)} imports ${entry.specifier}`);
      expect(offences).toEqual([]);
    },
  );

  it.each(Object.entries(TYPES_ONLY))("lib/%s takes only types from %s", (name, targets) => {
    const offences = imports
      .filter((entry) => folderOf(entry.file) === name && !entry.typeOnly)
      .filter((entry) => entry.specifier.startsWith("."))
      .filter((entry) => !VALUES_TOO.some((file) => entry.specifier.endsWith(file)))
      .filter((entry) =>
        targets.includes(folderOf(resolve(dirname(entry.file), entry.specifier)) ?? ""),
      )
      .map((entry) => `${relative(root, entry.file)} imports ${entry.specifier}`);
    expect(offences).toEqual([]);
  });

  it("knows every folder of lib/", () => {
    const folders = readdirSync(join(root, "lib"), { withFileTypes: true })
      .filter((entry) => entry.isDirectory())
      .map((entry) => entry.name);
    expect(folders.filter((name) => !(name in ALLOWED))).toEqual([]);
  });

  it("local work never loads the AWS SDK or the CDK", () => {
    const offences = imports
      .filter(({ file }) => !["aws", "constructs"].includes(folderOf(file) ?? ""))
      .filter(({ specifier }) => /^(@aws-sdk|@smithy|aws-cdk-lib|constructs)\b/.test(specifier))
      .map((entry) => `${relative(root, entry.file)} imports ${entry.specifier}`);
    expect(offences).toEqual([]);
  });

  it("the command line loads what knows AWS only when it is asked to work there", () => {
    const offences = imports
      .filter(({ file, dynamic, typeOnly }) => folderOf(file) === "cli" && !dynamic && !typeOnly)
      .filter(({ file, specifier }) =>
        ["aws", "constructs"].includes(folderOf(resolve(dirname(file), specifier)) ?? ""),
      )
      .map((entry) => `${relative(root, entry.file)} imports ${entry.specifier}`);
    expect(offences).toEqual([]);
  });
});
