import { step, z } from "espalier";
import { walkGiven } from "./given-package.ts";

const PAGE = 300;
/** Longer names are cut: what is listed is read by a model. */
const LONGEST = 200;

export default step({
  input: z.strictObject({
    from: z.int().min(0).describe("How many files to pass over. Default 0.").optional(),
  }),
  output: z.object({
    files: z.array(z.object({ path: z.string(), bytes: z.int() })),
    total: z.int(),
    next: z.int().nullable(),
  }),
  async run({ from = 0 }, { given, signal }) {
    const { entries } = await walkGiven(given, () => false, signal);
    const sorted = [...entries].sort((a, b) => depth(a.path) - depth(b.path));
    const files = sorted
      .slice(from, from + PAGE)
      .map(({ path, bytes }) => ({ path: path.slice(0, LONGEST), bytes }));
    const end = from + files.length;
    return { files, total: entries.length, next: end < entries.length ? end : null };
  },
});

/** What lies at the top comes first. */
function depth(path: string): number {
  return path.split("/").length;
}
