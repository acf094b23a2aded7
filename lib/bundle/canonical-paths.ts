/**
 * esbuild writes paths into its output: into comments, into the names of CommonJS modules, and into
 * source maps. They depend on where the bundle and its dependencies lie; these do not.
 */
import { dirname, join, relative, resolve, sep } from "node:path";
import { leaves } from "./inside.ts";
import { KIT_FOLDER } from "./kit.ts";

/** A component's folder (a real path), and what it is called wherever it lies. */
export interface CodeHome {
  readonly folder: string;
  readonly name: string;
}

/** The same name for the same file, wherever the folders are. `path` and `root` are real paths. */
export function canonicalPath(path: string, root: string, homes: readonly CodeHome[] = []): string {
  const slashes = (text: string) => (sep === "/" ? text : text.split(sep).join("/"));
  const modules = `${sep}node_modules${sep}`;
  for (const { folder, name } of homes) {
    if (!leaves(folder, path) && !path.slice(folder.length).includes(modules)) {
      return `${name}/${slashes(relative(folder, path))}`;
    }
  }
  if (!leaves(root, path) && !path.slice(root.length).includes(modules)) {
    return slashes(relative(root, path));
  }
  if (!leaves(KIT_FOLDER, path) && !path.slice(KIT_FOLDER.length).includes(modules)) {
    return `espalier/${slashes(relative(KIT_FOLDER, path))}`;
  }
  // Hoisted or not, linked or not: the last node_modules says which package it is.
  const at = path.lastIndexOf(modules);
  return at < 0
    ? `elsewhere/${slashes(path.slice(path.lastIndexOf(sep) + 1))}`
    : slashes(path.slice(at + 1));
}

/** esbuild's line comment above each module. */
const COMMENT = /^(\s*\/\/ )(.+)$/gm;
/** The name of a CommonJS module: `"PATH"(exports, module) {`. */
const COMMONJS = /^(\s*)"([^"\n]+)"(\((?:exports\d*)?(?:, module\d*)?\) \{)$/gm;

/** `inputs`: esbuild's names of the files → canonical names. */
export function canonicalCode(js: string, inputs: ReadonlyMap<string, string>): string {
  return js
    .replaceAll(COMMENT, (line, start: string, path: string) => {
      const name = inputs.get(path);
      return name === undefined ? line : start + name;
    })
    .replaceAll(COMMONJS, (line, start: string, path: string, end: string) => {
      const name = inputs.get(path);
      return name === undefined ? line : `${start}"${name}"${end}`;
    });
}

/** esbuild writes a source map with one key a line; only this one holds paths. */
const SOURCES = /^ {2}"sources": (\[.*\]),$/m;
const MAPPINGS = '\n  "mappings": "';

/**
 * The text of a source map with canonical sources, moved down by `lines` lines. Parsing and writing
 * megabytes of JSON for this would take longer than compiling. `output` is the (never written) path
 * of the code that the map is about.
 */
export function canonicalMap(
  map: string,
  output: string,
  root: string,
  lines: number,
  homes: readonly CodeHome[] = [],
): string {
  const mappings = map.lastIndexOf(MAPPINGS) + MAPPINGS.length;
  const moved = map.slice(0, mappings) + ";".repeat(lines) + map.slice(mappings);
  return moved.replace(SOURCES, (_line, list: string) => {
    const sources = (JSON.parse(list) as string[]).map((source) =>
      canonicalPath(resolve(dirname(output), source), root, homes),
    );
    return `  "sources": ${JSON.stringify(sources)},`;
  });
}

/** esbuild's names of files are relative to the working folder that it was given. */
export function canonicalInputs(
  names: Iterable<string>,
  root: string,
  homes: readonly CodeHome[] = [],
): ReadonlyMap<string, string> {
  return new Map([...names].map((name) => [name, canonicalPath(join(root, name), root, homes)]));
}
