import { expect, test } from "vitest";
import { attentionList } from "../../code/report/attention.ts";
import { countDecisions, type Decision } from "../../code/report/decision.ts";
import { renderMarkdown } from "../../code/report/markdown.ts";
import { renderNotice } from "../../code/report/notice.ts";

function decision(component: string, more: Partial<Decision> = {}): Decision {
  return {
    component,
    purl: null,
    scope: null,
    verdict: "allowed",
    licence: "MIT",
    reason: "because",
    evidence: [],
    claim: null,
    copyright: [],
    ...more,
  };
}

const EVIDENCE = {
  file: "LICENSE",
  digest: `sha256:${"a".repeat(64)}`,
  line: 3,
  quote: "Do | what *you* like <b>",
  licence: null,
  similarity: null,
};

test("counts add up", () => {
  const decisions = [
    decision("a"),
    decision("b", { verdict: "denied" }),
    decision("c", { verdict: "unclear" }),
  ];
  expect(countDecisions(decisions)).toEqual({ components: 3, allowed: 1, denied: 1, unclear: 1 });
});

test("an approver sees denied and unclear components with their evidence, and no others", () => {
  const list = attentionList([
    decision("fine"),
    decision("odd", { verdict: "unclear", licence: "", evidence: [EVIDENCE] }),
    decision("bad", { verdict: "denied" }),
  ]);
  expect(list.denied.map(({ component }) => component)).toEqual(["bad"]);
  expect(list.unclear).toEqual([
    {
      component: "odd",
      claim: null,
      licence: "(none declared)",
      reason: "because",
      evidence: ['LICENSE:3 "Do | what *you* like <b>"'],
    },
  ]);
});

test("what does not fit an approval is counted, denied ones shown first", () => {
  const many = Array.from({ length: 3000 }, (_, i) => decision(`c${i}`, { verdict: "unclear" }));
  const list = attentionList([...many, decision("bad", { verdict: "denied" })]);
  expect(list.denied).toHaveLength(1);
  expect(list.unclear.length + list.notShown).toBe(3000);
  expect(JSON.stringify(list).length).toBeLessThan(110 * 1024);
});

test("texts of strangers become no markup in the report", () => {
  const markdown = renderMarkdown({
    subject: "shop `1`",
    counts: { components: 1, allowed: 0, denied: 0, unclear: 1 },
    decisions: [
      decision("odd", {
        verdict: "unclear",
        evidence: [EVIDENCE],
        reason: "[x](http://example.com)\n# no",
      }),
    ],
    expired: ["odd (odd@1): expired on 2026-01-01"],
    approval: { by: "legal@example.com", at: "2026-11-21T10:00:00Z", reason: "fine for us" },
    run: { id: "r1", digest: "sha256:1" },
  });
  expect(markdown).toContain("Approved by legal@example.com, 2026-11-21T10:00:00Z: fine for us");
  expect(markdown).toContain("\\[x\\](http://example.com) \\# no");
  expect(markdown).toContain("Do \\| what \\*you\\* like \\<b\\>");
  expect(markdown).toContain("## Expired exceptions");
});

test("NOTICE names each component once, and each licence's text once", () => {
  const notice = renderNotice("shop", [
    decision("a@1.0.0", { copyright: ["Copyright (c) 2012 Jo Doe"] }),
    decision("b@1.0.0"),
    decision("c@1.0.0", { licence: "MIT AND ISC" }),
    decision("d@1.0.0", { licence: "" }),
    decision("e@1.0.0", { licence: '"BSD"' }),
  ]);
  for (const part of ["a@1.0.0\n    Copyright (c) 2012 Jo Doe", "No licence declared", '"BSD"']) {
    expect(notice).toContain(part);
  }
  expect(notice.match(/Permission is hereby granted, free of charge/g)).toHaveLength(1);
  expect(notice.match(/^Text of /gm)).toHaveLength(2);
});
