/** The JSON value of a YAML document, built so that nothing in the file can make it explode. */
import {
  type Alias,
  type Document,
  isAlias,
  isMap,
  isScalar,
  isSeq,
  type Node,
  type Scalar,
  type YAMLMap,
  type YAMLSeq,
} from "yaml";
import type { Diagnostic, Place } from "./diagnostic.ts";

/** Values that all aliases together may stand for. */
const MAX_VALUES = 100_000;

type AnyNode = Alias | Scalar | YAMLMap | YAMLSeq;
type At = (start: number, end?: number) => Place;

/** Never throws. Findings are ESP107, ESP108, ESP109 and ESP111. */
export function jsonOf(
  document: Document,
  text: string,
  at: At,
): { readonly value: unknown; readonly diagnostics: readonly Diagnostic[] } {
  const builder = new Builder(text, at);
  const value = builder.build(document.contents as AnyNode | null);
  return { value, diagnostics: builder.diagnostics };
}

class Builder {
  readonly diagnostics: Diagnostic[] = [];
  private readonly text: string;
  private readonly at: At;
  /** Anchors whose values are being built: an alias to one of them would never end. */
  private readonly open = new Set<Node>();
  private readonly anchors = new Map<string, AnyNode>();
  private values = 0;
  private exploded = false;
  /** Above zero inside of an alias, where findings were made already at the anchor. */
  private aliases = 0;

  constructor(text: string, at: At) {
    this.text = text;
    this.at = at;
  }

  build(node: AnyNode | null): unknown {
    this.values++;
    if (node === null) return null;
    if (isAlias(node)) return this.alias(node);
    // The reader's own look-up walks the whole document for each alias.
    if (node.anchor !== undefined && this.aliases === 0) this.anchors.set(node.anchor, node);
    this.checkTag(node);
    if (isScalar(node)) return this.scalar(node, node.value);
    this.open.add(node);
    const value = isSeq(node)
      ? node.items.map((item) => this.build(item as AnyNode | null))
      : this.mapping(node);
    this.open.delete(node);
    return value;
  }

  private alias(node: Alias): unknown {
    const target = this.anchors.get(node.source);
    if (target === undefined) {
      this.find(
        "ESP110",
        node,
        `no anchor &${node.source} stands before this alias`,
        `Put &${node.source} before the value that is meant, further up; a text that begins with * needs quotes.`,
      );
      return null;
    }
    const endless = this.open.has(target);
    if (endless || this.values > MAX_VALUES) {
      if (!this.exploded) {
        this.exploded = true;
        this.diagnostics.push({
          code: "ESP108",
          severity: "error",
          message: endless
            ? `the alias *${node.source} stands inside of what it names`
            : `the aliases up to here stand for more than ${MAX_VALUES.toLocaleString("en")} values`,
          hint: "Write the values out.",
          place: this.place(node),
        });
      }
      return null;
    }
    this.aliases++;
    const value = this.build(target);
    this.aliases--;
    return value;
  }

  private mapping(node: Node): unknown {
    const result: Record<string, unknown> = {};
    const lines = new Map<string, number>();
    if (!isMap(node)) return result;
    for (const pair of node.items) {
      const key = this.key(pair.key as AnyNode | null, node);
      const value = this.build(pair.value as AnyNode | null);
      if (key === undefined) continue;
      const place = this.place(pair.key as Node);
      const before = lines.get(key);
      if (before !== undefined) {
        this.find(
          "ESP107",
          pair.key as Node,
          `the key "${key}" is given twice in the same mapping`,
          `The first one is on line ${before}; remove one of them.`,
        );
        continue;
      }
      lines.set(key, place.line);
      result[key] = value;
    }
    return result;
  }

  private key(node: AnyNode | null, parent: Node): string | undefined {
    const target = isAlias(node) ? this.anchors.get(node.source) : node;
    if (!isScalar(target) || target.value === null) {
      this.find("ESP111", node ?? parent, "every key is text; this one is not");
      return undefined;
    }
    if (target.value === "<<" && target.type === "PLAIN") {
      this.find(
        "ESP109",
        target,
        "merge keys (<<) are no part of YAML 1.2",
        "Write the keys out, or name the whole value with an alias.",
      );
      return undefined;
    }
    if (target.value === "__proto__") {
      this.find("ESP111", target, "a key cannot be named __proto__");
      return undefined;
    }
    // A number or true as a key is meant as its text: { 404: not found }.
    return typeof target.value === "string"
      ? target.value
      : (target.source ?? String(target.value));
  }

  private scalar(node: Node, value: unknown): unknown {
    if (value === null || typeof value === "string" || typeof value === "boolean") return value;
    if (typeof value === "number") {
      if (!Number.isFinite(value)) {
        this.find("ESP111", node, "JSON has no infinite number and no NaN");
      } else if (Number.isInteger(value) && !Number.isSafeInteger(value)) {
        this.find(
          "ESP111",
          node,
          "this whole number is too large to be kept exactly",
          "Put it in quotes, so that it is text.",
        );
      }
      return value;
    }
    this.find("ESP111", node, "JSON has no value of this kind");
    return null;
  }

  /** Tags of YAML's core say nothing new; all others ask for values that JSON does not have. */
  private checkTag(node: Node): void {
    const tag = (node as { tag?: string }).tag;
    if (tag === undefined || /^tag:yaml\.org,2002:(str|int|float|bool|null|map|seq)$/.test(tag)) {
      return;
    }
    this.find(
      "ESP111",
      node,
      `the tag ${tag.replace("tag:yaml.org,2002:", "!!").slice(0, 40)} has no meaning in JSON`,
      "Remove the tag.",
    );
  }

  private find(code: string, node: Node, message: string, hint?: string): void {
    if (this.aliases > 0) return;
    this.diagnostics.push({
      code,
      severity: "error",
      message,
      ...(hint === undefined ? {} : { hint }),
      place: this.place(node),
    });
  }

  private place(node: Node): Place {
    const [start, end] = node.range ?? [0, 0];
    return this.at(start, Math.min(Math.max(end, start + 1), this.text.length));
  }
}
