/** The full texts of the SPDX list, ready to be compared with. Built once per process, on first use. */
import list from "spdx-license-list/full.js";
import { LICENCE_IDS } from "../spdx/licence-ids.ts";
import { type Word, wordsOf } from "./words.ts";

export interface IndexedLicence {
  /** Several where SPDX gives one text several ids (`GPL-3.0-only`, `GPL-3.0-or-later`). */
  readonly ids: readonly string[];
  /** Distinct pairs of neighbouring words. */
  readonly pairs: readonly number[];
}

/** Shorter texts are found by chance. */
const MIN_PAIRS = 25;

/** Numbers for words, so that a pair of words is one number. */
export class Vocabulary {
  private readonly numbers = new Map<string, number>();

  /** The pairs of a text, in order; one fewer than it has words. */
  pairs(words: readonly Word[]): number[] {
    const pairs: number[] = [];
    let before: number | undefined;
    for (const { text } of words) {
      const number = this.numbers.get(text) ?? this.numbers.size + 1;
      this.numbers.set(text, number);
      if (before !== undefined) pairs.push(before * 2 ** 26 + number);
      before = number;
    }
    return pairs;
  }
}

interface Index {
  readonly vocabulary: Vocabulary;
  readonly licences: readonly IndexedLicence[];
}

let index: Index | undefined;

export function licenceIndex(): Index {
  index ??= build();
  return index;
}

function build(): Index {
  const vocabulary = new Vocabulary();
  const byText = new Map<string, { ids: string[]; pairs: number[] }>();
  for (const id of LICENCE_IDS) {
    for (const text of variants(list[id]?.licenseText ?? "")) {
      const pairs = [...new Set(vocabulary.pairs(wordsOf(text)))];
      if (pairs.length < MIN_PAIRS) continue;
      const key = pairs.join();
      const same = byText.get(key);
      if (same) same.ids.push(id);
      else byText.set(key, { ids: [id], pairs });
    }
  }
  const licences = [...byText.values()].map(({ ids, pairs }) => ({
    ids: ids.filter(isBase),
    pairs,
  }));
  return { vocabulary, licences };
}

/** `MPL-2.0-no-copyleft-exception` is the text of `MPL-2.0` with a notice elsewhere: the plain id is enough. */
function isBase(id: string, _: number, ids: readonly string[]): boolean {
  return !ids.some((other) => id.startsWith(`${other}-`));
}

/** Many copies leave out what follows the terms, the instructions for their use. */
function variants(text: string): string[] {
  const end = /end of terms and conditions/i.exec(text);
  return end ? [text, text.slice(0, end.index + end[0].length)] : [text];
}
