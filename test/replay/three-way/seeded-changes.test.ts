/** What the diff of two bundles names, the three-way diff names as the explanation of what it has changed. */
import { afterAll, beforeAll, expect, it } from "vitest";
import type { ThreeWay } from "../../../lib/replay/three-way/index.ts";
import { type Edits, openRefunds, type Refunds } from "./refunds.ts";

let refunds: Refunds;
beforeAll(async () => {
  refunds = await openRefunds();
}, 60_000);
afterAll(() => refunds?.close());

const WORKFLOW = "refunds/workflow.yaml";
const MODEL = "components/models/reader/model.yaml";
const SHOP = "refunds/toolsets/shop/toolset.yaml";
const POLICY = "bundle file policy/limits.yaml";
const PRICE = "bundle code code/price.ts";

/** What differs in each step, and the one change that explains it: `STEP ASPECTS` → `OWNER KIND NAME`. */
type Explained = Readonly<Record<string, string>>;

/**
 * Several changes at once, each of which leads to steps of its own: that names them apart, and needs a
 * compilation for each row only. What a row does not list does not differ.
 */
const SEEDS: readonly (readonly [what: string, edits: Edits, explained: Explained])[] = [
  [
    "a word of a prompt, a document of knowledge, code in a map, a tool's description, an approver, what the run gives",
    {
      "refunds/prompts/classify.md": ["brief", "short"],
      "refunds/knowledge/handbook/documents/refunds.md": "A refund takes a day.\n",
      "refunds/code/label.ts": ['": "', '" - "'],
      [SHOP]: ["Finds an order", "Looks up an order"],
      "refunds/approvals/send.yaml": ["risk@", "legal@"],
      [WORKFLOW]: [['kind: "{% $kind.kind %}", paid', "kind: none, paid"]],
    },
    {
      "kind request": "bundle prompt prompts/classify.md",
      "passages documents": "knowledge.handbook document documents/refunds.md",
      "label output": "bundle code code/label.ts",
      "draft request": "toolsets.shop tool find",
      "review request": "bundle approval approvals/send.yaml",
      "end output": "bundle step report, bundle code code/label.ts",
    },
  ],
  [
    "an entry of a policy that leads another way, the model's temperature, the version of a component",
    {
      "refunds/policy/limits.yaml": "most: 90\n",
      [MODEL]: ["temperature: 0", "temperature: 1"],
      "components/models/reader/component.yaml": ["1.2.0", "1.3.0"],
    },
    {
      "kind request": "models.reader model temperature",
      "draft request": "models.reader model temperature",
      "priced output": POLICY,
      "route decision": POLICY,
      "large path": POLICY,
      "review request": POLICY,
      "pay request": POLICY,
      "end output": POLICY,
    },
  ],
  [
    "a step's code, a price of a model, a step that is new",
    {
      "refunds/code/price.ts": ["sum + price", "sum + price + 1"],
      [MODEL]: ["input: 1,", "input: 9,"],
      [WORKFLOW]: [["  - id: draft", "  - { id: pause, wait: 1h }\n  - id: draft"]],
    },
    {
      "kind cost": "models.reader model prices",
      "draft cost": "models.reader model prices",
      "pause path": "bundle step pause",
      "priced output": PRICE,
      "review request": PRICE,
      "pay request": PRICE,
      "end output": PRICE,
    },
  ],
  [
    "configuration that an expression reads, a step that is gone, what a step is given",
    {
      [WORKFLOW]: [
        ["ceiling: 100", "ceiling: 50"],
        [
          '  - id: passages\n    retrieve: handbook\n    with: { query: "{% $input.text %}", limit: 2 }\n',
          "",
        ],
        ['text: "{% $input.text %}" }\n    output', "text: Hello }\n    output"],
      ],
    },
    {
      "route decision": "bundle config ceiling",
      "large path": "bundle config ceiling",
      "review request": "bundle config ceiling",
      "passages path": "bundle step passages",
      "kind request": "bundle step kind",
    },
  ],
  [
    "a condition, configuration that code reads, instructions of an agent",
    {
      [WORKFLOW]: [
        ["> $config.ceiling", "> 1"],
        ["tone: kind", "tone: firm"],
      ],
      "refunds/prompts/write.md": ["short", "brief"],
    },
    {
      "route decision": "bundle step route",
      "large path": "bundle step route",
      "review request": "bundle step route",
      "label output": "bundle config tone",
      "end output": "bundle config tone",
      "draft request": "bundle prompt prompts/write.md",
    },
  ],
  [
    "a step inside a branch, a list that has lost its first item: the others are the same",
    {
      [WORKFLOW]: [
        ["{ way: rule }", "{ way: nobody }"],
        ['map: "{% $input.items %}"', 'map: "{% $input.items[price > 30] %}"'],
      ],
    },
    {
      "review request": "bundle step small",
      "label path": "bundle step labels",
      "end output": "bundle step labels",
    },
  ],
  [
    "a limit of an agent, which ends the run there",
    { "refunds/agents/writer.yaml": ["turns: 4", "turns: 1"] },
    {
      "draft path": "bundle agent agents/writer.yaml",
      "draft output": "bundle agent agents/writer.yaml",
      "draft turns": "bundle agent agents/writer.yaml",
      "draft tokens": "bundle agent agents/writer.yaml",
      "draft cost": "bundle agent agents/writer.yaml",
      "route path": "bundle agent agents/writer.yaml",
      "review path": "bundle agent agents/writer.yaml",
      "pay path": "bundle agent agents/writer.yaml",
      "end path": "bundle agent agents/writer.yaml",
      "end output": "bundle agent agents/writer.yaml",
    },
  ],
  [
    "a timeout, a policy that no step has read, a tool that the agent does not have: nothing",
    {
      [WORKFLOW]: [["task: code/price.ts", "task: code/price.ts\n    timeout: 9s"]],
      "refunds/policy/other.yaml": "unused: false\n",
      [SHOP]: ["Lists orders", "Lists all orders"],
    },
    {},
  ],
];

function explainedBy({ steps, end, changes }: ThreeWay): Explained {
  const named = new Map<string, Set<string>>();
  for (const { step, differences } of [...steps, { step: "end", ...end }]) {
    for (const { aspect, because } of differences) {
      const names = named.get(`${step} ${aspect}`) ?? new Set<string>();
      named.set(`${step} ${aspect}`, names);
      for (const cause of because) {
        const change = cause.kind === "change" ? changes?.[cause.change] : undefined;
        names.add(change ? `${change.owner} ${change.kind} ${change.name}` : JSON.stringify(cause));
      }
    }
  }
  return Object.fromEntries([...named].map(([what, names]) => [what, [...names].join(", ")]));
}

it.each(SEEDS)("%s: each explains what it has changed", async (_, edits, explained) => {
  const { threeWay } = await refunds.compare(edits);
  expect(explainedBy(threeWay)).toEqual(explained);
  expect(threeWay.verdict).toBe(Object.keys(explained).length === 0 ? "same" : "other");
});

it("explains by no change what another input has led to", async () => {
  const input = { items: [{ name: "vase", price: 31 }] };
  const { threeWay } = await refunds.compare({}, undefined, { from: "priced", input });
  const repaired = { kind: "unknown", what: "the replay gave it another input" };
  const told = explainedBy(threeWay);
  expect(told["priced output"]).toBe(JSON.stringify({ ...repaired, via: [] }));
  expect(told["pay request"]).toBe(JSON.stringify({ ...repaired, via: ["priced"] }));
});
