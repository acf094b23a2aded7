/** What models, documents, requesters and approvers write stays text, wherever it is shown. */
import { describe, expect, it } from "vitest";
import { exportCsv } from "../../lib/pages/approval-export.ts";
import { entryPath } from "../../lib/pages/index.ts";
import { plainText, visibleText } from "../../lib/pages/visible-text.ts";
import { ringOf } from "../../lib/runtime/approval/key-ring.ts";
import { openPage, pagesWorld, postForm } from "./pages-world.ts";

const PAYLOADS: readonly (readonly [string, string])[] = [
  ["a script", "<script>alert(1)</script>"],
  ["an image with a handler", "<img src=x onerror=alert(1)>"],
  ["SVG with a handler", "<svg onload=alert(1)><animate onbegin=alert(1) attributeName=x></svg>"],
  ["the end of an attribute", '"><b onmouseover="alert(1)">x</b>'],
  ["the end of an attribute in single quotes", "' onfocus='alert(1)' autofocus='"],
  ["the end of a text field", "</textarea><script>alert(1)</script>"],
  ["the end of the title", "</title><script>alert(1)</script>"],
  ["the end of a style", "</style><link rel=stylesheet href=https://example.com/x.css>"],
  ["a form of its own", '<form action="https://example.com"><button name=action value=approve>'],
  [
    "a page of its own",
    '<meta http-equiv="refresh" content="0;url=https://example.com"><base href="https://example.com">',
  ],
  ["a comment that never ends", "<!-- "],
  ["CDATA", "<![CDATA[<script>alert(1)</script>]]>"],
  ["entities", "&lt;script&gt;&#60;script&#62;"],
  ["a template", "${7*7}{{7*7}}<%= 7*7 %>#{7*7}"],
  ["Markdown", "[click](javascript:alert(1)) ![x](https://example.com/x.png) # Approve **now**"],
  ["a link that is a script", "javascript:alert(document.domain)"],
  ["a link with data", "data:text/html,<script>alert(1)</script>"],
  ["a link with a password", "https://example.com:password@evil.example.com/"],
  ["a link that is a script, spelled oddly", "JaVaScRiPt\t:alert(1)"],
  ["a zero byte in a tag", "<scr\u0000ipt>alert(1)</script>"],
  ["letters of full width", "＜script＞alert(1)＜/script＞"],
  ["a text that turns round", "\u202Eevorppa\u202C"],
  ["characters that are not seen", "app\u200brove\u2066\u{e0041}"],
  ["half a character", "\ud800<script>"],
];

/** Tags that the pages are made of. */
const TAGS = new Set(
  "html head meta title link body a header span main h1 h2 p dl div dt dd section blockquote ul ol li b br details summary form button input label select option textarea ins del cite time table caption thead tbody tr th td".split(
    " ",
  ),
);

function expectClean(page: string): void {
  const tags = [...page.matchAll(/<\/?([a-zA-Z!][^\s/>]*)/g)].map(([, name]) =>
    (name ?? "").toLowerCase(),
  );
  expect(tags.filter((name) => !TAGS.has(name) && name !== "!doctype")).toEqual([]);
  const inTags = [...page.matchAll(/<[a-z][^>]*>/g)].map(([tag]) =>
    tag.replaceAll(/"[^"]*"/g, '""'),
  );
  expect(inTags.filter((tag) => /\son\w+=|\sstyle=|\ssrcdoc=/i.test(tag))).toEqual([]);
  const targets = [...page.matchAll(/(?:href|action|src)="([^"]*)"/g)].map(
    ([, target]) => target ?? "",
  );
  expect(targets.filter((target) => !/^(\/|#|https?:\/\/)/.test(target))).toEqual([]);
  expect(page.match(/<form/g) ?? []).toHaveLength(page.includes("To the decision") ? 2 : 0);
}

const HIDDEN = /[\0\u200b\u202a-\u202e\u2066-\u2069]/;

describe("text stays text", () => {
  it.each(PAYLOADS)("%s", async (_name, payload) => {
    const world = pagesWorld();
    const approval = await world.ask({
      principal: payload,
      step: "review",
      evidence: {
        proposal: { [payload]: payload, text: payload, list: [payload, { deep: payload }] },
        before: { text: `${payload}x`, list: [payload] },
        flags: [payload, { level: "info", text: payload, source: payload }],
        risk: { level: payload, reasons: [payload] },
        citations: [{ source: payload, span: payload, quote: payload }],
        agent: { agent: payload, reasons: payload },
        timeline: [{ step: payload, outcome: payload, at: payload }],
        [payload]: payload,
        long: payload.repeat(100),
      },
      policy: {
        title: payload,
        description: payload,
        edit: ["*"],
        reasons: { approve: "optional", reject: "required", categories: [plainText(payload, 70)] },
      },
    });
    const path = world.link(approval);
    const page = await openPage(world, path);
    expectClean(page.text);
    expect(page.text).not.toMatch(HIDDEN);
    const again = await postForm(world, path, page, { action: "reject", reason: "" });
    expect(again.status).toBe(422);
    const typed = await postForm(world, path, page, {
      action: payload,
      reason: payload,
      "edit.0": payload,
    });
    expectClean(await typed.text());
    const entry = await world.fetch(
      entryPath("dev@localhost", { ring: ringOf(world.keys), now: world.now }),
    );
    const cookie = entry.headers.getSetCookie()[0]?.split(";")[0] ?? "";
    expectClean((await openPage(world, "/queue", { headers: { cookie } })).text);
    const decided = await postForm(world, path, page, { action: "approve", reason: payload });
    expect(decided.status).toBe(303);
    const after = (await openPage(world, path)).text;
    expectClean(after);
    expect(after).not.toMatch(HIDDEN);
    expect(world.errors).toEqual([]);
  });

  it("is never taken for markup anywhere in the code of the pages", async () => {
    const { readdir, readFile } = await import("node:fs/promises");
    const folder = new URL("../../lib/pages/", import.meta.url);
    const names = (await readdir(folder, { recursive: true })).filter((name) =>
      name.endsWith(".ts"),
    );
    expect(names.length).toBeGreaterThan(20);
    for (const name of names) {
      const code = await readFile(new URL(name, folder), "utf8");
      expect(code, name).not.toMatch(
        /\braw\(|innerHTML|isEscaped|dangerously|new HtmlEscapedString/,
      );
    }
  });
});

describe("letters that pass for others", () => {
  it.each([
    ["аpple", "Latin and Cyrillic"],
    ["pаypаl.com", "Latin and Cyrillic"],
    ["the account of раса here", "Cyrillic"],
    ["αpprove", "Latin and Greek"],
    ["𝐚𝐩𝐩𝐫𝐨𝐯𝐞", "reads approve"],
    ["ｌｅｇａｌ", "reads legal"],
    ["z\u0300\u0301\u0302\u0303\u0304", "5 marks"],
    ["a\u00adb", "U+00AD"],
    ["a\u3164b", "U+3164"],
    ["x\u{e0041}", "U+E0041"],
  ])("%s is marked: %s", (text, note) => {
    expect(String(visibleText(text))).toContain(`>${note}</b>`);
  });

  it.each([
    "naïve",
    "Привет, мир",
    "Ελληνικά",
    "日本語のテキスト",
    "München",
    "⚠️ ok",
    "العربية",
    "ไทย",
    "हिन्दी",
    "5 µm",
  ])("%s is not", (text) => {
    expect(String(visibleText(text))).not.toContain("<b");
  });
});

describe("the export for spreadsheets", () => {
  it.each([
    "=1+1",
    "+1",
    "-1",
    "@SUM(A1)",
    "\t=1",
    " =1",
    "＝1",
    '=HYPERLINK("https://example.com")',
  ])("%j is no formula", async (reason) => {
    const world = pagesWorld();
    const path = world.link(await world.ask({ principal: reason }));
    await postForm(world, path, await openPage(world, path), { action: "approve", reason });
    const csv = exportCsv(await world.options.desk.all());
    expect(csv).toContain(`"'${reason.replaceAll('"', '""')}"`);
    expect(csv.split("\r\n")).toHaveLength(3);
  });
});
