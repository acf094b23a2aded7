import { existsSync, readdirSync } from "node:fs";
import { join, resolve } from "node:path";
import { describe, expect, it } from "vitest";
import { loadBundle } from "../../lib/bundle/index.ts";
import { compile } from "../../lib/compiler/index.ts";
import { TODAY } from "./bundle-of.ts";
import { lint } from "./lint.ts";

const folder = resolve(import.meta.dirname, "../../bundles");
const bundles = readdirSync(folder).filter((name) =>
  existsSync(join(folder, name, "workflow.yaml")),
);

/** What a run of each bundle pays for at most; a map's items and a repeat's rounds counted once. */
const TRANSITIONS: Readonly<Record<string, unknown>> = {
  "license-review": { states: 9, decisions: 1, longestPath: 8 },
};

describe.each(bundles)("the bundle %s", (name) => {
  it("compiles without a finding to a machine that the linter accepts, in its number of states", async () => {
    const { bundle, diagnostics } = await loadBundle(join(folder, name));
    expect(diagnostics).toEqual([]);
    if (bundle === undefined) throw new Error(`${name} does not load`);
    const compiled = compile(bundle, { today: TODAY });
    expect(compiled.diagnostics).toEqual([]);
    expect(lint(compiled.plan?.definition ?? {})).toEqual([]);
    expect(compiled.plan?.transitions).toEqual(TRANSITIONS[name]);
  });
});
