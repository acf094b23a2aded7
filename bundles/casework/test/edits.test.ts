import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { ChangeRules } from "../toolsets/workshop/change-rules.ts";
import { applyEdits, whyNotAllowed } from "../toolsets/workshop/edits.ts";

const RULES: ChangeRules = { folders: { policy: "minor", code: "patch" }, files: 2, bytes: 100 };
const FILES: Readonly<Record<string, string>> = {
  "policy/rules.yaml": "allow:\n  - MIT\nreview:\n  - MPL-2.0\n",
  "code/a.ts": "a; b; a;\n",
  "code/b.ts": "b\n",
  "workflow.yaml": "version: 1.0.0\n",
};
const read = (path: string) => Promise.resolve(FILES[path]);
const edit = (file: string, find: string | null, replace: string) => ({ file, find, replace });

describe("edits", () => {
  it("are applied one after the other, letter by letter", async () => {
    const edits = [
      edit("policy/rules.yaml", "  - MPL-2.0\n", ""),
      edit("policy/rules.yaml", "  - MIT\n", "  - MIT\n  - $& MPL-2.0\n"),
      edit("policy/new.md", null, "New.\n"),
    ];
    const edited = await applyEdits(edits, RULES, read);
    expect(edited).toEqual({
      ok: true,
      files: new Map([
        ["policy/rules.yaml", "allow:\n  - MIT\n  - $& MPL-2.0\nreview:\n"],
        ["policy/new.md", "New.\n"],
      ]),
    });
  });

  it.each([
    ["nothing at all", [], "There are no edits."],
    ["a text that is not there", [edit("code/a.ts", "c", "d")], "does not stand in it"],
    ["an empty text", [edit("code/a.ts", "", "d")], "does not stand in it"],
    ["a text that is there twice", [edit("code/a.ts", "a;", "c;")], "stands in it 2 times"],
    ["a file that is not there", [edit("code/c.ts", "c", "d")], "is no file of the bundle"],
    ["a new file that is there", [edit("code/a.ts", null, "d")], "is there already"],
    ["a new file of another kind", [edit("code/a.sh", null, "d")], "no ending"],
    ["a change of nothing", [edit("code/b.ts", "b", "b")], "would stay as it is"],
    [
      "a file that grows too long",
      [edit("code/b.ts", "b", "é".repeat(51))],
      "103 bytes, at most 100",
    ],
    [
      "too many files",
      [edit("code/a.ts", "b", "c"), edit("code/b.ts", "b", "c"), edit("code/c.ts", null, "c")],
      "4 files would change, at most 2 may",
    ],
    ["the graph", [edit("workflow.yaml", "1.0.0", "2.0.0")], "only files in policy, code"],
    ["a scenario", [edit("scenarios/x/scenario.yaml", null, "")], "only files in policy, code"],
  ])("are refused whole for %s", async (_, edits, why) => {
    const both = [edit("policy/rules.yaml", "MIT", "ISC"), ...edits];
    const edited = await applyEdits(
      edits.length === 0 ? edits : both,
      { ...RULES, files: 2 },
      read,
    );
    const problems = edited.ok ? [] : edited.problems;
    expect(problems.join("\n")).toContain(why);
  });

  it("may touch no path that leads elsewhere, however it is written", () => {
    const odd = ["..", ".", "", "...", "~", ".env", "a b", "a\\..\\b", "a\0b", "C:", "policy"];
    const part = fc.oneof(fc.constantFrom(...odd), fc.string({ maxLength: 8 }));
    fc.assert(
      fc.property(fc.array(part, { maxLength: 5 }), (parts) => {
        const path = parts.join("/");
        const refused = whyNotAllowed(path, RULES);
        const leads = path.split("/");
        const isSafe = leads.every((name) => /^[\w@][\w@.-]*$/.test(name));
        const isAllowed = isSafe && leads.length > 1 && ["policy", "code"].includes(leads[0] ?? "");
        expect(refused === undefined).toBe(isAllowed);
      }),
    );
    for (const path of ["policy/../workflow.yaml", "/policy/a.md", "policy//a.md", "policy"]) {
      expect(whyNotAllowed(path, RULES), path).toBeDefined();
    }
  });
});
