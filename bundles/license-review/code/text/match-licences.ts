/**
 * Finds the licences whose full text a document holds. The measure is the share of a licence's pairs
 * of neighbouring words that the document has, which reads over names, years, line breaks and small
 * rewordings, but not over a missing or an added clause.
 */
import { type IndexedLicence, licenceIndex } from "./licence-index.ts";
import { type Word, wordsOf } from "./words.ts";

/** Share of a licence's word pairs that must be there. Below it the nearest licences begin to mix. */
const MIN_SIMILARITY = 0.9;

/** Weight of a missing pair: a longer licence wins over one that it contains only if it is all there. */
const MISSING = 1;

/** Stretches shorter than this share of the longest are phrases that other licences use too ("as is"). */
const MIN_CLUSTER = 0.15;

/** So are longer ones that only keep coming back to the licence's words. */
const MIN_DENSITY = 0.85;

/** Words apart up to which two stretches belong to one text. */
const MAX_GAP = 4;

/** More is no licence file. */
const MAX_MATCHES = 8;

export interface TextMatch {
  /** Ids of the licence; several where SPDX knows one text under several ids. */
  readonly ids: readonly string[];
  /** 0.9 to 1. */
  readonly similarity: number;
  /** First line of the document that belongs to it, from 0. */
  readonly line: number;
}

export interface MatchResult {
  /** In the order of the document. */
  readonly matches: readonly TextMatch[];
  /** Words that belong to no match, line by line: additions, exceptions, other texts. */
  readonly rest: readonly { readonly line: number; readonly text: string }[];
}

export function matchLicences(text: string): MatchResult {
  const words = wordsOf(text);
  const { vocabulary, licences } = licenceIndex();
  const pairs = vocabulary.pairs(words);
  const taken = new Uint8Array(words.length);
  const matches: (TextMatch & { start: number })[] = [];

  while (matches.length < MAX_MATCHES) {
    const open = new Set(pairs.filter((_, i) => !taken[i] || !taken[i + 1]));
    const best = findBest(licences, open);
    if (!best) break;
    const positions = positionsOf(best.licence, pairs, taken);
    const [start] = positions;
    if (start === undefined) break;
    for (const position of positions) taken[position] = 1;
    const line = words[start]?.line ?? 0;
    matches.push({ ids: best.licence.ids, similarity: best.similarity, line, start });
  }
  matches.sort((a, b) => a.start - b.start);
  return {
    matches: matches.map(({ ids, similarity, line }) => ({ ids, similarity, line })),
    rest: restOf(words, taken),
  };
}

export interface Cover {
  /** By id: share of its text's word pairs that the document has, 0 to 1. */
  readonly similarity: ReadonlyMap<string, number>;
  /** Words that belong to none of the texts, line by line. */
  readonly rest: MatchResult["rest"];
}

/** What a document has of the texts of given licences: a claim is checked, nothing is looked for. */
export function coverLicences(text: string, ids: readonly string[]): Cover {
  const words = wordsOf(text);
  const { vocabulary, licences } = licenceIndex();
  const pairs = vocabulary.pairs(words);
  const present = new Set(pairs);
  const taken = new Uint8Array(words.length);
  const similarity = new Map<string, number>();
  for (const id of ids) {
    for (const licence of licences.filter((each) => each.ids.includes(id))) {
      const found = licence.pairs.filter((pair) => present.has(pair)).length;
      const share = found / licence.pairs.length;
      similarity.set(id, Math.max(share, similarity.get(id) ?? 0));
      // Of each text alone, so that one does not hide what is missing of another.
      const positions = positionsOf(licence, pairs, new Uint8Array(words.length));
      for (const position of positions) taken[position] = 1;
    }
  }
  return { similarity, rest: restOf(words, taken) };
}

function findBest(
  licences: readonly IndexedLicence[],
  open: ReadonlySet<number>,
): { licence: IndexedLicence; similarity: number } | undefined {
  let best: { licence: IndexedLicence; similarity: number; score: number } | undefined;
  for (const licence of licences) {
    const total = licence.pairs.length;
    if (total * MIN_SIMILARITY > open.size) continue;
    const allowed = total - Math.ceil(total * MIN_SIMILARITY);
    let missing = 0;
    for (const pair of licence.pairs) {
      if (!open.has(pair) && ++missing > allowed) break;
    }
    if (missing > allowed) continue;
    const score = total - missing - MISSING * missing;
    if (!best || score > best.score) best = { licence, similarity: 1 - missing / total, score };
  }
  return best;
}

/** Positions of the words that a licence covers, stray phrases left out. */
function positionsOf(
  licence: IndexedLicence,
  pairs: readonly number[],
  taken: Uint8Array,
): number[] {
  const known = new Set(licence.pairs);
  const covered = new Set<number>();
  pairs.forEach((pair, i) => {
    if (!known.has(pair) || (taken[i] && taken[i + 1])) return;
    covered.add(i);
    covered.add(i + 1);
  });
  const clusters: number[][] = [];
  for (const position of [...covered].sort((a, b) => a - b)) {
    const cluster = clusters.at(-1);
    if (cluster && position - (cluster.at(-1) ?? 0) <= MAX_GAP) cluster.push(position);
    else clusters.push([position]);
  }
  const longest = Math.max(0, ...clusters.map((cluster) => cluster.length));
  return clusters
    .filter((cluster) => {
      const span = (cluster.at(-1) ?? 0) - (cluster[0] ?? 0) + 1;
      const long = cluster.length >= MIN_CLUSTER * longest;
      return cluster.length === longest || (long && cluster.length >= MIN_DENSITY * span);
    })
    .flat();
}

function restOf(words: readonly Word[], taken: Uint8Array): { line: number; text: string }[] {
  const rest: { line: number; text: string }[] = [];
  words.forEach((word, i) => {
    if (taken[i]) return;
    const last = rest.at(-1);
    if (last && last.line === word.line) last.text += ` ${word.text}`;
    else rest.push({ line: word.line, text: word.text });
  });
  return rest;
}
