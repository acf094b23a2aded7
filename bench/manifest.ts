/** A manifest of any number of steps, of all kinds, for measuring the compiler. */
import type { Bundle, HandlerContract } from "../lib/bundle/bundle.ts";
import { ApprovalPolicy } from "../lib/manifest/approval-policy.ts";
import { parseManifest } from "../lib/manifest/load-manifest.ts";

const HEAD = `apiVersion: espalier/v1
workflow: measured
version: 1.0.0
owners: { business: legal@example.com, platform: platform@example.com, risk: risk@example.com }
config: { limit: 100 }
steps:
`;

/** YAML with `steps` steps, nested ones counted; a multiple of ten. */
export function manifestText(steps: number): string {
  const groups = Array.from({ length: Math.ceil(steps / 10) }, (_, i) => {
    const before = i === 0 ? "$input" : `$last${i - 1}`;
    return i % 2 === 0 ? branching(i, before) : approving(i, before);
  });
  return HEAD + groups.join("");
}

function branching(i: number, before: string): string {
  return `  - id: order${i}
    task: code/order${i}.ts
    with: { order: "{% ${before} %}", limit: "{% $config.limit %}" }
  - id: totals${i}
    set: { total: "{% $sum($order${i}.items.price) %}", count: "{% $count($order${i}.items) %}" }
  - id: discount${i}
    if: "{% $totals${i}.total > $config.limit %}"
    task: code/discount${i}.ts
    with: { order: "{% $totals${i}.total * 0.9 %}" }
  - id: lines${i}
    map: "{% $order${i}.items %}"
    as: line${i}
    concurrency: 5
    steps:
      - id: stock${i}
        task: code/stock${i}.ts
        with: { order: "{% $line${i} %}" }
      - id: price${i}
        task: code/price${i}.ts
        with: { order: "{% { 'line': $line${i}, 'stock': $stock${i} } %}" }
        retry: [{ on: [Step.Failed], attempts: 2, interval: 1s, backoff: 2 }]
  - id: route${i}
    switch:
      - when: "{% $count($lines${i}[price > 10]) > 3 %}"
        steps:
          - id: dear${i}
            task: code/dear${i}.ts
            with: { order: "{% $lines${i} %}" }
      - otherwise:
          - id: cheap${i}
            task: code/cheap${i}.ts
            with: { order: "{% $lines${i} %}" }
  - id: last${i}
    task: code/last${i}.ts
    with: { order: "{% $route${i} %}" }
    catch: [{ on: [Step.Failed], value: { items: [] } }]
`;
}

function approving(i: number, before: string): string {
  return `  - id: both${i}
    parallel:
      left:
        - id: left${i}
          task: code/left${i}.ts
          with: { order: "{% ${before} %}" }
      right:
        - id: right${i}
          task: code/right${i}.ts
          with: { order: "{% ${before} %}" }
  - id: until${i}
    repeat: { max: 3, until: "{% $again${i}.done = true %}" }
    steps:
      - id: again${i}
        task: code/again${i}.ts
        with: { order: "{% $both${i}.left %}" }
  - id: review${i}
    approval: approvals/review.yaml
    required: "{% $count($both${i}.right.items) > 0 %}"
    with: { order: "{% $both${i}.right %}" }
  - id: write${i}
    task: code/write${i}.ts
    effect: write
    with: { order: "{% $both${i} %}" }
  - id: told${i}
    emit: OrderWritten
    with: { order: "{% $write${i} %}", run: "{% $run.id %}" }
  - id: summary${i}
    set: { written: "{% $write${i} %}", by: "{% $uppercase($run.workflow) %}" }
  - id: last${i}
    task: code/last${i}.ts
    with: { order: "{% $summary${i} %}" }
`;
}

const CONTRACT: HandlerContract = {
  input: { type: "object", properties: { order: {}, limit: { type: "number" } } },
  output: {
    type: "object",
    properties: {
      items: { type: "array", items: { type: "object", properties: { price: {} } } },
      price: { type: "number" },
      done: { type: "boolean" },
    },
  },
};

const POLICY = ApprovalPolicy.parse({
  approval: "review",
  title: "May this order be written?",
  approvers: ["approver@example.com"],
  deadline: "3d",
});

/** From text to a bundle that the compiler takes: the loading that needs no files. */
export function bundleOf(text: string): Bundle {
  const { manifest, source, diagnostics } = parseManifest(text, "workflow.yaml");
  if (manifest === undefined || source === undefined) {
    throw new Error(diagnostics.map(({ code, message }) => `${code} ${message}`).join("; "));
  }
  const tasks = [...text.matchAll(/task: code\/(\w+)\.ts/g)].map(([, id]) => String(id));
  return {
    name: "measured",
    folder: "bundles/measured",
    manifest,
    source,
    contracts: { input: true, output: true },
    handlers: new Map(tasks.map((id) => [id, CONTRACT])),
    approvals: new Map([["approvals/review.yaml", POLICY]]),
    agents: new Map(),
    prompts: new Map(),
    schemas: new Map(),
    components: new Map(),
    componentHandlers: new Map(),
    code: new Map(),
    files: new Map(),
    sources: new Map(),
    digest: `sha256:${"0".repeat(64)}`,
  };
}
