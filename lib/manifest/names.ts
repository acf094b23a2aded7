/** What no single node shows: names used twice, entries that are never reached. */
import type { Diagnostic } from "./diagnostic.ts";
import type { Path, SourceMap } from "./source.ts";

/** Walks the manifest as written, so that findings of the grammar hide none of these. */
export function checkNames(value: unknown, source: SourceMap): readonly Diagnostic[] {
  const diagnostics: Diagnostic[] = [];
  const first = new Map<string, { readonly path: Path; readonly what: string }>();

  function find(code: string, path: Path, message: string, hint?: string): void {
    const place = source.placeOf(path);
    diagnostics.push({ code, severity: "error", message, ...(hint ? { hint } : {}), place });
  }

  function name(text: unknown, path: Path, what: string): void {
    if (typeof text !== "string") return;
    const before = first.get(text);
    if (before === undefined) {
      first.set(text, { path, what });
      return;
    }
    find(
      "ESP208",
      path,
      `"${text}" names something else already`,
      `${before.what} on line ${source.placeOf(before.path).line} has this name; names are unique in the whole workflow.`,
    );
  }

  function steps(list: unknown, path: Path): void {
    if (!Array.isArray(list)) return;
    for (const [index, item] of list.entries()) {
      if (isMapping(item)) step(item, [...path, index]);
    }
  }

  function step(node: Mapping, path: Path): void {
    name(node.id, [...path, "id"], "A step");
    if ("map" in node) name(node.as, [...path, "as"], "The item of a map");
    steps(node.steps, [...path, "steps"]);
    if (Array.isArray(node.switch)) cases(node.switch, [...path, "switch"]);
    if (isMapping(node.parallel)) {
      for (const [branch, list] of Object.entries(node.parallel)) {
        steps(list, [...path, "parallel", branch]);
      }
    }
    for (const key of ["retry", "catch"]) {
      const entries = node[key];
      if (!Array.isArray(entries)) continue;
      catchAll(entries, [...path, key]);
      for (const [index, entry] of entries.entries()) {
        if (isMapping(entry)) steps(entry.steps, [...path, key, index, "steps"]);
      }
    }
  }

  function cases(list: readonly unknown[], path: Path): void {
    for (const [index, item] of list.entries()) {
      if (!isMapping(item)) continue;
      steps(item.steps, [...path, index, "steps"]);
      steps(item.otherwise, [...path, index, "otherwise"]);
      if ("otherwise" in item && index < list.length - 1) {
        find(
          "ESP216",
          [...path, index + 1],
          "this case is never reached: `otherwise` stands before it",
          "Move `otherwise` to the end.",
        );
      }
    }
  }

  /** Step Functions wants States.ALL alone in its list, and that entry last. */
  function catchAll(entries: readonly unknown[], path: Path): void {
    for (const [index, entry] of entries.entries()) {
      if (!isMapping(entry) || !Array.isArray(entry.on) || !entry.on.includes("States.ALL"))
        continue;
      if (entry.on.length > 1) {
        find(
          "ESP216",
          [...path, index, "on"],
          "States.ALL means every error, so no other name beside it is ever asked",
          "Let it stand alone.",
        );
      }
      if (index < entries.length - 1) {
        find(
          "ESP216",
          [...path, index + 1],
          "this entry is never reached: States.ALL stands before it",
          "Move the entry with States.ALL to the end.",
        );
      }
    }
  }

  if (isMapping(value)) steps(value.steps, ["steps"]);
  return diagnostics;
}

type Mapping = Readonly<Record<string, unknown>>;

function isMapping(value: unknown): value is Mapping {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
