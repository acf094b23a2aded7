/** The kit's own functions, bundled with one call of esbuild a process. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { type BuildOptions, type BuildResult, build, buildSync } from "esbuild";
import { KIT_FOLDER } from "../../bundle/kit.ts";

/** Entry file of each in its package. What is no `index.mjs` stands beside one that names it. */
const ENTRIES = {
  step: "host.mjs",
  agent: "host.mjs",
  model: "host.mjs",
  mcp: "host.mjs",
  bedrock: "bedrock.mjs",
  secrets: "secrets.mjs",
  retrieve: "index.mjs",
  memory: "index.mjs",
  prompt: "index.mjs",
  intake: "index.mjs",
  approval: "index.mjs",
  approvals: "index.mjs",
  "link-keys": "index.mjs",
  runs: "index.mjs",
  snapshot: "index.mjs",
} as const;
export type Handler = keyof typeof ENTRIES;
export const HANDLERS = Object.keys(ENTRIES) as readonly Handler[];

/** Files of a function's package: path → content. */
export type Package = ReadonlyMap<string, Uint8Array | string>;

/** Folder with `NAME/index.ts` for each function. */
export const OWN_HANDLERS = join(KIT_FOLDER, "lambdas");

/** Dependencies in CommonJS ask for `require`, which ESM does not have. */
const BANNER =
  'import { createRequire as espalierRequire } from "node:module"; const require = espalierRequire(import.meta.url);';

interface Built {
  readonly files: Package;
  /** Sources that went into it, from the folder of the handlers. */
  readonly modules: readonly string[];
}

const built = new Map<string, ReadonlyMap<Handler, Built>>();

/**
 * The package of one function: its entry (`index.mjs`; `host.mjs` where `lib/constructs` writes the
 * index) and the chunks that it imports, statically or not; nothing of the others. Packages may be
 * put together: chunks are named by their content. Bytes depend only on the sources. Throws an `Error` that names what is missing or does not compile.
 */
export function handlerPackage(handler: Handler, folder: string = OWN_HANDLERS): Package {
  return find(handler, folder).files;
}

/** The sources that a function consists of. */
export function handlerModules(handler: Handler, folder: string = OWN_HANDLERS): readonly string[] {
  return find(handler, folder).modules;
}

function find(handler: Handler, folder: string): Built {
  let packages = built.get(folder);
  if (!packages) {
    packages = buildNow(folder);
    built.set(folder, packages);
  }
  const found = packages.get(handler);
  if (found) return found;
  throw new Error(
    `The function "${handler}" is missing: there is no ${handler}/index.ts in ${folder}.`,
  );
}

/**
 * Bundles the functions in `folder` ahead of `handlerPackage`, while other work goes on. What does
 * not compile is left for `handlerPackage` to tell.
 */
export async function prepareHandlers(folder: string = OWN_HANDLERS): Promise<void> {
  const present = presentHandlers(folder);
  if (built.has(folder) || present.length === 0) return;
  try {
    const packages = packagesOf(folder, present, await build(optionsFor(folder, present)));
    built.set(folder, packages);
  } catch {
    // The same call follows once more, when somebody needs its result.
  }
}

function buildNow(folder: string): ReadonlyMap<Handler, Built> {
  const present = presentHandlers(folder);
  if (present.length === 0) return new Map();
  return packagesOf(folder, present, buildSync(optionsFor(folder, present)));
}

function presentHandlers(folder: string): readonly Handler[] {
  return HANDLERS.filter((name) => existsSync(join(folder, name, "index.ts")));
}

/** How functions are bundled, but for which. */
export const FUNCTION_OPTIONS = {
  write: false,
  metafile: true,
  bundle: true,
  splitting: true,
  format: "esm",
  platform: "node",
  target: "node24",
  mainFields: ["module", "main"],
  alias: { "mnemonist/lru-cache": join(KIT_FOLDER, "lib/aws/endpoint-map.ts") },
  charset: "utf8",
  minify: true,
  keepNames: true,
  legalComments: "none",
  banner: { js: BANNER },
  chunkNames: "chunks/[hash]",
  outExtension: { ".js": ".mjs" },
  tsconfigRaw: {},
  logLevel: "silent",
} as const satisfies BuildOptions;

function optionsFor(folder: string, present: readonly Handler[]) {
  return {
    ...FUNCTION_OPTIONS,
    absWorkingDir: folder,
    entryPoints: present.map((name) => ({ in: join(folder, name, "index.ts"), out: name })),
    outdir: join(folder, ".out"),
  } as const satisfies BuildOptions;
}

function packagesOf(
  folder: string,
  present: readonly Handler[],
  { outputFiles, metafile }: BuildResult<ReturnType<typeof optionsFor>>,
): ReadonlyMap<Handler, Built> {
  const bytes = new Map(outputFiles.map((file) => [file.path, file.contents]));
  return new Map(
    present.map((name) => {
      const files = new Map<string, Uint8Array>();
      const modules: string[] = [];
      for (const path of reachable(`.out/${name}.mjs`, metafile.outputs)) {
        modules.push(...Object.keys(metafile.outputs[path]?.inputs ?? {}));
        const inside = path.slice(".out/".length);
        const content = bytes.get(join(folder, path));
        const file = inside === `${name}.mjs` ? ENTRIES[name] : inside;
        if (content) files.set(file, withoutIdleBanner(content));
      }
      return [name, { files, modules }];
    }),
  );
}

/** One chunk in fifty asks for `require`, and making one takes its time at each cold start. */
function withoutIdleBanner(content: Uint8Array): Uint8Array {
  const bytes = Buffer.from(content.buffer, content.byteOffset, content.byteLength);
  const isIdle = bytes.indexOf(BANNER) === 0 && bytes.indexOf("require", BANNER.length) === -1;
  return isIdle ? content.subarray(BANNER.length) : content;
}

type Outputs = Readonly<
  Record<
    string,
    { readonly imports: readonly { readonly path: string; readonly external?: boolean }[] }
  >
>;

function reachable(entry: string, outputs: Outputs, seen = new Set<string>()): ReadonlySet<string> {
  if (seen.has(entry)) return seen;
  seen.add(entry);
  for (const { path, external } of outputs[entry]?.imports ?? []) {
    if (!external) reachable(path, outputs, seen);
  }
  return seen;
}
