import { describe, expect, it } from "vitest";
import type { JsonObject } from "../../lib/runtime/json.ts";
import { type BundleParts, compileSteps, findingsIn } from "./bundle-of.ts";

const text: JsonObject = { type: "string" };
const object = (properties: JsonObject, required = Object.keys(properties)): JsonObject => ({
  type: "object",
  properties,
  required,
  additionalProperties: false,
});
const PACKAGE = object({ name: text, price: { type: "number" } });

const PARTS: BundleParts = {
  input: object({ sbom: { "x-artifact": true }, name: text, kind: { enum: ["a", "b"] } }),
  handlers: {
    inventory: {
      input: object({ sbom: { "x-artifact": true } }),
      output: object({
        unclear: { type: "array", items: { $ref: "#/$defs/package" } },
        note: { anyOf: [text, { type: "null" }] },
        total: { type: "integer" },
      }),
    },
    inspect: { input: object({ package: PACKAGE, label: text }, ["package"]) },
    report: {
      input: object(
        { packages: { type: "array", items: PACKAGE }, count: { type: "integer" } },
        [],
      ),
    },
    choose: { input: object({ kind: { enum: ["b", "c"] } }) },
  },
};
const inventory = PARTS.handlers?.inventory?.output as JsonObject;
inventory.$defs = { package: PACKAGE };

const FIRST = `- { id: inventory, task: code/work.ts, with: { sbom: "{% $input.sbom %}" } }\n`;
const step = (id: string, given: string): string =>
  `${FIRST}- { id: ${id}, task: code/work.ts, with: ${given} }\n`;

const WRONG: readonly (readonly [
  name: string,
  steps: string,
  found: readonly string[],
  hint?: string,
])[] = [
  [
    "a missing required key",
    step("inspect", "{ label: a }"),
    ['2 ESP410 «with» the input of "inspect" lacks "package", which is required'],
  ],
  [
    "required input where there is no `with`",
    "- { id: inspect, task: code/work.ts }\n",
    ['1 ESP410 «task» the input of "inspect" lacks "package", which is required'],
  ],
  [
    "an unknown key",
    step("report", "{ cout: 3 }"),
    ['2 ESP411 «cout» the input of "report" has no "cout"'],
    'Did you mean "count"?',
  ],
  [
    "a literal of another type",
    step("report", "{ count: many }"),
    ['2 ESP412 «many» "count" of the input of "report" is string, but number is expected'],
  ],
  [
    "a literal deep in a list",
    step("report", "{ packages: [{ name: a, price: 1 }, { name: b, price: free }] }"),
    [
      '2 ESP412 «free» "price" of "packages" of the input of "report"[1] is string, but number is expected',
    ],
  ],
  [
    "a path to another type",
    step("report", '{ count: "{% $input.name %}" }'),
    [
      '2 ESP412 «"{% $input.name %}"» "count" of the input of "report" is string, but number is expected',
    ],
  ],
  [
    "a path to values of which none is allowed",
    "- { id: choose, task: code/work.ts, with: { kind: a } }\n",
    ['1 ESP412 «a» "kind" of the input of "choose" is "a", but only "b", "c" is allowed'],
  ],
  [
    "an object without a required key, by path",
    step("inspect", '{ package: "{% $inventory %}" }'),
    [
      '2 ESP410 «"{% $inventory %}"» "package" of the input of "inspect" has no "name", which is required',
    ],
  ],
  [
    "a field that the source's contract does not have",
    step("report", '{ packages: "{% $inventory.uncler %}" }'),
    ['2 ESP413 «uncler» "$inventory" has no "uncler"'],
    'Did you mean "unclear"?',
  ],
  [
    "such a field of each item of a list, inside of a longer expression",
    step("report", '{ count: "{% $sum($inventory.unclear.prise) %}" }'),
    ['2 ESP413 «prise» "$inventory.unclear" has no "prise"'],
    'Did you mean "price"?',
  ],
  [
    "a field of a map's item",
    `${FIRST}- { id: all, map: "{% $inventory.unclear %}", as: one, steps: [{ id: x, set: "{% $one.nam %}" }] }\n`,
    ['2 ESP413 «nam» "$one" has no "nam"'],
    'Did you mean "name"?',
  ],
  [
    "an item of another shape than the handler takes",
    `${FIRST}- { id: all, map: "{% $inventory.unclear %}", as: one, steps: [{ id: report, task: code/work.ts, with: { packages: "{% $one %}" } }] }\n`,
    [
      '2 ESP412 «"{% $one %}"» "packages" of the input of "report" is object, but array is expected',
    ],
  ],
  [
    "a field of a parallel that no branch has",
    '- { id: both, parallel: { left: [{ id: a, set: 1 }] } }\n- { id: b, set: "{% $both.rigth %}" }\n',
    ['2 ESP413 «rigth» "$both" has no "rigth"'],
    'It has "left".',
  ],
  [
    "a field of what an approval yields",
    '- { id: review, approval: approvals/a.yaml }\n- { id: b, set: "{% $review.verdit %}" }\n',
    ['2 ESP413 «verdit» "$review" has no "verdit"'],
    'Did you mean "verdict"?',
  ],
  [
    "a filter where the handler takes a list (a warning)",
    step("report", '{ packages: "{% $inventory.unclear[price > 3] %}" }'),
    [
      '2 ESP415 «"{% $inventory.unclear[price > 3] %}"» "packages" of the input of "report" is a list, but this filter yields one alone for one match, and nothing for none',
    ],
    'Make it a list in every case: "{% [$inventory.unclear[price > 3]] %}".',
  ],
];

const FINE: readonly (readonly [name: string, steps: string])[] = [
  [
    "an artifact's place takes inline text as well",
    "- { id: inventory, task: code/work.ts, with: { sbom: inline } }\n",
  ],
  ["an expression that computes", step("report", '{ count: "{% $string($input.name) %}" }')],
  [
    "a step that may be skipped: its null may be meant",
    `- { id: inventory, task: code/work.ts, if: "{% true %}", with: { sbom: a } }\n- { id: report, task: code/work.ts, with: { packages: "{% $inventory.unclear %}" } }\n`,
  ],
  [
    "a step with a catch that yields something else",
    `- { id: inventory, task: code/work.ts, with: { sbom: a }, catch: [{ on: [States.ALL], value: { other: 1 } }] }\n- { id: b, set: "{% $inventory.other %}" }\n`,
  ],
  [
    "one type of several",
    step("inspect", '{ package: { name: a, price: 1 }, label: "{% $inventory.note %}" }'),
  ],
  [
    "fields of an open object",
    '- { id: any, task: code/work.ts }\n- { id: b, set: "{% $any.a.b.c %}" }\n',
  ],
  [
    "a whole number where a number is wanted",
    `${FIRST}- { id: inspect, task: code/work.ts, with: { package: { name: a, price: "{% $inventory.total %}" } } }\n`,
  ],
];

describe("contracts along with", () => {
  const wrong = WRONG.map(([name, steps, found, hint]) => ({ name, steps, found, hint }));

  it.each(wrong)("finds $name", ({ steps, found, hint }) => {
    expect(findingsIn(steps, PARTS)).toEqual(found);
    if (hint !== undefined) expect(compileSteps(steps, PARTS).diagnostics[0]?.hint).toBe(hint);
  });

  it.each(FINE)("accepts %s", (_name, steps) => {
    expect(findingsIn(steps, PARTS)).toEqual([]);
  });
});

describe("the workflow's output", () => {
  const output = object({ total: { type: "integer" } });

  const CASES: readonly (readonly [name: string, steps: string, found: readonly string[]])[] = [
    [
      "a last `set`",
      "- { id: a, set: { totl: 1 } }\n",
      [
        '1 ESP410 «set» the output lacks "total", which is required',
        '1 ESP411 «totl» the output has no "totl"',
      ],
    ],
    [
      "a last task",
      FIRST,
      [
        '1 ESP411 «code/work.ts» the output (of "inventory") has "unclear", which is not allowed there',
      ],
    ],
    [
      "an early `succeed`",
      "- { id: a, if: \"{% $input.name = 'x' %}\", succeed: 3 }\n- { id: b, set: { total: 1 } }\n",
      ["1 ESP412 «3» the output is number, but object is expected"],
    ],
    [
      "each case of a last switch",
      "- id: way\n  switch:\n    - { when: \"{% $input.name = 'x' %}\", steps: [{ id: a, set: { total: many } }] }\n    - otherwise: [{ id: b, set: { total: 2 } }]\n",
      ['3 ESP412 «many» "total" of the output is string, but number is expected'],
    ],
  ];

  it.each(CASES)("is checked against %s", (_name, steps, found) => {
    expect(findingsIn(steps, { ...PARTS, output })).toEqual(found);
  });

  it("is nothing to a `succeed` that ends only a branch", () => {
    const steps = `- { id: p, parallel: { left: [{ id: a, succeed: 3 }] } }\n- { id: b, set: { total: 1 } }\n`;
    expect(findingsIn(steps, { ...PARTS, output })).toEqual([]);
  });
});
