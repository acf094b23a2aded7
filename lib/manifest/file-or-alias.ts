/** How agents and policies are named: as a file of the bundle, or by the alias of a component. */
import { z } from "zod";
import { issue } from "./issue.ts";
import { quoted } from "./quoted.ts";
import { staysInside } from "./values.ts";

const ALIAS = /^[a-z][a-z0-9-]{0,40}$/;
const FILE = /\.ya?ml$/;

/** What looks like either. */
export const FILE_OR_ALIAS = new RegExp(`${FILE.source}|${ALIAS.source}`);

/** `folder` is where such files usually lie, and the category under `uses`. */
export function fileOrAlias(words: string, folder: "agents" | "approvals") {
  const hint = `Write a file of the bundle, ${folder}/NAME.yaml, or an alias of uses.${folder}.`;
  return z
    .string()
    .describe(`${words}: a file of the bundle, ${folder}/NAME.yaml, or an alias of uses.${folder}.`)
    .check((ctx) => {
      const text = ctx.value;
      if (isAlias(text) || (staysInside(text) && FILE.test(text))) return;
      const code = staysInside(text) ? "ESP204" : "ESP702";
      ctx.issues.push(issue(text, { code, message: `${quoted(text)} names no file`, hint }));
    });
}

/** Of a reference that the grammar let through. */
export function isAlias(text: string): boolean {
  return ALIAS.test(text);
}
