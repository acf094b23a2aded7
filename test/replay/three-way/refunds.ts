/** A small bundle with a step of most kinds, and a run of it to compare others with. */
import {
  cpSync,
  existsSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { checkBundle } from "../../../lib/cli/bundles/compile-bundle.ts";
import { openPorts } from "../../../lib/local/ports/index.ts";
import { BundleStore } from "../../../lib/local/runtime/bundle-store.ts";
import {
  openBundleSnapshot,
  openRun,
  type ReplayBundle,
  type ReplayOptions,
} from "../../../lib/replay/index.ts";
import { replayThreeWay } from "../../../lib/replay/three-way/index.ts";
import type { Json } from "../../../lib/runtime/json.ts";
import { componentYaml } from "../../bundle/project.ts";
import { openBundle } from "../../bundles/local-bundle.ts";
import { writeFiles } from "../../manifest/example-bundle.ts";

const FILES: Readonly<Record<string, string>> = {
  "refunds/workflow.yaml": `apiVersion: espalier/v1
workflow: refunds
version: 1.0.0
owners: { business: a@example.com, platform: b@example.com, risk: c@example.com }
files: [policy/limits.yaml, policy/other.yaml]
config: { ceiling: 100, tone: kind }
uses:
  models: { reader: ^1.0.0 }
  knowledge: { handbook: ^1.0.0 }
  toolsets: { shop: ^1.0.0 }
steps:
  - id: kind
    model: reader
    prompt: prompts/classify.md
    with: { text: "{% $input.text %}" }
    output: contracts/kind.yaml
    maxTokens: 200
    standIn: stand-ins/classify.ts
  - id: passages
    retrieve: handbook
    with: { query: "{% $input.text %}", limit: 2 }
  - id: priced
    task: code/price.ts
    with: { items: "{% $input.items %}" }
  - id: labels
    map: "{% $input.items %}"
    as: item
    steps:
      - id: label
        task: code/label.ts
        with: { item: "{% $item %}", kind: "{% $kind.kind %}" }
  - id: draft
    agent: agents/writer.yaml
    with: { text: "{% $input.text %}" }
  - id: route
    switch:
      - when: "{% $priced.total > $config.ceiling %}"
        steps:
          - { id: large, task: code/large.ts }
      - otherwise:
          - { id: small, set: { way: rule } }
  - id: review
    approval: approvals/send.yaml
    required: "{% $priced.total > 1000 %}"
    with: { total: "{% $priced.total %}", way: "{% $route.way %}" }
  - id: pay
    task: code/pay.ts
    effect: write
    with: { total: "{% $priced.total %}", approval: "{% $review %}" }
  - id: report
    set: { total: "{% $priced.total %}", kind: "{% $kind.kind %}", paid: "{% $pay %}", labels: "{% $labels %}" }
`,
  "refunds/code/price.ts": `import { step, z } from "espalier";
export default step({
  input: z.object({ items: z.array(z.object({ name: z.string(), price: z.number() })) }),
  output: z.object({ total: z.number(), refused: z.array(z.string()) }),
  async run({ items }, { file }) {
    const most = Number(/most: (\\d+)/.exec(await file("policy/limits.yaml").text())?.[1]);
    const fine = items.filter(({ price }) => price <= most);
    const total = fine.reduce((sum, { price }) => sum + price, 0);
    return { total, refused: items.filter(({ price }) => price > most).map(({ name }) => name) };
  },
});
`,
  "refunds/code/label.ts": `import { step, z } from "espalier";
export default step({
  input: z.object({ item: z.object({ name: z.string() }), kind: z.string() }),
  output: z.string(),
  run: ({ item, kind }, { config }) => [config.tone, kind, item.name].join(": "),
});
`,
  "refunds/code/pay.ts": `import { step, z } from "espalier";
export default step({
  input: z.object({ total: z.number(), approval: z.unknown() }),
  output: z.object({ paid: z.number() }),
  run: ({ total }) => ({ paid: total }),
});
`,
  "refunds/code/large.ts": `import { step, z } from "espalier";
export default step({
  input: z.unknown(),
  output: z.object({ way: z.string() }),
  run: () => ({ way: "desk" }),
});
`,
  "refunds/policy/limits.yaml": "most: 50\n",
  "refunds/policy/other.yaml": "unused: true\n",
  "refunds/prompts/classify.md":
    "---\ninputs: { text: { type: text } }\n---\n# system\nSay what it is about. Be brief.\n# user\n{{text}}\n",
  "refunds/prompts/write.md":
    "---\ninputs: { text: { type: text } }\n---\n# system\nWrite a short answer.\n# user\n{{text}}\n",
  "refunds/stand-ins/classify.ts": `import { standIn } from "espalier";
export default standIn(() => ({ json: { kind: "refund" } }));
`,
  "refunds/agents/writer.yaml": `apiVersion: espalier/v1
agent: writer
model: reader
instructions: prompts/write.md
tools: { shop: [find] }
artifact: contracts/draft.yaml
limits: { turns: 4, inputTokens: 10000, outputTokens: 1000, cost: 1 USD, time: 1m, toolCalls: 4 }
standIn: agents/writer.stand-in.ts
`,
  "refunds/agents/writer.stand-in.ts": `import { standIn } from "espalier";
export default standIn((_request, { turn }) =>
  turn === 0 ? { toolUse: [{ name: "find", input: { order: "A-1" } }] } : { json: { reply: "Yes." } });
`,
  "refunds/contracts/kind.yaml":
    "type: object\nproperties: { kind: { type: string } }\nrequired: [kind]\nadditionalProperties: false\n",
  "refunds/contracts/draft.yaml":
    "type: object\nproperties: { reply: { type: string } }\nrequired: [reply]\nadditionalProperties: false\n",
  "refunds/approvals/send.yaml":
    "approval: send\ntitle: May it?\napprovers: [risk@example.com]\ndeadline: 3d\n",
  "refunds/toolsets/shop/component.yaml": componentYaml("shop", "toolset"),
  "refunds/toolsets/shop/toolset.yaml":
    "tools:\n  find: { description: Finds an order., handler: find.ts, effect: read }\n  list: { description: Lists orders., handler: find.ts, effect: read }\n",
  "refunds/toolsets/shop/find.ts": `import { step, z } from "espalier";
export default step({ input: z.object({ order: z.string() }), output: z.object({ found: z.boolean() }), run: () => ({ found: true }) });
`,
  "refunds/knowledge/handbook/component.yaml": componentYaml("handbook", "knowledge"),
  "refunds/knowledge/handbook/knowledge.yaml":
    "documents: [documents]\nchunk: { size: 200, overlap: 0 }\nlimit: 5\n",
  "refunds/knowledge/handbook/documents/refunds.md": "A refund takes a week.\n",
  "refunds/knowledge/handbook/documents/delivery.md": "A delivery takes a day.\n",
  "components/models/reader/component.yaml": componentYaml("reader", "model"),
  "components/models/reader/model.yaml": `ids: { bedrock: model-one, openai: model-one }
contextTokens: 8000
maxOutputTokens: 1000
temperature: 0
structuredOutput: tool
clearance: [public, internal]
timeout: 30s
prices: { currency: USD, per: 1000000, input: 1, output: 5, cacheRead: 1, cacheWrite: 1, date: 2026-11-21, source: https://example.com/prices }
`,
};

const INPUT = {
  text: "A refund, please.",
  items: [
    { name: "vase", price: 30 },
    { name: "lamp", price: 45 },
    { name: "desk", price: 90 },
  ],
};

type Edit = readonly [from: string, to: string];

/** Texts and what stands in their place, or a whole file, by path from `bundles/`. */
export type Edits = Readonly<Record<string, Edit | readonly Edit[] | string>>;

export interface Refunds {
  /** The data folder, and the id of the run in it. */
  readonly root: string;
  readonly data: string;
  readonly run: string;
  readonly own: ReplayBundle;
  /** The bundle with these edits, compiled. */
  edited(edits: Edits): Promise<ReplayBundle>;
  /** Replays the run on it. */
  compare(
    edits: Edits,
    expected?: Json,
    options?: Partial<ReplayOptions>,
  ): Promise<Awaited<ReturnType<typeof replayThreeWay>>>;
  close(): Promise<void>;
}

/** Runs the bundle once, which takes a second or two. */
export async function openRefunds(): Promise<Refunds> {
  const root = realpathSync(mkdtempSync(join(tmpdir(), "espalier-three-way-")));
  writeFiles(join(root, "bundles"), FILES);
  const local = await openBundle(join(root, "bundles/refunds"));
  const { id, digest, status, error } = await local.run(INPUT);
  if (status !== "SUCCEEDED") throw new Error(`${status} ${JSON.stringify(error)}`);
  const data = local.directory;
  const kept = join(data, "runs", id);
  while (!existsSync(join(kept, "run.json"))) await new Promise((next) => setTimeout(next, 20));
  const own = await openBundleSnapshot(join(data, "bundles"), digest);
  const recorded = await openRun(kept);
  const { artifacts } = openPorts(join(data, "store"));
  let count = 0;
  const edited = async (edits: Edits) => {
    count += 1;
    const folder = join(root, String(count), "bundles");
    cpSync(join(root, "bundles"), folder, { recursive: true });
    for (const [path, edit] of Object.entries(edits)) applyEdits(join(folder, path), edit);
    const { deployment, diagnostics } = await checkBundle(
      join(folder, "refunds"),
      root,
      "local",
      "stand-in",
    );
    if (!deployment) throw new Error(JSON.stringify(diagnostics, null, 1));
    const store = join(root, String(count), "store");
    await new BundleStore(store).save(deployment);
    return openBundleSnapshot(store, deployment.digest);
  };
  return {
    ...{ root, data, run: id, own, edited },
    compare: async (edits, expected, options) =>
      replayThreeWay(recorded, await edited(edits), { artifacts, own, ...options }, expected),
    async close() {
      await local.close();
      rmSync(root, { recursive: true, force: true });
    },
  };
}

function applyEdits(path: string, edits: Edits[string]): void {
  if (typeof edits === "string") {
    writeFileSync(path, edits);
    return;
  }
  const all = typeof edits[0] === "string" ? [edits as Edit] : (edits as readonly Edit[]);
  for (const [from, to] of all) {
    const before = readFileSync(path, "utf8");
    if (!before.includes(from)) throw new Error(`${path} has no ${from}`);
    writeFileSync(path, before.replace(from, to));
  }
}
