/** YAML 1.2 text to a JSON value with places, and to findings for all that is not plain JSON in it. */
import { Composer, type Document, Lexer, LineCounter, Parser, type YAMLError } from "yaml";
import type { Diagnostic, Place } from "./diagnostic.ts";
import { jsonOf } from "./json-of.ts";
import { createSourceMap, placeAt, type SourceMap } from "./source.ts";

/** Levels of nesting. The YAML reader is recursive, and so is much of what comes after it. */
const MAX_DEPTH = 64;
/** More findings than this about one file's syntax help nobody. */
const MAX_SYNTAX_FINDINGS = 20;

/** Findings beside which the rest of the file still means what it says. */
const KEEPS_VALUE = new Set(["ESP107", "ESP109", "ESP111"]);

export interface ParsedYaml {
  /** The value; undefined if there is none that further findings could be about. */
  readonly value: unknown;
  readonly source: SourceMap;
  /** ESP104 to ESP112, in the order of the file. */
  readonly diagnostics: readonly Diagnostic[];
}

/** Never throws, whatever the text is. `file` is what places name. */
export function parseYaml(text: string, file: string): ParsedYaml {
  const lines = new LineCounter();
  lines.addNewLine(0);
  const at = (start: number, end = start + 1) => placeAt(file, lines, text, start, end);
  const read = readDocument(text, lines);
  const source = createSourceMap(file, text, read.document, lines);
  const unreadable = (diagnostic: Omit<Diagnostic, "severity">): ParsedYaml => ({
    value: undefined,
    source,
    diagnostics: [{ severity: "error", ...diagnostic }],
  });

  if (read.tooDeep !== undefined) {
    return unreadable({
      code: "ESP112",
      message: `the file is nested more than ${MAX_DEPTH} levels deep`,
      hint: "Flatten it, or move a part into a file of its own.",
      place: at(read.tooDeep),
    });
  }
  if (read.second !== undefined) {
    return unreadable({
      code: "ESP105",
      message: "a second document begins here; one file holds one",
      hint: "Remove the line of dashes, or split the file.",
      place: at(read.second, read.second + 3),
    });
  }
  const syntax = syntaxFindings(read.document, text, lines, at);
  if (syntax.length > 0) return { value: undefined, source, diagnostics: syntax };
  const contents = read.document.contents;
  if (contents === null || (contents.range && contents.range[0] === contents.range[1])) {
    return unreadable({ code: "ESP104", message: "the file is empty", place: at(0) });
  }
  const { value, diagnostics } = jsonOf(read.document, text, at);
  const whole = diagnostics.every(({ code }) => KEEPS_VALUE.has(code));
  return { value: whole ? value : undefined, source, diagnostics };
}

interface Read {
  readonly document: Document;
  /** Offset at which the nesting became too deep. */
  readonly tooDeep?: number;
  /** Offset of a second document. */
  readonly second?: number;
}

function readDocument(text: string, lines: LineCounter): Read {
  const parser = new Parser(lines.addNewLine);
  const tokens = [];
  let documents = 0;
  let tooDeep: number | undefined;
  let second: number | undefined;
  for (const lexeme of new Lexer().lex(text)) {
    for (const token of parser.next(lexeme)) tokens.push(token);
    // One entry for the document, one for each collection, perhaps one for a scalar being read.
    const scalar = parser.stack.at(-1)?.type.endsWith("scalar") ? 1 : 0;
    if (parser.stack.length > MAX_DEPTH + 1 + scalar) {
      tooDeep = parser.offset;
      break;
    }
    const open = parser.stack[0];
    if (open?.type === "document" && open.offset !== second) {
      second = open.offset;
      documents++;
      if (documents > 1) break;
    }
  }
  const options = {
    version: "1.2",
    schema: "core",
    // Both are found with places of our own, in time that grows with the file and not its square.
    uniqueKeys: false,
    merge: false,
    prettyErrors: false,
    lineCounter: lines,
    logLevel: "silent",
  } as const;
  const found: Pick<Read, "tooDeep" | "second"> =
    tooDeep !== undefined ? { tooDeep } : documents > 1 && second !== undefined ? { second } : {};
  const composer = new Composer(options);
  // What is too deep is not composed at all.
  if (found.tooDeep === undefined) for (const token of parser.end()) tokens.push(token);
  const composed = composer.compose(found.tooDeep === undefined ? tokens : [], true, text.length);
  const [document] = composed;
  if (document === undefined) throw new Error("the composer makes a document from nothing");
  return { document: document as Document, ...found };
}

const SYNTAX_HINT =
  "Look at the line before, too: for indentation, a quote or bracket that is not closed, or a text with a colon or # that needs quotes.";

/** Messages of the reader that are about tabs, or that come of something else we say better. */
const CODES: Readonly<Record<string, string>> = {
  TAB_AS_INDENT: "ESP106",
  BAD_ALIAS: "ESP110",
  RESOURCE_EXHAUSTION: "ESP112",
};

function syntaxFindings(
  document: Document,
  text: string,
  lines: LineCounter,
  at: (start: number, end?: number) => Place,
): Diagnostic[] {
  const found: Diagnostic[] = [];
  const yaml = document.directives?.yaml;
  if (yaml?.explicit && yaml.version !== "1.2") {
    found.push({
      code: "ESP110",
      severity: "error",
      message: `the file says that it is YAML ${yaml.version}; YAML 1.2 is read`,
      hint: "Remove the %YAML line; note that yes, no, on and off are text in YAML 1.2.",
      place: at(0),
    });
  }
  // One slip makes the reader stumble over what follows: the first error of a line is the one to mend.
  const seen = new Set<number>();
  const errors = [...document.errors].sort((a, b) => a.pos[0] - b.pos[0]);
  const tabs = errors.some((error) => error.code === "TAB_AS_INDENT");
  for (const error of errors) {
    if (tabs && error.code !== "TAB_AS_INDENT") continue;
    const { line } = lines.linePos(error.pos[0]);
    if (seen.has(line)) continue;
    seen.add(line);
    found.push(syntaxFinding(error, text, at));
    if (found.length >= MAX_SYNTAX_FINDINGS) break;
  }
  return found;
}

function syntaxFinding(
  error: YAMLError,
  text: string,
  at: (start: number, end?: number) => Place,
): Diagnostic {
  const code = CODES[error.code] ?? "ESP110";
  const [start, end] = error.pos;
  const lineStart = text.lastIndexOf("\n", start - 1) + 1;
  const tab = /^ *\t/.exec(text.slice(lineStart, start + 1))?.[0].length;
  if (code === "ESP106" || tab !== undefined) {
    const tabAt = tab === undefined ? start : lineStart + tab - 1;
    return {
      code: "ESP106",
      severity: "error",
      message: "a tab stands in the indentation; YAML is indented with spaces",
      hint: "Replace it by spaces; most editors do so for a whole file.",
      place: at(tabAt, tabAt + 1),
    };
  }
  return {
    code,
    severity: "error",
    message: `YAML: ${lowerFirst(error.message.slice(0, 120))}`,
    hint: SYNTAX_HINT,
    place: at(start, Math.max(end, start + 1)),
  };
}

function lowerFirst(text: string): string {
  return /^[A-Z][a-z]/.test(text) ? text.charAt(0).toLowerCase() + text.slice(1) : text;
}
