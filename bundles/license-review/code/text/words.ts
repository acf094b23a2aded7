/** A text as licences are compared: words without case, punctuation, decoration and copyright lines. */

export interface Word {
  readonly text: string;
  /** Line in which it stands, from 0. */
  readonly line: number;
}

/** Who holds the copyright is no part of the licence; names and years differ in every copy. */
const COPYRIGHT_LINE =
  /^[^a-z0-9©(]*(?:portions (?:of this software )?(?:are )?)?(?:copyright\b|copr\.|\(c\)|©).*$|^\W*all rights reserved\.?\W*$/i;

/** Splits a text into words. */
export function wordsOf(text: string): Word[] {
  const words: Word[] = [];
  const lines = text.split(/\r\n?|\n/);
  for (const [line, content] of lines.entries()) {
    if (isCopyrightLine(content)) continue;
    for (const [word] of simplify(content).matchAll(/[a-z0-9]+/g)) words.push({ text: word, line });
  }
  return words;
}

/** True for "Copyright (c) 2020 Somebody", false for a sentence of the licence that begins so. */
export function isCopyrightLine(line: string): boolean {
  return (
    COPYRIGHT_LINE.test(line) &&
    !/^\W*copyright (?:and|holders?|notices?|owners?|law|licen[sc]e)\b/i.test(line)
  );
}

function simplify(line: string): string {
  return line
    .toLowerCase()
    .replace(/<\/?[a-z][^<>]{0,80}>/g, " ")
    .replace(/&(?:quot|ldquo|rdquo|amp|nbsp|#\d+);/g, " ")
    .replace(/['’]/g, "")
    .replace(/\bsub-?licen[sc]e/g, "sublicense")
    .replace(/licence/g, "license")
    .replace(/\bnon-commercial/g, "noncommercial")
    .replace(/https:/g, "http:");
}
