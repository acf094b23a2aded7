import { describe, expect, test } from "vitest";
import { judgeComponent } from "../../code/policy/judge-component.ts";
import { Policy } from "../../code/policy/policy.ts";

const EXCEPTION = {
  package: "odd",
  verdict: "allow",
  reason: "Read by legal; no duties in our use.",
  owner: "legal@example.com",
  expires: "2027-01-31",
};

function judge(exception: object, component: object = {}, today = "2027-01-31") {
  const policy = Policy.parse({
    allow: ["MIT"],
    review: [],
    deny: ["GPL-*"],
    own: ["@acme/*"],
    exceptions: [{ ...EXCEPTION, ...exception }],
  });
  const odd = { name: "odd", version: "1.2.3", declared: [{ text: "GPL-3.0-only" }], ...component };
  return judgeComponent(odd, policy, today);
}

describe("exceptions for single packages", () => {
  test("count up to and with their last day", () => {
    const judgement = judge({});
    expect(judgement).toMatchObject({ verdict: "allow", expired: [] });
    expect(judgement.reason).toContain("exception until 2027-01-31 by legal@example.com");
  });

  test("no longer count once expired, and are reported", () => {
    const judgement = judge({}, {}, "2027-02-01");
    expect(judgement.verdict).toBe("deny");
    expect(judgement.expired).toMatchObject([{ package: "odd", expires: "2027-01-31" }]);
  });

  test.each([
    ["another name", { package: "even" }, {}],
    ["another version", { versions: "^2.0.0" }, {}],
    ["a version that is no semantic one", { versions: "^1.0.0" }, { version: "1.x-final" }],
    ["no version", { versions: "^1.0.0" }, { version: null }],
    ["a licence that has changed since", { declared: "MPL-2.0" }, {}],
  ])("do not apply to %s", (_, exception, component) => {
    expect(judge(exception, component)).toMatchObject({ verdict: "deny", expired: [] });
  });

  test.each([
    ["a range with its version", { versions: ">=1.0.0 <2" }, {}],
    ["the licence in another spelling", { declared: "GPL-3.0" }, {}],
    ["a pattern of names", { package: "od*" }, {}],
  ])("apply to %s", (_, exception, component) => {
    expect(judge(exception, component).verdict).toBe("allow");
  });

  test("may also deny what the lists allow", () => {
    const component = { declared: [{ text: "MIT" }] };
    expect(judge({ verdict: "deny" }, component).verdict).toBe("deny");
  });
});

test("packages of our own need no licence", () => {
  const own = { name: "@acme/tool", declared: [{ text: "UNLICENSED" }] };
  expect(judge({}, own)).toMatchObject({ verdict: "allow" });
  expect(judge({}, { ...own, name: "@acme-not-us/tool" }).verdict).toBe("unknown");
});
