import { basename, relative } from "node:path";
import { shellWord } from "./text/shell-word.ts";

/**
 * What to type to call this command again: through npm if npm called it (`npm start`, `npx`), by its
 * name if it was found on the PATH, else as the script that it is.
 */
export function invokedAs(
  script: string,
  env: Readonly<Record<string, string | undefined>>,
  cwd: string,
): string {
  if (env.npm_execpath !== undefined) {
    return "npx espalier";
  }
  return basename(script) === "espalier" ? "espalier" : `node ${shellWord(relative(cwd, script))}`;
}
