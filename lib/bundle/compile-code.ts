/** All handlers of a bundle and of its components, compiled in one call of esbuild. */
import { basename, join, posix } from "node:path";
import { type BuildFailure, type BuildResult, build, type Message } from "esbuild";
import type { Diagnostic } from "../manifest/diagnostic.ts";
import type { CompiledCode } from "./bundle.ts";
import { type CodeHome, canonicalCode, canonicalInputs, canonicalMap } from "./canonical-paths.ts";
import { directZod } from "./direct-zod.ts";
import { leaves } from "./inside.ts";
import { KIT_FOLDER } from "./kit.ts";
import { resolveImports } from "./resolve-imports.ts";

export interface CodeEntry {
  /** Names the compiled code: the path as the manifest spells it, or `components/…`. */
  readonly entry: string;
  /** Of a file that exists, from `folder`. */
  readonly path: string;
  /** Real path of the folder whose files it may import: the bundle's, or its component's. */
  readonly folder: string;
  /** The file as people type it. */
  readonly shown: string;
}

export interface CompileCodeResult {
  /** By entry path as the manifest spells it; empty if anything does not compile. */
  readonly code: ReadonlyMap<string, CompiledCode>;
  readonly diagnostics: readonly Diagnostic[];
}

/** Findings about code beyond this number help nobody. */
const MAX_FINDINGS = 50;

/**
 * Compiles each entry to one ESM file for Node 20 with everything it imports, and its source map.
 * The bytes depend only on the sources, not on the folders that they lie in. `root` is the real path
 * of the bundle, `shown` the way people type it.
 */
export async function compileCode(
  root: string,
  shown: string,
  entries: readonly CodeEntry[],
): Promise<CompileCodeResult> {
  if (entries.length === 0) return { code: new Map(), diagnostics: [] };
  let result: BuildResult<{ write: false; metafile: true }>;
  const homes = homesOf(root, entries);
  // Nothing is written there; the names of outputs must only not depend on the machine.
  const out = join(root, ".espalier-out");
  try {
    result = await build({
      absWorkingDir: root,
      entryPoints: entries.map(({ entry, path, folder }) => ({
        in: join(folder, path),
        out: entry,
      })),
      outdir: out,
      write: false,
      metafile: true,
      bundle: true,
      format: "esm",
      platform: "node",
      target: "node20",
      charset: "utf8",
      sourcemap: "external",
      sourcesContent: true,
      treeShaking: true,
      legalComments: "none",
      logLevel: "silent",
      logLimit: MAX_FINDINGS,
      // A tsconfig.json somewhere above the bundle would change what its code compiles to.
      tsconfigRaw: {},
      plugins: [
        resolveImports(root, homes),
        directZod(root),
        ...homes
          .filter(({ folder }) => leaves(root, folder))
          .map(({ folder }) => directZod(folder)),
      ],
    });
  } catch (error) {
    if (!isBuildFailure(error)) throw error;
    return {
      code: new Map(),
      diagnostics: error.errors.slice(0, MAX_FINDINGS).map((message) => finding(message, shown)),
    };
  }

  const inputs = Object.keys(result.metafile.inputs);
  const strays = inputs.filter((name) =>
    isStray(join(root, name), [root, ...homes.map(({ folder }) => folder)]),
  );
  if (strays.length > 0) {
    return { code: new Map(), diagnostics: strays.map((name) => strayed(name, shown, result)) };
  }

  const names = canonicalInputs(inputs, root, homes);
  const texts = new Map(result.outputFiles.map((file) => [file.path, file]));
  const code = new Map<string, CompiledCode>();
  const diagnostics: Diagnostic[] = [];
  for (const { entry, shown: file } of entries) {
    const path = join(out, `${entry}.js`);
    const meta = result.metafile.outputs[`.espalier-out/${entry}.js`];
    if (!meta?.exports.includes("default")) {
      diagnostics.push(withoutDefault(file));
      continue;
    }
    const js = canonicalCode(texts.get(path)?.text ?? "", names);
    const banner = NEEDS_REQUIRE.test(js) ? REQUIRE : "";
    const lines = banner.split("\n").length - 1;
    code.set(entry, {
      js: `${banner}${js}//# sourceMappingURL=${basename(entry)}.mjs.map\n`,
      map: canonicalMap(texts.get(`${path}.map`)?.text ?? "", path, root, lines, homes),
    });
  }
  return { code, diagnostics };
}

/** CommonJS dependencies call `require` and read `__dirname`; an ES module has neither. */
const REQUIRE = `import { createRequire as __createRequire } from "node:module";
import { fileURLToPath as __fileURLToPath } from "node:url";
const require = __createRequire(import.meta.url);
const __filename = __fileURLToPath(import.meta.url);
const __dirname = __fileURLToPath(new URL(".", import.meta.url));
`;

const NEEDS_REQUIRE = /\b(?:__require|__dirname|__filename)\b/;

/** The folders of components, each with the name that stands for it in compiled code. */
function homesOf(root: string, entries: readonly CodeEntry[]): readonly CodeHome[] {
  const names = new Map<string, string>();
  for (const { entry, path, folder } of entries) {
    if (folder === root || names.has(folder)) continue;
    names.set(folder, entry.slice(0, -path.length - 1));
  }
  return [...names].map(([folder, name]) => ({ folder, name }));
}

/** A file that is neither the bundle's, nor a component's, nor the kit's, nor of a package. */
function isStray(path: string, folders: readonly string[]): boolean {
  return (
    [...folders, KIT_FOLDER].every((folder) => leaves(folder, path)) &&
    !/[/\\]node_modules[/\\]/.test(path)
  );
}

function strayed(
  name: string,
  shown: string,
  {
    metafile,
  }: {
    readonly metafile: {
      readonly inputs: Record<string, { imports: { path: string; original?: string }[] }>;
    };
  },
): Diagnostic {
  const [importer = "", input] =
    Object.entries(metafile.inputs).find(([, { imports }]) =>
      imports.some(({ path }) => path === name),
    ) ?? [];
  const written = input?.imports.find(({ path }) => path === name)?.original ?? name;
  return {
    code: "ESP702",
    severity: "error",
    message: `"${written}" leads out of the bundle, through a symbolic link or a package that is linked`,
    hint: "Copy the code into the bundle, or install it as a package.",
    place: { file: shownFile(importer, shown), line: 1, column: 1, endLine: 1, endColumn: 2 },
  };
}

/** esbuild names files from the bundle's folder; those of shared components lie beside it. */
function shownFile(file: string, shown: string): string {
  return posix.normalize(`${shown}/${file}`);
}

function withoutDefault(file: string): Diagnostic {
  return {
    code: "ESP705",
    severity: "error",
    message: "the handler has no default export",
    hint: "Write: export default step({ input, output, async run(input) { … } });",
    place: { file, line: 1, column: 1, endLine: 1, endColumn: 2 },
  };
}

function isBuildFailure(error: unknown): error is BuildFailure {
  return error instanceof Error && Array.isArray((error as { errors?: unknown }).errors);
}

function finding(message: Message, shown: string): Diagnostic {
  const leaving = message.detail === "ESP702";
  const { location, notes } = message;
  const text = message.text.replaceAll(/\s+/g, " ");
  const hint = leaving
    ? "A bundle, and each component, is complete in itself: copy the code into it, or install it as a package."
    : notes[0]?.text.replaceAll(/\s+/g, " ");
  return {
    code: leaving ? "ESP702" : "ESP704",
    severity: "error",
    message: leaving ? text : `the code does not compile: ${text}`,
    ...(hint ? { hint } : {}),
    ...(location ? { place: placeOf(location, shown) } : {}),
  };
}

function placeOf(
  location: NonNullable<Message["location"]>,
  shown: string,
): Diagnostic["place"] & {} {
  // esbuild counts bytes of UTF-8; places count UTF-16 code units.
  const line = Buffer.from(location.lineText);
  const units = (bytes: number) => line.subarray(0, bytes).toString().length;
  const column = units(location.column) + 1;
  const endColumn = units(location.column + location.length) + 1;
  return {
    file: shownFile(location.file, shown),
    line: location.line,
    column,
    endLine: location.line,
    endColumn: Math.max(endColumn, column + 1),
  };
}
