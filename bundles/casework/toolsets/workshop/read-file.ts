import { StepError, step, z } from "espalier";
import { givenCase } from "./assignment.ts";
import { readListed } from "./bundle-files.ts";
import { baseOf } from "./copies.ts";
import { openProject } from "./project.ts";

/** Characters of one page. */
const PAGE = 12_000;

export default step({
  input: z.strictObject({
    path: z.string().min(1).max(300).describe("As list_files gives it."),
    from: z.int().min(0).describe("Position in the text to read from. Default 0.").optional(),
  }),
  output: z.object({
    path: z.string(),
    text: z.string(),
    from: z.int(),
    /** Where the next page begins; null at the end. */
    next: z.int().nullable(),
  }),
  async run({ path, from = 0 }, { given, run }) {
    const base = baseOf(await openProject(run), givenCase(given).workflow);
    const text = await readListed(base.bundle, path);
    if (text === undefined) {
      throw new StepError(
        "File.NotFound",
        `There is no text ${JSON.stringify(path)}. Take a path that list_files gives.`,
      );
    }
    const next = from + PAGE;
    return { path, text: text.slice(from, next), from, next: next < text.length ? next : null };
  },
});
