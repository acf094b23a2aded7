/** Which file each stretch of a compiled file comes from. */
import { sha256 } from "../digest.ts";
import type { CodeDigests } from "./part.ts";

/** esbuild writes the name of each module above what is left of it. */
const MODULE = /^\s*\/\/ (\S.*)$/;

/**
 * By canonical path (`code/send.ts`, `node_modules/zod/…`, `espalier/lib/…`): the compiled text of the
 * module. What stands before the first is the kit's, as `espalier`.
 */
export function codeModules(code: {
  readonly js: string;
  readonly map: string;
}): ReadonlyMap<string, string> {
  const names = new Set((JSON.parse(code.map) as { sources: string[] }).sources);
  const modules = new Map<string, string>();
  let current = "espalier";
  for (const line of code.js.split("\n")) {
    const name = MODULE.exec(line)?.[1];
    if (name !== undefined && names.has(name)) {
      current = name;
      continue;
    }
    if (line.startsWith("//# sourceMappingURL=")) continue;
    modules.set(current, `${modules.get(current) ?? ""}${line}\n`);
  }
  return modules;
}

/** `own`: of the bundle or a component; otherwise a package's, or the kit's. */
export function originOf(module: string): "own" | "package" | "kit" {
  if (module === "espalier" || module.startsWith("espalier/")) return "kit";
  return module.startsWith("node_modules/") ? "package" : "own";
}

export function codeDigests(code: { readonly js: string; readonly map: string }): CodeDigests {
  const modules = [...codeModules(code)];
  const digestOf = (origin: "own" | "package") => {
    const lines = modules
      .filter(([name]) => originOf(name) === origin)
      .map(([name, text]) => `${JSON.stringify(name)} ${sha256(text)}\n`)
      .sort();
    return lines.length === 0 ? null : sha256(lines.join(""));
  };
  return {
    compiled: sha256(code.js),
    own: digestOf("own") ?? sha256(""),
    packages: digestOf("package"),
  };
}
