/** All handlers of a bundle, compiled in one call of esbuild. */
import { basename, join } from "node:path";
import { type BuildFailure, type BuildResult, build, type Message } from "esbuild";
import type { Diagnostic } from "../manifest/diagnostic.ts";
import type { CompiledCode } from "./bundle.ts";
import { canonicalCode, canonicalInputs, canonicalMap } from "./canonical-paths.ts";
import { directZod } from "./direct-zod.ts";
import { leaves } from "./inside.ts";
import { KIT_FOLDER } from "./kit.ts";
import { resolveImports } from "./resolve-imports.ts";

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
 * of the bundle, `shown` the way people type it; `entries` are paths that exist inside of it.
 */
export async function compileCode(
  root: string,
  shown: string,
  entries: readonly string[],
): Promise<CompileCodeResult> {
  if (entries.length === 0) return { code: new Map(), diagnostics: [] };
  let result: BuildResult<{ write: false; metafile: true }>;
  // Nothing is written there; the names of outputs must only not depend on the machine.
  const out = join(root, ".espalier-out");
  try {
    result = await build({
      absWorkingDir: root,
      entryPoints: entries.map((entry) => ({ in: join(root, entry), out: entry })),
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
      plugins: [resolveImports(root), directZod(root)],
    });
  } catch (error) {
    if (!isBuildFailure(error)) throw error;
    return {
      code: new Map(),
      diagnostics: error.errors.slice(0, MAX_FINDINGS).map((message) => finding(message, shown)),
    };
  }

  const inputs = Object.keys(result.metafile.inputs);
  const strays = inputs.filter((name) => isStray(join(root, name), root));
  if (strays.length > 0) {
    return { code: new Map(), diagnostics: strays.map((name) => strayed(name, shown, result)) };
  }

  const names = canonicalInputs(inputs, root);
  const texts = new Map(result.outputFiles.map((file) => [file.path, file]));
  const code = new Map<string, CompiledCode>();
  const diagnostics: Diagnostic[] = [];
  for (const entry of entries) {
    const path = join(out, `${entry}.js`);
    const meta = result.metafile.outputs[`.espalier-out/${entry}.js`];
    if (!meta?.exports.includes("default")) {
      diagnostics.push(withoutDefault(entry, shown));
      continue;
    }
    const js = canonicalCode(texts.get(path)?.text ?? "", names);
    const banner = NEEDS_REQUIRE.test(js) ? REQUIRE : "";
    const lines = banner.split("\n").length - 1;
    code.set(entry, {
      js: `${banner}${js}//# sourceMappingURL=${basename(entry)}.mjs.map\n`,
      map: canonicalMap(texts.get(`${path}.map`)?.text ?? "", path, root, lines),
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

/** A file that is neither the bundle's, nor the kit's, nor of an installed package. */
function isStray(path: string, root: string): boolean {
  return leaves(root, path) && leaves(KIT_FOLDER, path) && !/[/\\]node_modules[/\\]/.test(path);
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
    place: { file: `${shown}/${importer}`, line: 1, column: 1, endLine: 1, endColumn: 2 },
  };
}

function withoutDefault(entry: string, shown: string): Diagnostic {
  return {
    code: "ESP705",
    severity: "error",
    message: "the handler has no default export",
    hint: "Write: export default step({ input, output, async run(input) { … } });",
    place: { file: `${shown}/${entry}`, line: 1, column: 1, endLine: 1, endColumn: 2 },
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
    ? "A bundle is complete in itself: copy the code into it, or install it as a package."
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
    file: `${shown}/${location.file}`,
    line: location.line,
    column,
    endLine: location.line,
    endColumn: Math.max(endColumn, column + 1),
  };
}
