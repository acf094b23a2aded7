import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ApprovalPolicy } from "../../lib/manifest/approval-policy.ts";
import { policySeconds } from "../../lib/manifest/approval-rules.ts";
import {
  emptyEnvironment,
  loadEnvironment,
} from "../../lib/manifest/environment/load-environments.ts";
import { resolvePolicy } from "../../lib/manifest/environment/resolve-policy.ts";
import { loadApprovalPolicy } from "../../lib/manifest/load-approval-policy.ts";

let root: string;
beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), "espalier-policy-"));
});
afterAll(() => rmSync(root, { recursive: true, force: true }));

const HEAD = "approval: own\ntitle: May it?\n";
const PEOPLE = "approvers: [ada@example.com, grace@example.com]\n";
const HOURS = 'hours: { mon: "09:00-17:00" }';

/** Findings as `LINE:COLUMN CODE message`, the two lines of the head not counted. */
function findings(text: string): string[] {
  const path = join(root, "policy.yaml");
  writeFileSync(path, HEAD + text);
  return loadApprovalPolicy(path, "p.yaml").diagnostics.map(
    ({ place, code, message }) => `${(place?.line ?? 0) - 2}:${place?.column} ${code} ${message}`,
  );
}

function policy(text: string): ApprovalPolicy {
  const path = join(root, "policy.yaml");
  writeFileSync(path, HEAD + text);
  const { policy: loaded, diagnostics } = loadApprovalPolicy(path, "p.yaml");
  if (!loaded) throw new Error(diagnostics.map(({ message }) => message).join("\n"));
  return loaded;
}

describe("an approval policy", () => {
  it("has defaults under which one from before still says what it said", () => {
    expect(policy(`${PEOPLE}deadline: 3d\nreasons: [approve]\n`)).toEqual({
      approval: "own",
      title: "May it?",
      approvers: ["ada@example.com", "grace@example.com"],
      quorum: 1,
      fourEyes: true,
      delegation: false,
      deadline: "3d",
      escalation: [],
      afterHours: "queue",
      onExpiry: "fail",
      reminders: [],
      reasons: { approve: "required", reject: "optional", categories: [] },
      edit: [],
      channels: ["email"],
      signIn: "link",
    });
  });

  it("takes everything that there is, and reads again what it was read to", () => {
    const full = policy(
      `approvers: [legal@example.com, { group: legal }, { from: request.owner }]
quorum: 2
delegation: { to: [{ group: legal }] }
deadline: 3d
escalation: [{ approvers: [head@example.com, vice@example.com], within: 1d }]
businessHours:
  timeZone: Europe/Berlin
  hours: { mon: ["09:00-12:00", "13:00-17:00"], fri: "22:00-06:00" }
  holidays: [2026-12-25, { date: 2026-12-24, hours: "09:00-12:00" }]
afterHours: page
page: [webhook]
onExpiry: queue
reminders: [1d, 4h]
reasons: { approve: required, categories: [licence, security] }
edit: [amount, lines.0.text]
channels: [slack, email]
signIn: required
clearance: [pii]
`,
    );
    expect(full.reasons).toEqual({
      approve: "required",
      reject: "required",
      categories: ["licence", "security"],
    });
    expect(ApprovalPolicy.parse(JSON.parse(JSON.stringify(full)))).toEqual(full);
  });

  it.each<[string, string, string[]]>([
    [
      "nobody",
      "approvers: []\ndeadline: 1d\n",
      ["1:12 ESP204 a list with something in it is expected here"],
    ],
    [
      "a path with a dollar",
      "approvers: [{ from: $.owner }]\ndeadline: 1d\n",
      ['1:21 ESP204 "$.owner" is no path into the evidence'],
    ],
    [
      "a group with a strange name",
      "approvers: [{ group: The Lawyers }]\ndeadline: 1d\n",
      ['1:22 ESP204 the text "The Lawyers" is not possible here'],
    ],
    [
      "a quorum that one person twice would fill",
      "approvers: [ada@example.com, ' ADA@example.com']\nquorum: 2\ndeadline: 1d\n",
      ["2:9 ESP516 2 people must approve, and a level has only 1"],
    ],
    [
      "a quorum that a later level cannot fill",
      `${PEOPLE}quorum: 2\ndeadline: 1d\nescalation: [{ approvers: [a@example.com], within: 1d }]\n`,
      ["2:9 ESP516 2 people must approve, and a level has only 1"],
    ],
    [
      "a quorum of groups, which are not known here",
      "approvers: [{ group: a }]\nquorum: 2\ndeadline: 1d\n",
      [],
    ],
    ["a quorum of everybody", 'approvers: ["*"]\nquorum: 2\ndeadline: 1d\n', []],
    [
      "a reminder before the request",
      `${PEOPLE}deadline: 1d\nreminders: [4h, 24h]\n`,
      ["3:17 ESP513 a reminder 24h before the deadline comes before the request, which has 1d"],
    ],
    [
      "a reminder that is too long in business days",
      `${PEOPLE}deadline: 1d\nreminders: [8h]\nbusinessHours: { timeZone: UTC, ${HOURS} }\n`,
      ["3:13 ESP513 a reminder 8h before the deadline comes before the request, which has 1d"],
    ],
    [
      "two reminders at once",
      `${PEOPLE}deadline: 1d\nreminders: [1h, 60m]\n`,
      ["3:17 ESP513 two reminders come at the same time"],
    ],
    [
      "a level of a minute",
      `${PEOPLE}deadline: 1d\nescalation: [{ approvers: [a@example.com], within: 60s }]\n`,
      ["3:52 ESP514 1m is too short for a level: nobody has read the message by then"],
    ],
    [
      "a time zone that is an offset",
      `${PEOPLE}deadline: 1d\nbusinessHours: { timeZone: "+02:00", ${HOURS} }\n`,
      ['3:28 ESP510 "+02:00" is no time zone'],
    ],
    [
      "hours that end when they begin",
      `${PEOPLE}deadline: 1d\nbusinessHours: { timeZone: UTC, hours: { mon: "09:00-09:00" } }\n`,
      ['3:47 ESP511 "09:00-09:00" is no span of a day'],
    ],
    [
      "hours that overlap",
      `${PEOPLE}deadline: 1d\nbusinessHours: { timeZone: UTC, hours: { mon: ["09:00-12:00", "11:00-13:00"] } }\n`,
      ["3:47 ESP511 two spans of one day overlap"],
    ],
    [
      "a business that is never open",
      `${PEOPLE}deadline: 1d\nbusinessHours: { timeZone: UTC, hours: {} }\n`,
      ["3:40 ESP511 the business is never open"],
    ],
    [
      "a day that the calendar does not have",
      `${PEOPLE}deadline: 1d\nbusinessHours: { timeZone: UTC, ${HOURS}, holidays: [2027-02-29] }\n`,
      ['3:75 ESP512 "2027-02-29" is no day of the calendar'],
    ],
    [
      "what happens after hours that there are not",
      `${PEOPLE}deadline: 1d\nafterHours: reject\n`,
      ['3:1 ESP515 "afterHours" means nothing without businessHours'],
    ],
    [
      "channels for pages that are not sent",
      `${PEOPLE}deadline: 1d\npage: [slack]\n`,
      ['3:1 ESP515 "page" means nothing unless afterHours is page'],
    ],
    [
      "an unknown channel",
      `${PEOPLE}deadline: 1d\nchannels: [pigeon]\n`,
      ['3:12 ESP204 the text "pigeon" is not possible here'],
    ],
    [
      "an unknown end",
      `${PEOPLE}deadline: 1d\nonExpiry: approve\n`,
      ['3:11 ESP204 the text "approve" is not possible here'],
    ],
  ])("with %s", (_, text, expected) => {
    expect(findings(text)).toEqual(expected);
  });

  it("means a business day by a d where it has business hours", () => {
    const { businessHours } = policy(
      `${PEOPLE}deadline: 3d\nbusinessHours: { timeZone: UTC, hours: { mon: ["09:00-12:00", "13:00-17:30"], sat: "09:00-12:00" } }\n`,
    );
    expect(policySeconds("3d", { businessHours })).toBe(3 * 7.5 * 3600);
    expect(policySeconds("4h", { businessHours })).toBe(4 * 3600);
    expect(policySeconds("3d", {})).toBe(3 * 86_400);
    expect(policySeconds("soon", {})).toBeUndefined();
  });
});

describe("docs/approvals.md", () => {
  it("shows a policy that is sound, and has every key", () => {
    const page = readFileSync(resolve(import.meta.dirname, "../../docs/approvals.md"), "utf8");
    const text = /```yaml policy\n([\s\S]*?)```/.exec(page)?.[1] ?? "";
    const path = join(root, "documented.yaml");
    writeFileSync(path, text);
    const { policy: shown, diagnostics } = loadApprovalPolicy(path, "p.yaml");
    expect(diagnostics).toEqual([]);
    expect(Object.keys(shown ?? {}).sort()).toEqual(
      Object.keys(ApprovalPolicy.shape)
        .filter((key) => key !== "page")
        .sort(),
    );
  });
});

describe("a policy in an environment", () => {
  const load = (text: string) => {
    writeFileSync(join(root, "prod.yaml"), text);
    const { environment, diagnostics } = loadEnvironment("prod", root);
    if (!environment) throw new Error(diagnostics.map(({ message }) => message).join("\n"));
    return environment;
  };
  const asking = () =>
    policy(
      "approvers: [{ group: legal }, { from: owner }]\nquorum: 2\ndelegation: { to: [{ group: heads }] }\ndeadline: 1d\nescalation: [{ approvers: [{ group: heads }], within: 1d }]\n",
    );

  it("has addresses in the place of groups", () => {
    const environment = load(
      "groups: { legal: [ada@example.com], heads: [joan@example.com, ken@example.com] }\n",
    );
    const { policy: resolved, diagnostics } = resolvePolicy(asking(), environment);
    expect(diagnostics).toEqual([]);
    expect(resolved).toMatchObject({
      approvers: ["ada@example.com", { from: "owner" }],
      delegation: { to: ["joan@example.com", "ken@example.com"] },
      escalation: [{ approvers: ["joan@example.com", "ken@example.com"], within: "1d" }],
    });
  });

  it("asks the environment's own approvers, and those of its groups", () => {
    const environment = load(
      "groups: { staff: [ada@example.com, grace@example.com] }\napprovers: { own: [{ group: staff }] }\n",
    );
    const { policy: resolved } = resolvePolicy(policy(`${PEOPLE}deadline: 1d\n`), environment);
    expect(resolved.approvers).toEqual(["ada@example.com", "grace@example.com"]);
  });

  it("names the place of the groups where one is unknown", () => {
    const environment = load(
      "region: eu-central-1\naccount: '123456789012'\ngroups:\n  head: [a@example.com]\n  legal: [b@example.com]\n",
    );
    expect(resolvePolicy(asking(), environment).diagnostics).toMatchObject([
      {
        code: "ESP204",
        severity: "error",
        message: expect.stringContaining(
          'asks the group "heads", which the environment prod does not have',
        ),
        hint: 'Did you mean "head"?',
        place: { line: 4 },
      },
    ]);
  });

  it("says which file to write where there is none", () => {
    const found = resolvePolicy(asking(), emptyEnvironment("local", root)).diagnostics;
    expect(found.map(({ code }) => code)).toEqual(["ESP204", "ESP204"]);
    expect(found[0]?.hint).toContain("groups: { legal: [ada@example.com] }");
  });

  it("finds a quorum that its groups do not reach", () => {
    const environment = load("groups: { legal: [ada@example.com], heads: [joan@example.com] }\n");
    expect(resolvePolicy(asking(), environment).diagnostics).toMatchObject([
      { code: "ESP516", message: expect.stringContaining("in the environment prod") },
    ]);
  });

  it("finds a sign-in that nobody can do, a dead end where it would be deployed", () => {
    const strict = policy(`${PEOPLE}deadline: 1d\nsignIn: required\n`);
    const found = (environment: ReturnType<typeof load>) =>
      resolvePolicy(strict, environment).diagnostics.map(({ code, severity }) => [code, severity]);
    const issuer = "signIn: { issuer: https://login.example.com, clientId: a }";
    expect(found(load(`notify: { ${issuer} }\n`))).toEqual([]);
    expect(found(load("notify: { email: { from: a@example.com } }\n"))).toEqual([
      ["ESP520", "error"],
    ]);
    expect(found(emptyEnvironment("local", root))).toEqual([["ESP520", "warning"]]);
  });
});
