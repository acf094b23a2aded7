import { mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { componentOf } from "../../lib/bundle/index.ts";
import { componentYaml, loadExample, playbook, told, useComponentProject } from "./project.ts";

const project = useComponentProject();

const POLICY = "approval: release\ntitle: May it?\napprovers: [risk@example.com]\ndeadline: 3d\n";

describe("a component", () => {
  it("is found among the shared ones, with everything in its folder", async () => {
    const { bundle, diagnostics } = await loadExample(
      project,
      "{ approvals: { release: ^1.0.0 }, playbooks: { triage: 2026.11.1 } }",
      {
        "components/approvals/release/component.yaml": `${componentYaml("release", "approval")}description: Who may.\n`,
        "components/approvals/release/approval.yaml": POLICY,
        "components/approvals/release/notes/why.txt": "because\n",
        "components/approvals/release/node_modules/x/index.js": "",
        "components/approvals/release/.DS_Store": "",
        ...playbook("components/playbooks/triage", "2026.11.1"),
      },
    );
    expect(told(project, diagnostics)).toEqual([]);
    expect([...(bundle?.components.keys() ?? [])]).toEqual([
      "playbooks.triage",
      "approvals.release",
    ]);
    const release = bundle && componentOf(bundle.components, "approvals", "release");
    expect(release).toMatchObject({
      category: "approvals",
      kind: "approval",
      name: "release",
      version: "1.2.0",
      owner: "team@example.com",
      description: "Who may.",
      source: "shared",
      bound: null,
      at: ["uses", "approvals", "release"],
    });
    // Typed by the registry: an approval policy, with its defaults.
    expect(release?.document?.deadline).toBe("3d");
    expect([...(release?.files.keys() ?? [])].sort()).toEqual([
      "approval.yaml",
      "component.yaml",
      "notes/why.txt",
    ]);
    expect(release?.documentSource?.placeOf(["deadline"]).line).toBe(4);
    expect(bundle && componentOf(bundle.components, "playbooks", "triage")?.document).toBeNull();
    expect([...(bundle?.sources.keys() ?? [])]).toContain(
      "components/approvals/release/notes/why.txt",
    );
  });

  it("of the bundle's own hides a shared one", async () => {
    const { bundle } = await loadExample(project, "{ playbooks: { triage: ^1.0.0 } }", {
      ...playbook("components/playbooks/triage", "1.9.0"),
      ...playbook("example/playbooks/triage", "1.0.1"),
    });
    expect(bundle?.components.get("playbooks.triage")).toMatchObject({
      source: "bundle",
      version: "1.0.1",
    });
  });

  it.each([
    ["1.2.0", true],
    ["^1.0.0", true],
    [">=1 <2", true],
    ["1.2.x", true],
    ["~1.1.0", false],
    ["2.0.0", false],
  ])("of version 1.2.0 and the range %s: %s", async (range, expected) => {
    const { bundle } = await loadExample(
      project,
      `{ playbooks: { triage: "${range}" } }`,
      playbook("components/playbooks/triage"),
    );
    expect(bundle?.components.has("playbooks.triage")).toBe(expected);
  });
});

const TRIAGE = playbook("components/playbooks/triage");

describe("a finding about a component has its place", () => {
  const cases: readonly [string, string, Record<string, string>, string[]][] = [
    [
      "an unknown category",
      "{ playbook: { triage: ^1.0.0 } }",
      TRIAGE,
      [
        'example/workflow.yaml:5:9 ESP201 the key "playbook" is unknown here // Did you mean "playbooks"?',
      ],
    ],
    [
      "an alias that cannot be a name",
      "{ playbooks: { Triage: ^1.0.0 } }",
      TRIAGE,
      [
        'example/workflow.yaml:5:22 ESP210 "Triage" cannot be a name here // A lower-case letter, then lower-case letters, digits and dashes; at most 41 in all.',
      ],
    ],
    [
      "an alias given twice",
      "{ playbooks: { triage: ^1.0.0, triage: ^1.2.0 } }",
      TRIAGE,
      [expect.stringMatching(/^example\/workflow\.yaml:5:38 ESP107 .*triage/) as unknown as string],
    ],
    [
      "no version",
      "{ playbooks: { triage: newest } }",
      TRIAGE,
      [
        'example/workflow.yaml:5:30 ESP801 "newest" is neither a version nor a range of versions // Write an exact version such as 1.4.2 or 2026.11.1, or a range such as ^2.1.0.',
      ],
    ],
    [
      "a component that is nowhere, with a near name",
      "{ playbooks: { triag: ^1.0.0 } }",
      TRIAGE,
      [
        'example/workflow.yaml:5:22 ESP802 there is no component "triag" among playbooks // Did you mean "triage"? Looked in example/playbooks/triag/ and components/playbooks/triag/.',
      ],
    ],
    [
      "a component that is nowhere",
      "{ playbooks: { other: ^1.0.0 } }",
      TRIAGE,
      [
        'example/workflow.yaml:5:22 ESP802 there is no component "other" among playbooks // Looked for component.yaml in example/playbooks/other/ and components/playbooks/other/; there are triage.',
      ],
    ],
    [
      "a component of another category",
      "{ models: { triage: ^1.0.0 } }",
      TRIAGE,
      [
        'example/workflow.yaml:5:19 ESP806 "triage" is a playbook, and a model is expected here // Components under `models` lie in example/models/ and components/models/.',
      ],
    ],
    [
      "a version that is not there",
      "{ playbooks: { triage: ^2.0.0 } }",
      TRIAGE,
      [
        'example/workflow.yaml:5:30 ESP803 "triage" has version 1.2.0, which does not satisfy ^2.0.0 // It is components/playbooks/triage; change the version that is asked for, or the component.',
      ],
    ],
    [
      "a version that another one hides",
      "{ playbooks: { triage: ^1.0.0 } }",
      { ...TRIAGE, ...playbook("example/playbooks/triage", "2.0.0") },
      [
        'example/workflow.yaml:5:30 ESP803 "triage" has version 2.0.0, which does not satisfy ^1.0.0 // It is example/playbooks/triage, and hides the one in components/playbooks/triage.',
      ],
    ],
    [
      "component.yaml with a key too many, one missing and a bad version",
      "{ playbooks: { triage: ^1.0.0 } }",
      {
        ...TRIAGE,
        "components/playbooks/triage/component.yaml":
          "apiVersion: espalier/v1\ncomponent: triage\nkind: playbook\nversion: 2026.01.05\nowners: me\n",
      },
      [
        'components/playbooks/triage/component.yaml:1:1 ESP202 the key "owner" is missing here // Add `owner: …`.',
        'components/playbooks/triage/component.yaml:4:10 ESP212 "2026.01.05" is no semantic version // Write it without leading zeros: 2026.1.5.',
        'components/playbooks/triage/component.yaml:5:1 ESP201 the key "owners" is unknown here // Did you mean "owner"?',
      ],
    ],
    [
      "component.yaml that says another name and kind than its folder",
      "{ playbooks: { triage: ^1.0.0 } }",
      { ...TRIAGE, "components/playbooks/triage/component.yaml": componentYaml("other", "model") },
      [
        'components/playbooks/triage/component.yaml:2:12 ESP807 the component is called "other", and its folder "triage" // Give both the same name.',
        "components/playbooks/triage/component.yaml:3:7 ESP807 a component in this folder is a playbook, and no model // Write kind: playbook, or move the folder.",
      ],
    ],
    [
      "a kind that there is not",
      "{ playbooks: { triage: ^1.0.0 } }",
      {
        ...TRIAGE,
        "components/playbooks/triage/component.yaml": componentYaml("triage", "playbok"),
      },
      [
        'components/playbooks/triage/component.yaml:3:7 ESP204 the text "playbok" is not possible here // Did you mean playbook?',
      ],
    ],
    [
      "the file of its kind that is missing",
      "{ approvals: { release: ^1.0.0 } }",
      { "components/approvals/release/component.yaml": componentYaml("release", "approval") },
      [
        "components/approvals/release/component.yaml:3:1 ESP808 the component has no approval.yaml, which makes it an approval policy // Write components/approvals/release/approval.yaml.",
      ],
    ],
    [
      "the file of its kind that is wrong",
      "{ approvals: { release: ^1.0.0 } }",
      {
        "components/approvals/release/component.yaml": componentYaml("release", "approval"),
        "components/approvals/release/approval.yaml": POLICY.replace("3d", "3 days"),
      },
      [
        'components/approvals/release/approval.yaml:4:11 ESP211 "3 days" is no duration // A duration is a whole number and one of s, m, h, d: 30s, 5m, 12h, 7d.',
      ],
    ],
  ];

  it.each(cases)("%s", async (_name, uses, files, expected) => {
    const { bundle, diagnostics } = await loadExample(project, uses, files);
    expect(told(project, diagnostics)).toEqual(expected);
    expect(bundle?.components.size ?? 0).toBe(0);
  });

  it("also where the rest of the manifest is not sound", async () => {
    const { diagnostics } = await loadExample(
      project,
      "{ playbooks: { triage: ^2.0.0 } }\nlimit: {}",
      TRIAGE,
    );
    expect(diagnostics.map(({ code }) => code)).toEqual(["ESP803", "ESP201"]);
  });

  it("symbolic links in it, which would make it more than its folder", async () => {
    mkdirSync(join(project.root, "bundles/components/playbooks/triage"), { recursive: true });
    writeFileSync(join(project.root, "secret.md"), "secret");
    symlinkSync(
      join(project.root, "secret.md"),
      join(project.root, "bundles/components/playbooks/triage/link.md"),
    );
    const uses = "{ playbooks: { triage: ^1.0.0 } }";
    const { diagnostics } = await loadExample(project, uses, TRIAGE);
    expect(told(project, diagnostics)).toEqual([
      'components/playbooks/triage/component.yaml:1:1 ESP702 "link.md" of the component is no plain file with a usable name // A component is complete in itself: copy the file into it.',
    ]);
  });
});
