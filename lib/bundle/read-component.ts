/** Reads a component's folder: what it says of itself, the file of its kind, and everything else. */
import { readdirSync, readFileSync, realpathSync, statSync } from "node:fs";
import { join } from "node:path";
import type { z } from "zod";
import { COMPONENT_FILE, ComponentFile } from "../manifest/components/component-file.ts";
import type { ComponentHandler, ComponentKind } from "../manifest/components/component-kind.ts";
import { type Category, COMPONENT_KINDS } from "../manifest/components/kinds.ts";
import type { Diagnostic, Place } from "../manifest/diagnostic.ts";
import { checkGrammar, inOrder } from "../manifest/grammar.ts";
import { decodeSource, MAX_SOURCE_BYTES, reasonOf } from "../manifest/read-source.ts";
import type { SourceMap } from "../manifest/source.ts";
import { staysInside } from "../manifest/values.ts";
import { parseYaml } from "../manifest/yaml.ts";
import { leaves } from "./inside.ts";
import { MAX_FILE_BYTES, MAX_FILES_BYTES } from "./read-files.ts";

export interface ComponentPlace {
  /** Absolute. */
  readonly folder: string;
  /** As people type it. */
  readonly shown: string;
  /** Absolute: no symbolic link may lead out of here. */
  readonly within: string;
}

export interface ReadComponent {
  /** Real path of its folder. */
  readonly folder: string;
  /** As people type it. */
  readonly shown: string;
  /** Absent if `component.yaml` has an error. */
  readonly header?: ComponentFile;
  /** Where it says its version. */
  readonly versionPlace?: Place;
  readonly document: unknown;
  readonly documentSource: SourceMap | null;
  readonly handlers: readonly ComponentHandler[];
  readonly files: ReadonlyMap<string, Uint8Array>;
  /** Findings with places in its own files. */
  readonly diagnostics: readonly Diagnostic[];
}

/** Reads the folder of a component, which is there. Never throws for what it holds. */
export function readComponent(
  { folder: given, shown, within }: ComponentPlace,
  category: Category,
  name: string,
): ReadComponent {
  const kind: ComponentKind = COMPONENT_KINDS[category];
  const folder = realpathSync(given);
  const found = readAll(folder, shown, realpathSync(within));
  const { files } = found;
  const diagnostics = [...found.diagnostics];
  const header = readYaml(files, COMPONENT_FILE, shown, ComponentFile);
  diagnostics.push(...header.diagnostics);
  if (header.data && header.source) {
    diagnostics.push(...contradictions(header.data, header.source, name, kind));
  }
  const place = header.source?.keyPlaceOf(["kind"]) ?? firstLine(`${shown}/${COMPONENT_FILE}`);
  const missing = (what: string): void => {
    diagnostics.push({
      code: "ESP808",
      severity: "error",
      message: `the component has no ${what}, which makes it ${kind.words}`,
      hint: `Write ${shown}/${what}.`,
      place,
    });
  };
  let document: unknown = null;
  let documentSource: SourceMap | null = null;
  let handlers: readonly ComponentHandler[] = [];
  if (kind.file === null) {
    const own = [...files.keys()].some(
      (path) => path !== COMPONENT_FILE && path.endsWith(kind.ending),
    );
    if (!own) missing(kind.ending === "" ? "FILE" : `NAME${kind.ending}`);
  } else if (!files.has(kind.file)) {
    missing(kind.file);
  } else {
    const read = readYaml(files, kind.file, shown, kind.grammar);
    diagnostics.push(...read.diagnostics);
    document = read.data ?? null;
    documentSource = read.source ?? null;
    if (read.data !== undefined) handlers = kind.handlers(read.data);
  }
  return {
    folder,
    shown,
    ...(header.data && { header: header.data }),
    ...(header.source && { versionPlace: header.source.placeOf(["version"]) }),
    document,
    documentSource,
    handlers,
    files,
    diagnostics: inOrder(diagnostics),
  };
}

interface ReadYaml<T> {
  readonly data?: T;
  readonly source?: SourceMap;
  readonly diagnostics: readonly Diagnostic[];
}

function readYaml<T>(
  files: ReadonlyMap<string, Uint8Array>,
  path: string,
  shown: string,
  grammar: z.ZodType<T> | null,
): ReadYaml<T> {
  const file = `${shown}/${path}`;
  const bytes = files.get(path);
  // What could not be read has its finding already.
  if (bytes === undefined) return { diagnostics: [] };
  if (bytes.byteLength > MAX_SOURCE_BYTES) {
    const message = "the file has more than 1 MiB";
    return {
      diagnostics: [{ code: "ESP102", severity: "error", message, place: firstLine(file) }],
    };
  }
  const decoded = decodeSource(bytes, file);
  if (decoded.text === undefined) return { diagnostics: [decoded.diagnostic] };
  const { value, source, diagnostics } = parseYaml(decoded.text, file);
  if (value === undefined) return { source, diagnostics };
  if (grammar === null) {
    // Nothing but JSON comes out of YAML, and nobody reads this kind yet.
    return diagnostics.length === 0
      ? { data: value as T, source, diagnostics }
      : { source, diagnostics };
  }
  const checked = checkGrammar(grammar, value, source);
  const all = [...diagnostics, ...checked.diagnostics];
  return checked.data !== undefined && all.length === 0
    ? { data: checked.data, source, diagnostics: all }
    : { source, diagnostics: all };
}

function contradictions(
  header: ComponentFile,
  source: SourceMap,
  name: string,
  kind: ComponentKind,
): Diagnostic[] {
  const found: Diagnostic[] = [];
  const find = (key: string, message: string, hint: string): void => {
    found.push({ code: "ESP807", severity: "error", message, hint, place: source.placeOf([key]) });
  };
  if (header.component !== name) {
    find(
      "component",
      `the component is called "${header.component}", and its folder "${name}"`,
      "Give both the same name.",
    );
  }
  if (header.kind !== kind.kind) {
    find(
      "kind",
      `a component in this folder is ${kind.words}, and no ${header.kind}`,
      `Write kind: ${kind.kind}, or move the folder.`,
    );
  }
  return found;
}

/** Characters of a path, so that it can stand in a snapshot with its category and alias before it. */
const MAX_PATH = 130;

/** Never part of a component: what is hidden, and what npm installs. */
const IGNORED = /^(\.|node_modules$)/;

function readAll(folder: string, shown: string, home: string) {
  const files = new Map<string, Uint8Array>();
  const diagnostics: Diagnostic[] = [];
  let total = 0;
  const find = (code: string, message: string, hint: string): void => {
    const place = firstLine(`${shown}/${COMPONENT_FILE}`);
    diagnostics.push({ code, severity: "error", message, hint, place });
  };
  if (leaves(home, folder)) {
    const hint = "Copy the component to where it is used.";
    find("ESP702", "a symbolic link leads out of the folder that components lie in", hint);
    return { files, diagnostics };
  }
  const visit = (below: string): void => {
    const entries = readdirSync(join(folder, below), { withFileTypes: true });
    for (const entry of entries.sort((a, b) => (a.name < b.name ? -1 : 1))) {
      if (IGNORED.test(entry.name)) continue;
      const path = below === "" ? entry.name : `${below}/${entry.name}`;
      if (entry.isDirectory()) {
        visit(path);
        continue;
      }
      if (!entry.isFile() || !staysInside(path) || path.length > MAX_PATH) {
        const message = `"${path}" of the component is no plain file with a usable name`;
        find("ESP702", message, "A component is complete in itself: copy the file into it.");
        continue;
      }
      const { size } = statSync(join(folder, path));
      total += size;
      if (size > MAX_FILE_BYTES || total > MAX_FILES_BYTES) {
        const what = size > MAX_FILE_BYTES ? "has more than 10" : "makes more than 50";
        find("ESP708", `"${path}" of the component ${what} MiB`, "Keep data in artifacts.");
        continue;
      }
      files.set(path, readFileSync(join(folder, path)));
    }
  };
  try {
    visit("");
  } catch (error) {
    find("ESP703", `the component cannot be read: ${reasonOf(error)}`, "Check its permissions.");
  }
  return { files, diagnostics };
}

export function firstLine(file: string): Place {
  return { file, line: 1, column: 1, endLine: 1, endColumn: 2 };
}
