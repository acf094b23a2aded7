/**
 * `import { z } from "espalier"` hands on a namespace, and esbuild keeps all of a namespace that is
 * handed on: every schema kind, the compiler of schemas and 50 translations, 750 KB. Of one that is
 * imported with `* as` it keeps what is used. So handlers are compiled as if they had written that.
 */
import { readFile } from "node:fs/promises";
import { extname } from "node:path";
import type { Loader, Plugin } from "esbuild";

/** The zod that `espalier` hands out; the kit resolves it, whatever the bundle has installed. */
export const KIT_ZOD = "espalier:zod";

/** What can precede an import. */
const BLANK = /(?:\s|\/\/[^\n]*|\/\*[\s\S]*?\*\/)+/y;
/** No brackets, quotes or comments in the clause: `import(…)` and oddities end the search. */
const IMPORT = /import\b([\w$\s,{}*]*)(["'])([^"'\n]*)\2(?:\s*with\s*\{[^{}]*\})?[^\S\n]*;?/y;
const NAMES = /^\s*\{[\w$\s,]*\}\s*from\s*$/;
const DEFAULT = /^\s*([\w$]+)\s+from\s*$/;
/** `z`, `z as zod`, `default as z`, with the comma behind it. */
const NAME = /(?<=[{,]\s*)(z|default)(?:\s+as\s+([\w$]+))?\s*(?=[,}]),?/g;

/**
 * The text of a module with `import { z } from "espalier"` (or `"zod"`) as `import * as z`. All other
 * names stay at their line and column. Only imports at the head of a module are looked at, where no
 * string or template can look like one.
 */
export function withDirectZod(text: string): string {
  let result = "";
  let at = text.startsWith("#!") ? text.indexOf("\n") : 0;
  if (at < 0) return text;
  result += text.slice(0, at);
  for (;;) {
    const blank = matchAt(BLANK, text, at);
    const statement = matchAt(IMPORT, text, at + (blank?.[0].length ?? 0));
    if (!statement) return result + text.slice(at);
    const [whole, clause = "", quote = "", from = ""] = statement;
    result += `${blank?.[0] ?? ""}${direct(clause, quote, from) ?? whole}`;
    at = statement.index + whole.length;
  }
}

function matchAt(pattern: RegExp, text: string, at: number): RegExpExecArray | null {
  pattern.lastIndex = at;
  return pattern.exec(text);
}

/** The statements that an import becomes; undefined where it stays as it is. */
function direct(clause: string, quote: string, from: string): string | undefined {
  if (from !== "espalier" && from !== "zod") return undefined;
  const namespace = (name: string) =>
    `import * as ${name} from ${quote}${from === "zod" ? from : KIT_ZOD}${quote};`;
  const [, only] = DEFAULT.exec(clause) ?? [];
  if (only !== undefined && only !== "type") {
    return from === "zod" ? namespace(only) : undefined;
  }
  if (!NAMES.test(clause)) return undefined;
  const spaces: string[] = [];
  const rest = clause.replace(NAME, (whole, exported: string, local: string | undefined) => {
    if (exported === "default" && (from !== "zod" || local === undefined)) return whole;
    spaces.push(namespace(local ?? "z"));
    return whole.replaceAll(/\S/g, " ");
  });
  if (spaces.length === 0) return undefined;
  const imports = spaces.join(" ");
  if (/\w/.test(rest.replace(/from\s*$/, ""))) {
    return `import${rest}${quote}${from}${quote}; ${imports}`;
  }
  return imports + "\n".repeat(clause.split("\n").length - 1);
}

const LOADERS: Readonly<Record<string, Loader>> = {
  ".ts": "ts",
  ".mts": "ts",
  ".tsx": "tsx",
  ".js": "js",
  ".mjs": "js",
  ".jsx": "jsx",
};

/** For the bundle's own files; packages are compiled as they are. `root` is its real path. */
export function directZod(root: string): Plugin {
  const own = root.replaceAll(/[\\^$.*+?()[\]{}|]/g, "\\$&");
  return {
    name: "direct-zod",
    setup(build) {
      build.onLoad(
        { filter: new RegExp(`^${own}[\\\\/].*\\.(?:m?ts|tsx|m?js|jsx)$`) },
        async (args) => {
          const loader = LOADERS[extname(args.path)];
          if (/[\\/]node_modules[\\/]/.test(args.path.slice(root.length)) || !loader)
            return undefined;
          const text = await readFile(args.path, "utf8");
          const changed = withDirectZod(text);
          return changed === text ? undefined : { contents: changed, loader };
        },
      );
    },
  };
}
