/**
 * Answers in place of a model, so that the example runs without one. It works on what it is given: it
 * lists and reads files as a model would, looks for sentences that licences have, and quotes them.
 * It is easily taken in, as a model may be: what it claims is checked by code like everything else.
 */
import { type Json, standIn, z } from "espalier";

/** A sentence by which people know the licence → its SPDX id. Of one group the first that fits counts. */
const SENTENCES: readonly (readonly (readonly [RegExp, string])[])[] = [
  [[/Permission\s+is\s+hereby\s+granted,\s+free\s+of\s+charge,\s+to\s+any\s+person/i, "MIT"]],
  [
    [
      /Permission\s+to\s+use,\s+copy,\s+modify,?\s+and(?:\/or)?\s+distribute\s+this\s+software/i,
      "ISC",
    ],
  ],
  [
    [/names?\s+of[^.]{1,200}may\s+(?:not\s+)?be\s+used\s+to\s+endorse/i, "BSD-3-Clause"],
    [/Redistribution\s+and\s+use\s+in\s+source\s+and\s+binary\s+forms/i, "BSD-2-Clause"],
  ],
  [[/Blue Oak Model License/i, "BlueOak-1.0.0"]],
  [[/Apache License\s*,?\s+Version 2\.0/i, "Apache-2.0"]],
  [[/Mozilla Public License,? version 2\.0/i, "MPL-2.0"]],
  [[/CC0 1\.0 Universal|\bCC0-1\.0\b/i, "CC0-1.0"]],
  [
    [/GNU LESSER GENERAL PUBLIC LICENSE\s+Version 3/i, "LGPL-3.0-only"],
    [/GNU GENERAL PUBLIC LICENSE\s+Version 3/i, "GPL-3.0-only"],
    [/GNU GENERAL PUBLIC LICENSE\s+Version 2/i, "GPL-2.0-only"],
  ],
  [[/Creative Commons Attribution 4\.0|^Attribution 4\.0 International/im, "CC-BY-4.0"]],
  [[/This is free and unencumbered software released into the public domain/i, "Unlicense"]],
];
const CHOICE = /under\s+either\s+of\s+the\s+following|at\s+your\s+option|dual[- ]licensed/i;
/** What makes a careful reader stop. */
const STOPS =
  /[^.\n]*\b(?:except where|commons clause|may not sell|non-?commercial use only|parts of the software is derived)\b[^.\n]*/i;
const TAG = /SPDX-License-Identifier:\s*([A-Za-z0-9.()+ -]+?)\s*(?:\*\/|-->|$)/m;
const INTERESTING =
  /(?:^|\/)(?:(?:un)?licen[sc]es?|copying|copyright|notice)(?:[-._][^/]*)?$|^licen[sc]es?\//i;
/** Files read at once, and pages of each. */
const MOST_FILES = 5;
const MOST_PAGES = 4;

const Listing = z.object({ files: z.array(z.object({ path: z.string(), bytes: z.number() })) });
const Page = z.object({
  path: z.string(),
  text: z.string(),
  from: z.number(),
  next: z.number().nullable(),
});
type Page = z.infer<typeof Page>;

export default standIn((request, { turn }) => {
  if (turn === 0) {
    const text = "I look at which files the package has.";
    return { text, toolUse: [{ name: "list_files", input: {} }] };
  }
  const results = resultsIn(request.messages);
  const listing = results.map((value) => Listing.safeParse(value).data).find(Boolean);
  if (!listing) return { json: unclear("The package's files could not be listed.") };
  const pages = results.flatMap((value) => Page.safeParse(value).data ?? []);
  const read = filesOf(pages);

  const more = pages.filter(
    (page) =>
      page.next !== null &&
      !pages.some(({ path, from }) => path === page.path && from === page.next) &&
      pages.filter(({ path }) => path === page.path).length < MOST_PAGES,
  );
  const wanted = turn === 1 ? firstChoice(listing.files) : [];
  const found = identify(read);
  // Nothing in the files that should say it: some say it at the top of their source.
  const sources = !found && turn === 2 ? sourceFiles(listing.files) : [];
  const calls = [
    ...[...wanted, ...sources].map((path) => ({ path })),
    ...(turn < 8 ? more.map(({ path, next }) => ({ path, from: next })) : []),
  ].filter((input) => "from" in input || !read.has(input.path));
  if (calls.length > 0) {
    return {
      text: `I read ${calls.map(({ path }) => path).join(", ")}.`,
      toolUse: calls.slice(0, MOST_FILES).map((input) => ({ name: "read_file", input })),
    };
  }
  return { json: found ?? unclear("No file speaks of a licence.") };
});

function firstChoice(files: readonly { path: string }[]): string[] {
  const paths = files.map(({ path }) => path);
  const speaking = paths.filter((path) => INTERESTING.test(path) && !/\.[cm]?[jt]sx?$/.test(path));
  const readme = paths.filter((path) => /^readme/i.test(path));
  return [...speaking, ...readme, ...paths.filter((path) => path === "package.json")].slice(
    0,
    MOST_FILES,
  );
}

function sourceFiles(files: readonly { path: string }[]): string[] {
  return files
    .flatMap(({ path }) => (/\.(?:[cm]?[jt]s|css)$/.test(path) ? [path] : []))
    .slice(0, 2);
}

/** The claim that the files lead to; undefined if they say nothing. */
function identify(read: ReadonlyMap<string, string>): Json | undefined {
  const seen = [...read].map(([path, text]) => ({ path, text, ...licencesOf(text) }));
  const speaking = seen.filter(({ ids }) => ids.length > 0);
  // A licence file binds; without one, whatever speaks first does.
  const binding = speaking.filter(({ path }) => INTERESTING.test(path));
  const files = binding.length > 0 ? binding : speaking.slice(0, 1);
  const [first] = files;
  if (!first) return undefined;
  const expressions = [...new Set(files.map(({ expression }) => expression))].sort();
  const expression =
    expressions.length === 1 ? first.expression : expressions.map(bracketed).join(" AND ");
  for (const { path, text, ids } of files) {
    const stop = STOPS.exec(text);
    if (!stop) continue;
    const reason = `${path} reads like ${ids.join(", ")}, and then says more than that.`;
    return claim("unclear", expression, around(text, stop.index), path, 0.4, reason);
  }
  const reason = `${files.map(({ path, ids }) => `${path} has the sentences of ${ids.join(", ")}`).join("; ")}.`;
  const confidence = expressions.length === 1 && first.ids.length === 1 ? 0.9 : 0.7;
  return claim("settled", expression, around(first.text, first.at), first.path, confidence, reason);
}

const bracketed = (text: string) => (text.includes(" OR ") ? `(${text})` : text);

/** The licences whose sentences stand in a text, and where the passage to quote begins. */
function licencesOf(text: string): { ids: string[]; expression: string; at: number } {
  const tag = TAG.exec(text);
  if (tag?.[1]) return { ids: [tag[1]], expression: tag[1], at: tag.index };
  const hits = SENTENCES.flatMap((group) => {
    const found = group.map(([known, id]) => ({ match: known.exec(text), id }));
    const hit = found.find(({ match }) => match);
    return hit?.match ? [{ id: hit.id, at: hit.match.index }] : [];
  });
  const ids = hits.map(({ id }) => id).sort();
  const choice = ids.length > 1 ? CHOICE.exec(text) : null;
  const at = choice?.index ?? hits[0]?.at ?? 0;
  return { ids, expression: ids.join(choice ? " OR " : " AND "), at };
}

/** From where something was found to the end of its sentence, letter by letter. */
function around(text: string, at: number): string {
  const start = text.slice(0, at).search(/[^\n]*$/);
  return text.slice(start, start + 240).split(/(?<=[.:])\s*\n|\n\s*\n/)[0] ?? "";
}

function claim(
  verdict: "settled" | "unclear",
  expression: string,
  quote: string,
  path: string,
  confidence: number,
  reason: string,
): Json {
  return { verdict, expression, quote, path, confidence, reason: reason.slice(0, 400) };
}

function unclear(reason: string): Json {
  return { verdict: "unclear", expression: null, quote: "", path: null, confidence: 0, reason };
}

/** Pages put together, licence files first. */
function filesOf(pages: readonly Page[]): ReadonlyMap<string, string> {
  const texts = new Map<string, string>();
  for (const { path, text } of [...pages].sort((a, b) => a.from - b.from)) {
    texts.set(path, (texts.get(path) ?? "") + text);
  }
  return new Map([...texts].sort(([a], [b]) => rank(a) - rank(b)));
}

const rank = (path: string) => (INTERESTING.test(path) ? 0 : path === "package.json" ? 2 : 1);

/** What tools have answered. The loop wraps some results; what is in them counts. */
function resultsIn(messages: readonly { readonly content: readonly unknown[] }[]): Json[] {
  const Result = z.object({
    toolResult: z.object({ status: z.literal("success"), content: z.array(z.unknown()) }),
  });
  const Part = z.union([
    z.object({ json: z.object({ result: z.json() }) }).transform(({ json }) => json.result),
    z.object({ json: z.json() }).transform(({ json }) => json),
    z.object({ text: z.string() }).transform(({ text }) => parsed(text)),
  ]);
  return messages
    .flatMap(({ content }) => content)
    .flatMap((block) => Result.safeParse(block).data?.toolResult.content ?? [])
    .flatMap((part) => {
      const read = Part.safeParse(part);
      return read.success ? [read.data as Json] : [];
    });
}

function parsed(text: string): Json {
  try {
    return JSON.parse(text) as Json;
  } catch {
    return text;
  }
}
