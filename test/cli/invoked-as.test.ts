import { describe, expect, it } from "vitest";
import { invokedAs } from "../../lib/cli/invoked-as.ts";

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
});
