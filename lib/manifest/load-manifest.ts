/** From `workflow.yaml` to a manifest: all findings about the file in one go. */
import { Uses } from "./components/uses.ts";
import type { Diagnostic } from "./diagnostic.ts";
import { checkGrammar, inOrder } from "./grammar.ts";
import { Manifest } from "./manifest.ts";
import { checkNames } from "./names.ts";
import { displayPath, readSource } from "./read-source.ts";
import { type Reference, referencesOf } from "./references.ts";
import type { SourceMap } from "./source.ts";
import { parseYaml } from "./yaml.ts";

export interface LoadedManifest {
  /** Absent if there is any error. */
  readonly manifest?: Manifest;
  /** Absent if the file could not be read. */
  readonly source?: SourceMap;
  /** The files that it names, as far as they can be told; also where there are errors. */
  readonly references: readonly Reference[];
  /** The components that it names; none where `uses` itself is not sound. */
  readonly uses: Uses;
  readonly diagnostics: readonly Diagnostic[];
}

/** Reads and checks the manifest at `path`. Never throws for what the file holds. */
export function loadManifest(path: string, file: string = displayPath(path)): LoadedManifest {
  const read = readSource(path, file);
  if (read.text === undefined) return { references: [], uses: {}, diagnostics: [read.diagnostic] };
  return parseManifest(read.text, file);
}

/** As `loadManifest`, for text that was read already. */
export function parseManifest(text: string, file: string): LoadedManifest {
  const { value, source, diagnostics } = parseYaml(text, file);
  if (value === undefined) return { source, references: [], uses: {}, diagnostics };
  const references = referencesOf(value);
  const uses = usesOf(value);
  const checked = checkGrammar(Manifest, value, source);
  const all = inOrder([...diagnostics, ...checked.diagnostics, ...checkNames(value, source)]);
  return checked.data !== undefined && all.length === 0
    ? { manifest: checked.data, source, references, uses, diagnostics: [] }
    : { source, references, uses, diagnostics: all };
}

function usesOf(manifest: unknown): Uses {
  const written = typeof manifest === "object" && manifest !== null && "uses" in manifest;
  return (written && Uses.safeParse(manifest.uses).data) || {};
}
