import { existsSync, readdirSync } from "node:fs";
import { join, resolve } from "node:path";
import { describe, expect, it } from "vitest";
import { environmentsBeside, loadBundle } from "../../lib/bundle/index.ts";
import { compile } from "../../lib/compiler/index.ts";
import { loadEnvironment } from "../../lib/manifest/environment/load-environments.ts";
import { LOCAL_ENVIRONMENT } from "../../lib/manifest/environment/local.ts";
import { TODAY } from "./bundle-of.ts";
import { lint } from "./lint.ts";

const folder = resolve(import.meta.dirname, "../../bundles");
const bundles = readdirSync(folder).filter((name) =>
  existsSync(join(folder, name, "workflow.yaml")),
);

/** What a run of each bundle pays for at most; a map's items and a repeat's rounds counted once. */
const TRANSITIONS: Readonly<Record<string, unknown>> = {
  casework: { states: 19, decisions: 5, longestPath: 16 },
  "license-review": { states: 18, decisions: 3, longestPath: 16 },
  "support-ticket": { states: 21, decisions: 8, longestPath: 17 },
};

/** What is meant to be so: the sender of a ticket is removed before a model sees the ticket. */
const WARNINGS: Readonly<Record<string, readonly string[]>> = {
  "support-ticket": ["warning ESP860"],
};

describe.each(bundles)("the bundle %s", (name) => {
  it("compiles without a finding to a machine that the linter accepts, in its number of states", async () => {
    const path = join(folder, name);
    const { environment } = loadEnvironment(LOCAL_ENVIRONMENT, environmentsBeside(path));
    const { bundle, diagnostics } = await loadBundle(path, { ...(environment && { environment }) });
    expect(diagnostics).toEqual([]);
    if (bundle === undefined) throw new Error(`${name} does not load`);
    const compiled = compile(bundle, { today: TODAY, models: "stand-in" });
    const told = compiled.diagnostics.map(({ code, severity }) => `${severity} ${code}`);
    expect(told).toEqual(WARNINGS[name] ?? []);
    expect(lint(compiled.plan?.definition ?? {})).toEqual([]);
    expect(compiled.plan?.transitions).toEqual(TRANSITIONS[name]);
  });
});
