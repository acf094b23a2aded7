import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { digestOf } from "../../../lib/bundle/digest.ts";
import { componentFiles, listingOf, lockText, verifySnapshot } from "../../../lib/bundle/index.ts";
import { kitVersion } from "../../../lib/bundle/kit.ts";
import { readSnapshot } from "../../../lib/bundle/snapshot.ts";
import { BundleStore } from "../../../lib/local/runtime/bundle-store.ts";
import {
  DeploymentDocument,
  deploymentDocument,
  deploymentFrom,
} from "../../../lib/local/runtime/deployment-document.ts";
import { componentYaml, loadExample, playbook, useComponentProject } from "../../bundle/project.ts";
import { WORK } from "../../manifest/example-bundle.ts";
import { deploymentOf } from "../runtime-world.ts";

const project = useComponentProject();

const FILES = {
  ...playbook("components/playbooks/triage"),
  "components/toolsets/files/component.yaml": componentYaml("files", "toolset"),
  "components/toolsets/files/toolset.yaml":
    "tools:\n  list: { description: Lists., handler: list.ts, effect: read }\n",
  "components/toolsets/files/list.ts": WORK,
};
const ENTRY = "components/toolsets/files/list.ts";

async function example() {
  const uses = "{ playbooks: { triage: ^1.0.0 }, toolsets: { files: ^1.0.0 } }";
  const { bundle, diagnostics } = await loadExample(project, uses, FILES);
  if (!bundle) throw new Error(JSON.stringify(diagnostics));
  return bundle;
}

describe("a bundle's components", () => {
  it("come with it to the runtime of another process, and stay under its digest", async () => {
    const bundle = await example();
    const { plan } = deploymentOf({ startAt: "A", states: { A: { Type: "Succeed" } } });
    const { digest, code, files } = bundle;
    const own = [...bundle.sources].filter(([path]) => !path.startsWith("components/"));
    const sent = deploymentDocument({
      plan,
      digest,
      code,
      files,
      components: componentFiles(bundle.components),
      sources: new Map(own),
      lock: () => lockText(bundle, "local"),
    });
    const arrived = deploymentFrom(DeploymentDocument.parse(JSON.parse(JSON.stringify(sent))));
    const store = join(project.root, "store");
    await new BundleStore(store).save(arrived);

    const kept = await new BundleStore(store).load(digest);
    if (!kept) throw new Error("Nothing was kept.");
    const text = (path: string) => readFile(join(kept.components, path), "utf8");
    expect(await text("playbooks/triage/steps.md")).toBe("1. Read it.\n");
    // The source, and elsewhere what it was compiled to.
    expect(await text("toolsets/files/list.ts")).toBe(WORK);
    expect(await readFile(kept.codeOf(ENTRY), "utf8")).toBe(code.get(ENTRY)?.js);
    const snapshot = await readSnapshot(store, digest);
    for (const [path, bytes] of componentFiles(bundle.components)) {
      expect(Buffer.from(snapshot.get(path) ?? [])).toEqual(Buffer.from(bytes));
    }
    // Complete: what `bundle verify` needs to compute the digest.
    const listing = Buffer.from(listingOf(digest, snapshot));
    const verified = verifySnapshot(new Map([...snapshot, ["snapshot.json", listing]]));
    expect(verified).toMatchObject({ digest, problems: [], espalier: kitVersion() });
  });

  it("are covered by its digest, byte for byte", async () => {
    const { sources, code, digest } = await example();
    const parts = new Map<string, Uint8Array | string>(sources);
    for (const [entry, { js }] of code) parts.set(`compiled:${entry}`, js);
    expect(digestOf(parts)).toBe(digest);
    expect([...sources.keys()].sort()).toEqual([
      "components/playbooks/triage/component.yaml",
      "components/playbooks/triage/steps.md",
      "components/toolsets/files/component.yaml",
      "components/toolsets/files/list.ts",
      "components/toolsets/files/toolset.yaml",
      "workflow.yaml",
    ]);
  });
});
