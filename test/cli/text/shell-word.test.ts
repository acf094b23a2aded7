import { describe, expect, it } from "vitest";
import { shellWord } from "../../../lib/cli/text/shell-word.ts";

describe("a word for a shell", () => {
  it("quotes what a shell would take apart", () => {
    expect(shellWord("it's")).toBe("'it'\\''s'");
    expect(shellWord("inspect[3]")).toBe("'inspect[3]'");
    expect(shellWord("a/b.json")).toBe("a/b.json");
  });
});
