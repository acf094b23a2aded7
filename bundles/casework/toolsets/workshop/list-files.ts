import { step, z } from "espalier";
import { givenCase } from "./assignment.ts";
import { listBundle } from "./bundle-files.ts";
import { RULES_FILE, readRules } from "./change-rules.ts";
import { baseOf } from "./copies.ts";
import { whyNotAllowed } from "./edits.ts";
import { openProject } from "./project.ts";

export default step({
  input: z.strictObject({}),
  output: z.object({
    files: z.array(z.object({ path: z.string(), bytes: z.int(), mayChange: z.boolean() })),
    /** What one proposal may do at most. */
    most: z.object({ files: z.int(), bytes: z.int() }),
  }),
  async run(_input, { given, run, file }) {
    const rules = readRules(await file(RULES_FILE).text());
    const base = baseOf(await openProject(run), givenCase(given).workflow);
    const files = await listBundle(base.bundle);
    return {
      files: files.map((each) => ({ ...each, mayChange: !whyNotAllowed(each.path, rules) })),
      most: { files: rules.files, bytes: rules.bytes },
    };
  },
});
