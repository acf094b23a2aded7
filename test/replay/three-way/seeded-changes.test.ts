/** What the diff of two bundles names, the three-way diff names as the explanation of what it has changed. */
import { afterAll, beforeAll, expect, it } from "vitest";
import type { ThreeWay } from "../../../lib/replay/three-way/index.ts";
import { type Edits, openRefunds, type Refunds } from "./refunds.ts";

let refunds: Refunds;
beforeAll(async () => {
  refunds = await openRefunds();
}, 60_000);
afterAll(() => refunds?.close());

const manifest = (from: string, to: string): Edits => ({
  "refunds/workflow.yaml": [from, to],
});
const MODEL = "components/models/reader/model.yaml";
const SHOP = "refunds/toolsets/shop/toolset.yaml";

/** What was done; `OWNER KIND NAME` of the one explanation; where it shows, as `STEP ASPECT`. */
const SEEDS: readonly (readonly [what: string, edits: Edits, named: string, shows: string])[] = [
  [
    "a word of a prompt",
    { "refunds/prompts/classify.md": ["brief", "short"] },
    "bundle prompt prompts/classify.md",
    "kind request",
  ],
  [
    "a word of an agent's instructions",
    { "refunds/prompts/write.md": ["short", "brief"] },
    "bundle prompt prompts/write.md",
    "draft request",
  ],
  [
    "a limit of an agent",
    { "refunds/agents/writer.yaml": ["turns: 4", "turns: 5"] },
    "bundle agent agents/writer.yaml",
    "draft request",
  ],
  [
    "an entry of a policy that code reads",
    { "refunds/policy/limits.yaml": "most: 40\n" },
    "bundle file policy/limits.yaml",
    "priced output",
  ],
  [
    "a policy that leads another way",
    { "refunds/policy/limits.yaml": "most: 90\n" },
    "bundle file policy/limits.yaml",
    "route decision",
  ],
  [
    "a step's code",
    { "refunds/code/price.ts": ["sum + price", "sum + price + 1"] },
    "bundle code code/price.ts",
    "pay request",
  ],
  [
    "code in a map",
    { "refunds/code/label.ts": ['": "', '" - "'] },
    "bundle code code/label.ts",
    "label[2] output",
  ],
  [
    "the temperature",
    { [MODEL]: ["temperature: 0", "temperature: 1"] },
    "models.reader model temperature",
    "kind request",
  ],
  [
    "a price of a model",
    { [MODEL]: ["input: 1,", "input: 9,"] },
    "models.reader model prices",
    "kind cost",
  ],
  [
    "a tool's description",
    { [SHOP]: ["Finds an order", "Looks up an order"] },
    "toolsets.shop tool find",
    "draft request",
  ],
  [
    "a document of knowledge",
    { "refunds/knowledge/handbook/documents/refunds.md": "A refund takes a day.\n" },
    "knowledge.handbook document documents/refunds.md",
    "passages documents",
  ],
  [
    "an approver",
    { "refunds/approvals/send.yaml": ["risk@", "legal@"] },
    "bundle approval approvals/send.yaml",
    "review request",
  ],
  [
    "a value of the configuration that an expression reads",
    manifest("ceiling: 100", "ceiling: 50"),
    "bundle config ceiling",
    "route decision",
  ],
  [
    "a value of the configuration that code reads",
    manifest("tone: kind", "tone: firm"),
    "bundle config tone",
    "label[0] output",
  ],
  [
    "what a step is given",
    manifest('text: "{% $input.text %}" }\n    output', "text: Hello }\n    output"),
    "bundle step kind",
    "kind request",
  ],
  ["a condition", manifest("> $config.ceiling", "> 1"), "bundle step route", "route decision"],
  [
    "a step inside a branch",
    manifest("{ way: rule }", "{ way: nobody }"),
    "bundle step small",
    "review request",
  ],
  [
    "what the run gives",
    manifest('kind: "{% $kind.kind %}", paid', "kind: none, paid"),
    "bundle step report",
    "end output",
  ],
  [
    "a step that is new",
    manifest("  - id: draft", "  - { id: pause, wait: 1h }\n  - id: draft"),
    "bundle step pause",
    "pause path",
  ],
  [
    "a step that is gone",
    manifest(
      '  - id: passages\n    retrieve: handbook\n    with: { query: "{% $input.text %}", limit: 2 }\n',
      "",
    ),
    "bundle step passages",
    "passages path",
  ],
];

function told({ steps, end, changes }: ThreeWay) {
  const all = [
    ...steps.flatMap(({ step, iteration, differences }) =>
      differences.map((each) => ({ at: iteration ? `${step}[${iteration}]` : step, ...each })),
    ),
    ...end.differences.map((each) => ({ at: "end", ...each })),
  ];
  const because = all.flatMap((each) =>
    each.because.map((cause) => {
      if (cause.kind !== "change") return `${each.at} ${each.path}: ${JSON.stringify(cause)}`;
      const change = changes?.[cause.change];
      return change ? `${change.owner} ${change.kind} ${change.name}` : "no such change";
    }),
  );
  return { shows: all.map(({ at, aspect }) => `${at} ${aspect}`), because: [...new Set(because)] };
}

it.each(SEEDS)(
  "%s explains all that is different, and nothing else does",
  async (_, edits, named, shows) => {
    const { threeWay } = await refunds.compare(edits);
    const { because, shows: shown } = told(threeWay);
    expect(shown).toContain(shows);
    expect(because).toEqual([named]);
  },
);

it.each<[what: string, edits: Edits]>([
  ["nothing", {}],
  ["a timeout", manifest("task: code/price.ts", "task: code/price.ts\n    timeout: 9s")],
  ["a policy that no step has read", { "refunds/policy/other.yaml": "unused: false\n" }],
  ["a tool that the agent has not", { [SHOP]: ["Lists orders", "Lists all orders"] }],
])("%s changes nothing", async (_, edits) => {
  const { threeWay } = await refunds.compare(edits);
  expect(told(threeWay)).toEqual({ shows: [], because: [] });
  expect(threeWay.verdict).toBe("same");
});
