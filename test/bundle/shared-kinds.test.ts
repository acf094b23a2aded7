/** Kinds of components that stand in the place of files of the bundle, or add to what those say. */
import { describe, expect, it } from "vitest";
import { compile } from "../../lib/compiler/index.ts";
import { agentText, MODEL, OWN, PROMPT, TOOL } from "../../lib/manifest/codes/agent-example.ts";
import { loadExample, playbook, told, useComponentProject } from "./project.ts";

const project = useComponentProject();

const POLICY = "approval: release\ntitle: May it?\napprovers: [risk@example.com]\ndeadline: 3d\n";
const PRICES =
  "prices: { currency: USD, input: 3, output: 15, date: 2026-11-01, source: https://example.com }\n";
const AT = "components/agents/finder";
const FILES = {
  "components/approvals/release/component.yaml": OWN("release", "approval"),
  "components/approvals/release/approval.yaml": POLICY,
  "components/models/reader/component.yaml": OWN("reader", "model"),
  "components/models/reader/model.yaml": `ids: { bedrock: some.model }\n${MODEL}${PRICES}`,
  "components/guardrails/polite/component.yaml": OWN("polite", "guardrail"),
  "components/guardrails/polite/guardrail.yaml": "{ id: abc123, version: '4' }\n",
  "components/config/thresholds/component.yaml": OWN("thresholds", "config"),
  "components/config/thresholds/config.yaml": "{ most: 5 }\n",
  "components/toolsets/files/component.yaml": OWN("files", "toolset"),
  "components/toolsets/files/toolset.yaml":
    "tools: { write: { description: Writes., handler: tool.ts, effect: write } }\n",
  "components/toolsets/files/tool.ts": TOOL,
  ...playbook("components/playbooks/triage"),
  [`${AT}/component.yaml`]: OWN("finder", "agent"),
  [`${AT}/agent.yaml`]: `${agentText({
    tools: "{ files: [write] }",
    approve:
      "approve: { policy: release, tools: [write] }\nguardrail: polite\nplaybooks: [triage]\n",
    artifact: "contracts/found.yaml",
  })}standIn: finder.stand-in.ts\n`,
  [`${AT}/contracts/found.yaml`]: "type: object\nproperties: { quote: { type: string } }\n",
  [`${AT}/prompts/ask.md`]: PROMPT,
  [`${AT}/finder.stand-in.ts`]:
    'import { standIn } from "espalier";\nexport default standIn(() => ({ json: {} }));\n',
};
const USES =
  "{ agents: { finder: ^1.0.0 }, approvals: { release: ^1.0.0 }, config: { thresholds: ^1.0.0 }, guardrails: { polite: ^1.0.0 }, models: { reader: ^1.0.0 }, playbooks: { triage: ^1.0.0 }, toolsets: { files: ^1.0.0 } }";
const STEPS = `steps:
  - { id: most, set: "{% $config.thresholds.most %}" }
  - { id: review, approval: release, with: { most: "{% $most %}" } }
  - { id: found, agent: finder, with: { question: "{% $config.own %}" } }
`;

async function load(files: Readonly<Record<string, string>> = {}, steps = STEPS, uses = USES) {
  const manifest = `apiVersion: espalier/v1
workflow: example
version: 1.0.0
owners: { business: a@example.com, platform: b@example.com, risk: c@example.com }
uses: ${uses}
config: { own: hello }
${steps}`;
  const { bundle, diagnostics } = await loadExample(project, "{}", {
    ...FILES,
    ...files,
    "example/workflow.yaml": manifest,
  });
  const compiled = bundle && compile(bundle, { today: "2026-11-21", models: "stand-in" });
  const all = [...diagnostics, ...(compiled?.diagnostics ?? [])];
  return { bundle, plan: compiled?.plan, told: told(project, all) };
}

describe("a bundle of shared components", () => {
  it("takes agent, policy, guardrail, playbook and configuration from them", async () => {
    const { bundle, plan, told } = await load();
    expect(told).toEqual([]);
    expect(plan?.config).toEqual({ own: "hello", thresholds: { most: 5 } });
    expect(JSON.stringify(plan?.definition)).toContain('\\"thresholds\\":{\\"most\\":5}');
    expect(plan?.approvals.map(({ step, policy }) => [step, policy.approval])).toEqual([
      ["review", "release"],
      ["found", "release"],
    ]);
    const agent = plan?.functions.find(({ name }) => name === "found");
    if (agent?.kind !== "agent") throw new Error("There is no agent.");
    const { document } = agent;
    expect(document.model.guardrail).toEqual({ id: "abc123", version: "4" });
    expect(agent.permissions).toContainEqual(
      expect.objectContaining({ actions: ["bedrock:ApplyGuardrail"] }),
    );
    expect(document.artifact).toMatchObject({ properties: { quote: { type: "string" } } });
    expect(document.prompt.parts[0]).toEqual({
      role: "system",
      pieces: [{ text: "1. Read it." }],
    });
    expect([...(bundle?.code.keys() ?? [])].sort()).toEqual([
      `${AT}/finder.stand-in.ts`,
      "components/toolsets/files/tool.ts",
    ]);
    expect([...(bundle?.sources.keys() ?? [])]).toContain(`${AT}/contracts/found.yaml`);
  });

  it("is another one when any of them changes", async () => {
    const digests = new Set<string | undefined>();
    for (const [path, text] of [
      ["none", ""],
      [`${AT}/prompts/ask.md`, PROMPT.replace("# user", "# user\nPlease:")],
      [`${AT}/contracts/found.yaml`, "type: object\n"],
      ["components/approvals/release/approval.yaml", POLICY.replace("3d", "4d")],
      ["components/config/thresholds/config.yaml", "{ most: 6 }\n"],
      ["components/guardrails/polite/guardrail.yaml", "{ id: abc123, version: '5' }\n"],
      ["components/playbooks/triage/steps.md", "1. Skim it.\n"],
    ] as const) {
      const { bundle, told } = await load({ [path]: text });
      expect(told).toEqual([]);
      digests.add(bundle?.digest);
    }
    expect(digests.size).toBe(7);
  });

  const cases: readonly [string, Record<string, string>, string | undefined, RegExp][] = [
    [
      "an approval by an alias that is not used",
      {},
      STEPS.replace("approval: release", "approval: releas"),
      /^example\/workflow\.yaml:9:29 ESP851 nothing under uses\.approvals is called "releas" .*Did you mean "release"\?/,
    ],
    [
      "an agent by an alias that is not used",
      {},
      STEPS.replace("agent: finder", "agent: seeker"),
      /ESP851 nothing under uses\.agents is called "seeker"/,
    ],
    [
      "a file that the agent's folder has not",
      {
        [`${AT}/agent.yaml`]: FILES[`${AT}/agent.yaml`].replace("prompts/ask.md", "prompts/no.md"),
      },
      undefined,
      /^components\/agents\/finder\/agent\.yaml:4:15 ESP703/,
    ],
    [
      "a path out of the agent's folder",
      { [`${AT}/agent.yaml`]: FILES[`${AT}/agent.yaml`].replace("prompts/ask", "../ask") },
      undefined,
      /^components\/agents\/finder\/agent\.yaml:4:15 ESP702/,
    ],
    [
      "a guardrail and a playbook that are not used",
      {
        [`${AT}/agent.yaml`]: FILES[`${AT}/agent.yaml`]
          .replace("guardrail: polite", "guardrail: rude")
          .replace("[triage]", "[none]"),
      },
      undefined,
      /agent\.yaml:7:12 ESP851 nothing under uses\.guardrails[\s\S]*agent\.yaml:8:13 ESP851 nothing under uses\.playbooks/,
    ],
    [
      "what is neither a file nor an alias",
      {},
      STEPS.replace("approval: release", "approval: Release"),
      /ESP204 "Release" names no file .*approvals\/NAME\.yaml, or an alias of uses\.approvals/,
    ],
  ];
  it.each(cases)("names %s", async (_name, files, steps, expected) => {
    expect((await load(files, steps)).told.join("\n")).toMatch(expected);
  });
});
