import { describe, expect, it } from "vitest";
import { compile } from "../../lib/compiler/index.ts";
import type { JsonObject } from "../../lib/runtime/json.ts";
import { type BundleParts, bundleOf, definitionOf, TODAY } from "./bundle-of.ts";

const HEAD = "approval: own\ntitle: May it?\n";
const ADA = "approvers: [ada@example.com]\ndeadline: 1d\n";
const REQUEST: JsonObject = {
  type: "object",
  additionalProperties: false,
  required: ["owner", "reviewers", "change"],
  properties: {
    owner: { type: "string" },
    reviewers: { type: "array", items: { type: "object", properties: { mail: {} } } },
    change: {
      type: "object",
      additionalProperties: false,
      properties: {
        title: { type: "string" },
        lines: { type: "array", items: { type: "string" } },
      },
    },
    open: {},
  },
};

/** `FILE LINE CODE «text at the place» message | hint` */
function findings(policy: string, given: string | undefined, parts: BundleParts = {}): string[] {
  const path = "approvals/own.yaml";
  const shown = given === undefined ? "" : `, with: ${given}`;
  const bundle = bundleOf(`- { id: asked, approval: ${path}${shown} }\n`, {
    input: REQUEST,
    policies: { [path]: policy },
    ...parts,
  });
  const texts = new Map([[path, policy]]);
  return compile(bundle, { today: TODAY }).diagnostics.map(({ code, message, place, hint }) => {
    const text = texts.get(place?.file ?? "")?.split("\n")[(place?.line ?? 0) - 1] ?? "";
    const at = text.slice((place?.column ?? 1) - 1, (place?.endColumn ?? 1) - 1);
    return `${place?.file} ${place?.line} ${code} «${at}» ${message} | ${hint}`;
  });
}

const from = (path: string) => `${HEAD}approvers: [{ from: ${path} }]\ndeadline: 1d\n`;

describe("people whom the evidence names", () => {
  it.each([
    ["owner", '{ owner: "{% $input.owner %}" }'],
    ["request.owner", '{ request: "{% $input %}" }'],
    ["request.reviewers.0.mail", '{ request: "{% $input %}" }'],
    ["request.open.anything", '{ request: "{% $input %}" }'],
    ["anything", '"{% $merge([$input, {}]) %}"'],
  ])("may stand at %s", (path, given) => {
    expect(findings(from(path), given)).toEqual([]);
  });

  it.each([
    [
      "request.ownr",
      '{ request: "{% $input %}" }',
      'no "ownr", so "request.ownr" names nobody | Did you mean "owner"?',
    ],
    [
      "owner.mail",
      '{ owner: "{% $input.owner %}" }',
      'no "mail", so "owner.mail" names nobody | The step\'s "with" makes the evidence: put it there.',
    ],
    [
      "request.reviewers.mail",
      '{ request: "{% $input %}" }',
      'no "mail", so "request.reviewers.mail" names nobody | The step\'s "with" makes the evidence: put it there.',
    ],
    [
      "owner",
      undefined,
      'no "owner", so "owner" names nobody | The step\'s "with" makes the evidence: put it there.',
    ],
  ])("do not stand at %s", (path, given, said) => {
    expect(findings(from(path), given)).toEqual([
      `approvals/own.yaml 3 ESP517 «${path}» the evidence of "asked" has ${said}`,
    ]);
  });

  it("are looked for at every level, and among those who may be handed the decision", () => {
    const policy = `${HEAD}${ADA}delegation: { to: [{ from: c }] }
escalation:
  - { approvers: [grace@example.com], within: 2h }
  - { approvers: [grace@example.com, { from: b }], within: 2h }
`;
    const found = findings(policy, "{ a: 1 }");
    expect(found.map((one) => one.slice(0, 36))).toEqual([
      "approvals/own.yaml 5 ESP517 «c» the ",
      "approvals/own.yaml 8 ESP517 «b» the ",
    ]);
  });
});

describe("what an approver may edit", () => {
  const edits = (fields: string) => `${HEAD}${ADA}edit: [${fields}]\n`;
  const given = '{ proposal: "{% $input.change %}" }';

  it.each([
    ["title", given],
    ["lines.0", given],
    ["lines.*", given],
    ['"*"', given],
    ["title", '{ before: {}, after: "{% $input.change %}" }'],
    ["amount", '{ proposal: { amount: "{% $input.open %}" } }'],
  ])("is %s", (field, proposed) => {
    expect(findings(edits(field), proposed)).toEqual([]);
  });

  it("is a field of the proposal, and there is one", () => {
    expect(findings(edits("title, titel, lines.0.x"), given)).toEqual([
      'approvals/own.yaml 5 ESP518 «titel» the proposal of "asked" has no "titel", which "edit" lets people change | Did you mean "title"?',
      'approvals/own.yaml 5 ESP518 «lines.0.x» the proposal of "asked" has no "x", which "edit" lets people change | undefined',
    ]);
    expect(findings(edits("title"), '{ change: "{% $input.change %}" }')).toEqual([
      'approvals/own.yaml 5 ESP518 «[title]» "asked" proposes nothing that could be changed | Give the step what will be done as "proposal" in its "with", or leave out "edit".',
    ]);
  });

  it("is an argument of the calls that an agent asks about", () => {
    const agent = (policy: string) => {
      const bundle = bundleOf(
        "- { id: a, agent: agents/asking-by-own.yaml, with: { value: 1 } }\n",
        {
          policies: { "approvals/own.yaml": policy },
        },
      );
      return compile(bundle, { today: TODAY }).diagnostics;
    };
    const closed = agent(edits("path"));
    expect(closed).toEqual([]);
    const named = agent(from("arguments.owner"));
    expect(named).toMatchObject([{ code: "ESP519", place: { line: 3 } }]);
  });
});

describe("evidence of a policy with a clearance", () => {
  const input: JsonObject = {
    $defs: { mail: { type: "string", "x-data-class": "personal" } },
    type: "object",
    properties: {
      owner: { $ref: "#/$defs/mail" },
      parts: {
        type: "array",
        items: { type: "object", properties: { by: { $ref: "#/$defs/mail" } } },
      },
      plan: { type: "string", "x-data-class": "secret" },
      title: { type: "string" },
    },
  };
  const classes = (given: string, keys = "clearance: [internal]\n") => {
    const path = "approvals/own.yaml";
    const bundle = bundleOf(`- { id: asked, approval: ${path}, with: ${given} }\n`, {
      input,
      policies: { [path]: `${HEAD}${ADA}${keys}` },
    });
    const { asked } = definitionOf(bundle).States as {
      asked: { Arguments: { Payload: JsonObject } };
    };
    return asked.Arguments.Payload.classes;
  };

  it("is classed by where its parts come from", () => {
    const given = '{ a: "{% $input.owner %}", b: "{% $input %}", c: { d: "{% $input.plan %}" } }';
    expect(classes(given)).toEqual({
      a: "personal",
      "b.owner": "personal",
      "b.parts.by": "personal",
      "b.plan": "secret",
      "c.d": "secret",
    });
    expect(classes('"{% $input %}"')).toMatchObject({ owner: "personal", "parts.by": "personal" });
    expect(classes('{ a: "{% $input.title %}" }')).toBeUndefined();
    expect(classes(given, "")).toBeUndefined();
  });
});

describe("the time of all levels", () => {
  const run = (duration: string) => ({ keys: `limits: { duration: ${duration} }\n` });
  const escalation = "escalation: [{ approvers: [grace@example.com], within: 2d }]\n";
  const hours =
    'businessHours: { timeZone: UTC, hours: { mon: "09:00-17:00", tue: "09:00-17:00" } }\n';
  const severities = (policy: string, duration: string) => {
    const path = "approvals/own.yaml";
    const bundle = bundleOf(`- { id: asked, approval: ${path} }\n`, {
      policies: { [path]: `${HEAD}${ADA}${policy}` },
      ...run(duration),
    });
    const { diagnostics } = compile(bundle, { today: TODAY });
    return diagnostics.map(({ code, severity, message }) => `${code} ${severity}: ${message}`);
  };

  it("is no longer than the run's", () => {
    expect(severities(escalation, "3d")).toEqual([]);
    expect(severities(escalation, "2d")).toEqual([
      'ESP605 error: "asked" may take 3d with its 2 levels, but the run ends after 2d',
    ]);
  });

  it("in business hours is open time at least, and nights and weekends usually", () => {
    expect(severities(`${hours}${escalation}`, "20h")).toEqual([
      'ESP605 error: "asked" may take 24h of business hours with its 2 levels, but the run ends after 20h',
    ]);
    expect(severities(`${hours}${escalation}`, "3d")).toEqual([
      'ESP605 warning: "asked" may take 252h with its 2 levels, but the run ends after 3d',
    ]);
    expect(severities(`${hours}${escalation}`, "14d")).toEqual([]);
  });
});

it("refuses levels in an express workflow as it refuses any approval", () => {
  const bundle = bundleOf("- { id: asked, approval: approvals/escalate.yaml }\n", {
    keys: "type: express\n",
  });
  expect(compile(bundle, { today: TODAY }).diagnostics.map(({ code }) => code)).toEqual(["ESP621"]);
});
