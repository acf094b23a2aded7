/** Edits of a bundle's files: what may be edited, and what comes of it. */
import { z } from "espalier";
import type { ChangeRules } from "./change-rules.ts";

export const Edit = z.strictObject({
  file: z.string().min(1).max(300).describe("Path in the bundle, as list_files gives it."),
  find: z
    .string()
    .max(20_000)
    .nullable()
    .describe("The text to replace: it stands in the file exactly once. null makes a new file."),
  replace: z.string().max(20_000).describe("What takes its place; of a new file, all of it."),
});
export type Edit = z.infer<typeof Edit>;

/** More of them nobody reads; the same bound as in `contracts/proposal.yaml`. */
export const Edits = z.array(Edit).max(20);

/** Endings of files that the allowed folders may get. */
const NEW_FILE = /\.(?:ya?ml|md|json|ts)$/;

export type Edited =
  | { readonly ok: true; readonly files: ReadonlyMap<string, string> }
  | { readonly ok: false; readonly problems: readonly string[] };

/**
 * Applies edits one after the other. `read` gives a file's text, undefined if there is none. Either all
 * of them can be made, or the problems say which cannot and why, in words for whoever proposed them.
 */
export async function applyEdits(
  edits: readonly Edit[],
  rules: ChangeRules,
  read: (path: string) => Promise<string | undefined>,
): Promise<Edited> {
  const files = new Map<string, string>();
  const problems: string[] = [];
  if (edits.length === 0) problems.push("There are no edits.");
  for (const [index, edit] of edits.entries()) {
    const at = `edit ${index + 1}, ${JSON.stringify(edit.file)}:`;
    const refused = whyNotAllowed(edit.file, rules);
    if (refused) {
      problems.push(`${at} ${refused}`);
      continue;
    }
    const before = files.get(edit.file) ?? (await read(edit.file));
    const after = edited(edit, before);
    if (typeof after === "object") problems.push(`${at} ${after.problem}`);
    else files.set(edit.file, after);
  }
  for (const [file, text] of files) {
    const bytes = Buffer.byteLength(text);
    if (bytes > rules.bytes) {
      problems.push(`${file} would have ${bytes} bytes, at most ${rules.bytes} are allowed.`);
    }
    if (text === (await read(file))) problems.push(`${file} would stay as it is.`);
  }
  if (files.size > rules.files) {
    problems.push(`${files.size} files would change, at most ${rules.files} may.`);
  }
  return problems.length > 0 ? { ok: false, problems } : { ok: true, files };
}

/** Paths lead nowhere else: relative, no dots, and in a folder that may be changed. */
export function whyNotAllowed(file: string, { folders }: ChangeRules): string | undefined {
  const parts = file.split("/");
  const isPlain = parts.every((part) => /^[A-Za-z0-9@_][A-Za-z0-9@_.-]*$/.test(part));
  if (!isPlain) return "is no path in the bundle.";
  const folder = parts.length > 1 ? parts[0] : undefined;
  if (folder !== undefined && Object.hasOwn(folders, folder)) return undefined;
  return `may not be changed, only files in ${Object.keys(folders).join(", ")}.`;
}

function edited(
  { file, find, replace }: Edit,
  before: string | undefined,
): string | { readonly problem: string } {
  if (find === null) {
    if (before !== undefined) return { problem: "is there already: say what to find in it." };
    if (!NEW_FILE.test(file)) return { problem: "has no ending that a new file may have." };
    return replace;
  }
  if (before === undefined) return { problem: "is no file of the bundle." };
  const times = find === "" ? 0 : before.split(find).length - 1;
  if (times === 1) return before.split(find).join(replace);
  return {
    problem:
      times === 0
        ? "the text to find does not stand in it."
        : `the text to find stands in it ${times} times: find more around it.`,
  };
}
