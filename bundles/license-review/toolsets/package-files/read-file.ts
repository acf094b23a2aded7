import { StepError, step, z } from "espalier";
import { walkGiven } from "./given-package.ts";
import { LIMITS } from "./walk-package.ts";

/** Characters of one page. */
const PAGE = 12_000;

export default step({
  input: z.strictObject({
    path: z.string().min(1).max(1000).describe("As list_files gives it."),
    from: z.int().min(0).describe("Position in the text to read from. Default 0.").optional(),
  }),
  output: z.object({
    path: z.string(),
    text: z.string(),
    from: z.int(),
    /** Where the next page begins; null at the end. */
    next: z.int().nullable(),
    /** Characters of the whole text. */
    of: z.int(),
  }),
  async run({ path, from = 0 }, { given, signal }) {
    const { files, entries } = await walkGiven(given, (each) => each === path, signal);
    const file = files.get(path);
    if (!file) {
      throw new StepError(
        "File.NotFound",
        `The package has no file ${JSON.stringify(path.slice(0, 200))}. Take a path that list_files gives.`,
      );
    }
    const text = textOf(file.body);
    const bytes = entries.find((entry) => entry.path === path)?.bytes ?? 0;
    if (text === undefined) {
      throw new StepError("File.NotText", `${JSON.stringify(path)} (${bytes} bytes) is no text.`);
    }
    const page = text.slice(from, from + PAGE);
    const next = from + page.length;
    const isCut = bytes > LIMITS.file && next >= text.length;
    return {
      path,
      text: isCut ? `${page}\n[cut here: only the first ${LIMITS.file} bytes can be read]` : page,
      from,
      next: next < text.length ? next : null,
      of: text.length,
    };
  },
});

/** Undefined if it is no text: a zero byte in it. */
export function textOf(body: Uint8Array): string | undefined {
  return body.includes(0) ? undefined : new TextDecoder().decode(body);
}
