/**
 * Puts a token in the place of every classed value, wherever it occurs: `[masked:CLASS:NUMBER]`. The
 * same value has the same token throughout, so that what was equal stays equal; the number counts
 * values in the order in which they were found, so that nobody can find a value by trying digests.
 */
import type { ClassedValue } from "../classed-values.ts";
import type { Json } from "../json.ts";
import { parse } from "./json-values.ts";

/** Shorter values are masked as words of their own: inside of words they are parts of anything. */
const SHORTEST_INSIDE = 4;
/** How often a value may be quoted in texts that are no JSON themselves. */
const QUOTED_TIMES = 4;

/** What stays as it is, whatever values are called. */
export interface Spared {
  key(key: string): boolean;
  member(name: string, value: Json): boolean;
}

const NOTHING: Spared = { key: () => false, member: () => false };

export class ValueMasks {
  readonly #tokens = new Map<string, string>();
  /** Values that say little by themselves: name, then value. They are masked under their name only. */
  readonly #named = new Map<string, Set<string>>();
  readonly #bySpelling = new Map<string, string>();
  #pattern: { readonly tokens: number; readonly all: RegExp } | undefined;

  get isEmpty(): boolean {
    return this.#tokens.size === 0;
  }

  add({ value, class: found, name, isListed }: ClassedValue): void {
    const text = String(value);
    if (text === "") return;
    if (!this.#tokens.has(text)) {
      this.#tokens.set(text, `[masked:${found}:${this.#tokens.size + 1}]`);
    }
    const saysLittle = isListed || typeof value === "boolean" || !/\p{L}{2}|.{4}/su.test(text);
    const key = saysLittle && name !== null ? name : "";
    const under = this.#named.get(key) ?? new Set();
    this.#named.set(key, under.add(text));
  }

  /** A text that is no JSON. */
  plainText(text: string): string {
    const pattern = this.#all();
    if (!pattern) return text;
    return text.replace(pattern, (found) => this.#bySpelling.get(found) ?? found);
  }

  /** The value itself where there is nothing to mask in it. */
  value(value: Json, spared: Spared = NOTHING, name: string | null = null): Json {
    if (typeof value === "string") {
      const whole = this.#tokenOf(value, name);
      if (whole !== undefined || /^sha256:[0-9a-f]{64}$/.test(value)) return whole ?? value;
      const parsed = /^\s*[[{"]/.test(value) ? parse(value) : undefined;
      if (parsed === undefined) return this.plainText(value);
      const masked = this.value(parsed, spared, name);
      return masked === parsed ? value : JSON.stringify(masked);
    }
    if (typeof value === "number" || typeof value === "boolean") {
      return this.#tokenOf(String(value), name) ?? value;
    }
    if (value === null) return value;
    if (Array.isArray(value)) {
      const masked = value.map((member) => this.value(member, spared, name));
      return masked.some((member, index) => member !== value[index]) ? masked : value;
    }
    const entries = Object.entries(value);
    const masked = entries.map(([key, member]): [string, Json] => [
      spared.key(key) ? key : (this.#tokenOf(key, null) ?? this.plainText(key)),
      spared.member(key, member) ? member : this.value(member, spared, key),
    ]);
    const isSame = masked.every(
      ([key, member], index) => key === entries[index]?.[0] && member === entries[index]?.[1],
    );
    return isSame ? value : Object.fromEntries(masked);
  }

  #tokenOf(text: string, name: string | null): string | undefined {
    const token = this.#tokens.get(text);
    if (token === undefined) return undefined;
    const isHere =
      this.#named.get("")?.has(text) || (name !== null && this.#named.get(name)?.has(text));
    return isHere ? token : undefined;
  }

  /** One pattern, so that no token is searched for values again; longer spellings go first. */
  #all(): RegExp | undefined {
    const values = this.#named.get("");
    if (values === undefined) return undefined;
    if (this.#pattern?.tokens === values.size) return this.#pattern.all;
    this.#bySpelling.clear();
    for (const value of values) {
      const token = this.#tokens.get(value);
      if (token === undefined) continue;
      for (const spelling of spellings(value)) this.#bySpelling.set(spelling, token);
    }
    const sources = [...this.#bySpelling.keys()].sort((a, b) => b.length - a.length).map(sourceOf);
    const all = new RegExp(sources.join("|"), "gu");
    this.#pattern = { tokens: values.size, all };
    return all;
  }
}

function sourceOf(spelling: string): string {
  const literal = spelling.replace(/[\\^$.*+?()[\]{}|/]/g, "\\$&");
  const isWord = spelling.length < SHORTEST_INSIDE || /^[\d.-]+$/.test(spelling);
  return isWord ? `(?<![\\p{L}\\p{N}])${literal}(?![\\p{L}\\p{N}])` : literal;
}

/** As it is, quoted in JSON up to four times, the same with nothing but ASCII, in a URL, and in base64. */
function spellings(value: string): Set<string> {
  const spelled = new Set([value]);
  let quoted = value;
  let ascii = value;
  for (let times = 0; times < QUOTED_TIMES; times += 1) {
    quoted = JSON.stringify(quoted).slice(1, -1);
    ascii = JSON.stringify(ascii)
      .slice(1, -1)
      .replace(/[^\0-\x7f]/g, (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, "0")}`);
    spelled.add(quoted).add(ascii);
  }
  if (value.length >= SHORTEST_INSIDE && !/\p{Surrogate}/u.test(value)) {
    spelled.add(encodeURIComponent(value));
    spelled.add(Buffer.from(value).toString("base64").replace(/=+$/, ""));
  }
  return spelled;
}
