/** What makes a kind of component: its name, the file that says what it is, and who reads that. */
import type { z } from "zod";
import type { Path } from "../source.ts";

/** A handler inside of a component's folder; where its document names it. */
export interface ComponentHandler {
  /** From the component's folder, with forward slashes: `tools/list-files.ts`. */
  readonly path: string;
  readonly at: Path;
}

export interface ComponentKind<Kind extends string = string, Document = unknown> {
  /** As `kind` in `component.yaml`. */
  readonly kind: Kind;
  /** With its article, for sentences: `a model`. */
  readonly words: string;
  /** The YAML file that says what the component is; null where its files themselves are it. */
  readonly file: string | null;
  /** Where there is no such file: what at least one file's name must end in; empty for any. */
  readonly ending: string;
  /** Reads the file; without a grammar, any YAML is possible. */
  readonly grammar: z.ZodType<Document> | null;
  /** Code of the component that is compiled with the bundle: tools, for example. */
  handlers(document: Document): readonly ComponentHandler[];
}

/** A kind whose file has a grammar. */
export function defineKind<const Kind extends string, Document>(
  kind: Kind,
  words: string,
  file: string,
  grammar: z.ZodType<Document>,
  handlers: (document: Document) => readonly ComponentHandler[] = () => [],
): ComponentKind<Kind, Document> {
  return { kind, words, file, ending: "", grammar, handlers };
}

/** A kind with a file that nothing reads yet. */
export function defineFile<const Kind extends string>(
  kind: Kind,
  words: string,
  file: string,
): ComponentKind<Kind, unknown> {
  return { kind, words, file, ending: "", grammar: null, handlers: () => [] };
}

/** A kind that is a set of files, each ending in `ending`, beside whatever else they need. */
export function defineFiles<const Kind extends string>(
  kind: Kind,
  words: string,
  ending = "",
): ComponentKind<Kind, null> {
  return { kind, words, file: null, ending, grammar: null, handlers: () => [] };
}
