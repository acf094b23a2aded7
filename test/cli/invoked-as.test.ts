import { describe, expect, it } from "vitest";
import { invokedAs } from "../../lib/cli/invoked-as.ts";
import { firstDifference } from "../../lib/cli/text/first-difference.ts";
import { shellWord } from "../../lib/cli/text/shell-word.ts";

describe("how to call the command again", () => {
  it.each([
    ["through npm", "/p/node_modules/.bin/espalier", { npm_execpath: "/npm" }, "npx espalier"],
    ["by npm start", "/p/bin/espalier.js", { npm_execpath: "/npm" }, "npx espalier"],
    ["by its name", "/usr/local/bin/espalier", {}, "espalier"],
    ["as a script", "/p/bin/espalier.js", {}, "node bin/espalier.js"],
    ["as a script elsewhere", "/a b/espalier.js", {}, "node '../a b/espalier.js'"],
  ])("%s", (_name, script, env, says) => {
    expect(invokedAs(script, env, "/p")).toBe(says);
  });

  it("quotes what a shell would take apart", () => {
    expect(shellWord("it's")).toBe("'it'\\''s'");
    expect(shellWord("inspect[3]")).toBe("'inspect[3]'");
    expect(shellWord("a/b.json")).toBe("a/b.json");
  });
});

describe("the first difference of two texts", () => {
  it("is a line of either, or the end", () => {
    expect(firstDifference("a\nb", "a\nb")).toBeUndefined();
    expect(firstDifference("a\nb", "a\nc")).toEqual({ line: 2, found: "b", expected: "c" });
    expect(firstDifference("a", "a\nc")).toEqual({ line: 2, found: undefined, expected: "c" });
  });
});
