import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { digestOf } from "../../../lib/bundle/digest.ts";
import { prepareBundleSync } from "../../../lib/constructs/code/prepare-bundle-sync.ts";
import { prepareBundle } from "../../../lib/constructs/code/prepared-bundle.ts";
import { DiagnosticsError } from "../../../lib/manifest/diagnostic.ts";
import { playbook } from "../../bundle/project.ts";
import { exampleFiles, writeFiles } from "../../manifest/example-bundle.ts";
import { ORDERS } from "../synthesize.ts";

const root = mkdtempSync(join(tmpdir(), "espalier-prepare-"));
afterAll(() => rmSync(root, { recursive: true, force: true }));

function brokenBundle(): string {
  const folder = join(root, "broken");
  mkdirSync(folder);
  writeFileSync(
    join(folder, "workflow.yaml"),
    [
      "apiVersion: espalier/v1",
      "workflow: broken",
      "version: 1.0.0",
      "owners: { business: a@example.com, platform: b@example.com, risk: c@example.com }",
      "steps:",
      "  - id: first",
      "    set: { text: '{% $nothing %}' }",
      "  - id: second",
      "    task: code/missing.ts",
      "",
    ].join("\n"),
  );
  return folder;
}

describe("preparing a bundle", () => {
  it("gives the same inside of a constructor as outside, by an absolute or a relative path", async () => {
    const prepared = await prepareBundle(ORDERS);
    const sync = prepareBundleSync(relative(process.cwd(), ORDERS), "dev");
    expect(sync.plan).toEqual(prepared.plan);
    expect(sync.digest).toBe(prepared.digest);
    expect(sync.code).toEqual(prepared.code);
    expect([...sync.sources.keys()]).toEqual([...prepared.sources.keys()]);
    expect(prepareBundleSync(ORDERS, "dev")).toBe(sync);
  });

  it("keeps everything that the digest covers", async () => {
    const { sources, code, digest } = await prepareBundle(ORDERS);
    const parts = new Map<string, Uint8Array | string>(sources);
    for (const [entry, { js }] of code) parts.set(`compiled:${entry}`, js);
    expect(digestOf(parts)).toBe(digest);
    expect([...sources.keys()].sort()).toEqual([
      "approvals/confirm.yaml",
      "policy/prices.yaml",
      "workflow.yaml",
    ]);
  });

  it("takes the bindings of the environment that is named, also inside of a constructor", async () => {
    const folder = join(root, "bound/bundles/example");
    writeFiles(join(root, "bound/bundles"), {
      ...playbook("components/playbooks/careful"),
      "environments/prod.yaml": "bindings: { playbooks: { triage: careful@^1.0.0 } }\n",
      "environments/broken.yaml": "bindigns: {}\n",
    });
    const uses = "uses: { playbooks: { triage: { bind: playbooks.triage } } }\n";
    writeFiles(folder, exampleFiles({ keys: uses }));
    const prepared = await prepareBundle(folder, "prod");
    const path = "components/playbooks/triage/steps.md";
    expect(Buffer.from(prepared.sources.get(path) ?? []).toString()).toBe("1. Read it.\n");
    const sync = prepareBundleSync(folder, "prod");
    expect(sync.digest).toBe(prepared.digest);
    expect([...sync.sources.keys()]).toEqual([...prepared.sources.keys()]);
    await expect(prepareBundle(folder, "broken")).rejects.toThrow("ESP201");
    // Without a file, nothing is bound.
    await expect(prepareBundle(folder, "other")).rejects.toThrow("ESP805");
    expect(() => prepareBundleSync(folder, "other")).toThrow(/environments\/other\.yaml|ESP805/);
  });

  it("refuses a bundle that is not sound, with every finding", async () => {
    const folder = brokenBundle();
    const codes = (error: unknown) =>
      error instanceof DiagnosticsError
        ? error.diagnostics.map(({ code }) => code)
        : [String(error)];
    const outside = await prepareBundle(folder).then(() => [], codes);
    expect(outside).toContain("ESP703");
    let thrown: unknown;
    try {
      prepareBundleSync(folder, "dev");
    } catch (error) {
      thrown = error;
    }
    expect(codes(thrown)).toEqual(outside);
    expect(String(thrown)).toMatch(/workflow\.yaml:9:\d+ {2}ESP703/);
  });
});
