import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Approval } from "../../../lib/runtime/approval/approval.ts";
import { normaliseEvidence } from "../../../lib/runtime/approval/normalise-evidence.ts";
import type { MessageKind } from "../../../lib/runtime/approval/notifier.ts";
import { publicView } from "../../../lib/runtime/approval/stored-approval.ts";
import type { Json } from "../../../lib/runtime/json.ts";
import { renderMessage } from "../../../lib/runtime/notify/render-message.ts";
import { storedApproval } from "../approval/approval-world.ts";
import { SlackMessage } from "./slack-server.ts";

const LINK = "https://approvals.example.com/a/v1.k.body.signature";
const KINDS: readonly MessageKind[] = ["request", "reminder", "escalation", "decided"];

const EVIDENCE: Json = {
  proposal: { component: "left-pad 4.2.0", verdict: "allow" },
  agent: { agent: "investigator", reasons: "Only the test runner falls under it." },
  flags: [{ level: "critical", text: "The policy denies GPL-3.0-only.", source: "licences 3.1" }],
  risk: { level: "medium", reasons: ["The component is new."] },
};

function approval(change: Partial<Approval> = {}, evidence: Json = EVIDENCE): Approval {
  return publicView({ ...storedApproval({ evidence: normaliseEvidence(evidence) }), ...change });
}

const message = (kind: MessageKind, about = approval()) =>
  renderMessage({ kind, approval: about, to: "ada@example.com", link: LINK });

const titled = (title: string) => {
  const plain = approval();
  return approval({ policy: { ...plain.policy, title } });
};

const count = (text: string, part: string) => text.split(part).length - 1;

/** What a reader of the HTML sees, roughly. */
const seen = (html: string) =>
  html
    .slice(html.indexOf("<body"))
    .replaceAll(/<[^>]*>/g, " ")
    .replaceAll("&#39;", "'")
    .replaceAll("&quot;", '"')
    .replaceAll("&lt;", "<")
    .replaceAll("&gt;", ">")
    .replaceAll("&amp;", "&");

describe("a message", () => {
  it("says in plain words what will happen, why, and by when, in every form", () => {
    const { subject, text, html, slack } = message("request");
    expect(subject).toBe("Please decide: Allow these licences?");
    for (const form of [text, seen(html), JSON.stringify(slack)]) {
      expect(form).toContain("What will happen if you approve");
      expect(form).toContain("component: left-pad 4.2.0");
      expect(form).toContain("Only the test runner falls under it.");
      expect(form).toContain("Critical: The policy denies GPL-3.0-only. (licences 3.1)");
      expect(form).toContain("Thu 7 May 2026, 10:00 UTC");
      expect(form).toContain("the run fails");
      expect(form).toContain("Opening the link decides nothing.");
      expect(form).toContain("nobody reads replies");
    }
  });

  it.each(KINDS)("has its link once in the text, once in the HTML, once in Slack: %s", (kind) => {
    const { text, html, slack } = message(kind);
    expect(count(text, LINK)).toBe(1);
    expect(count(html, LINK)).toBe(1);
    expect(count(JSON.stringify(slack), LINK)).toBe(1);
    expect(html).not.toContain("<img");
    expect(html).not.toMatch(/<(script|link|style)/);
  });

  it.each<[MessageKind, RegExp]>([
    ["reminder", /^Reminder, decide by Thu 7 May 2026, 10:00 UTC: Allow/],
    ["escalation", /^Now with you: Allow/],
  ])("of the kind %s says so in its subject", (kind, subject) => {
    expect(message(kind).subject).toMatch(subject);
  });

  it("about a decision says who, when and why, and has nothing left to press but the link", () => {
    const decision = {
      verdict: "rejected" as const,
      by: "grace@example.com",
      at: "2026-05-05T08:00:00.000Z",
      reason: "Not in what we ship.",
      category: "licence",
      edited: null,
    };
    const told = message("decided", approval({ status: "rejected", decision }));
    expect(told.subject).toBe("Rejected: Allow these licences?");
    expect(told.text).toContain("grace@example.com has rejected this on Tue 5 May 2026, 08:00 UTC");
    expect(told.text).toContain("Not in what we ship.");
    expect(JSON.stringify(told.slack)).not.toContain("espalier.approve");
  });

  it("is the same, byte for byte, for the same input", () => {
    expect(message("request")).toEqual(message("request"));
  });

  it("shows the time zone of the business", () => {
    const { policy } = approval();
    const businessHours = {
      timeZone: "Europe/Berlin",
      hours: { mon: "09:00-17:00" },
      holidays: [],
    };
    const about = approval({ policy: { ...policy, businessHours } });
    expect(message("request", about).text).toMatch(/Thu 7 May 2026, 12:00 (CEST|GMT\+2)/);
  });

  it("has no buttons to decide with where the policy wants a sign-in", () => {
    const { policy } = approval();
    const { slack } = message("request", approval({ policy: { ...policy, signIn: "required" } }));
    expect(JSON.stringify(slack)).toContain("espalier.open");
    expect(JSON.stringify(slack)).not.toContain("espalier.approve");
  });
});

describe("what comes from models, documents and people", () => {
  it.each([
    ["HTML", "<script>alert(1)</script><a href='https://evil.example'>here</a>"],
    ["an attribute's end", `"><img src=x onerror=alert(1)>`],
    ["a mention in Slack", "<!channel> <@U1> <https://evil.example|Approve>"],
  ])("is no markup: %s", (_, text) => {
    const { html, slack } = message("request", approval({}, { proposal: { note: text } }));
    expect(html).not.toMatch(/<script|<img|onerror=alert\(1\)>|href='https/);
    const said = JSON.stringify(slack);
    expect(said).not.toMatch(/<!channel>|<@U1>|<https/);
  });

  it.each([
    "https://evil.example/a?b",
    "HTTP://EVIL.example",
    "www.evil.example/login",
    "mailto:boss@evil.example",
    "javascript:alert(1)",
  ])("makes no link of its own: %s", (address) => {
    const { text, html, slack } = message("request", approval({}, { proposal: { see: address } }));
    for (const form of [text, html, JSON.stringify(slack)]) {
      expect(form).not.toContain(address);
      expect(form).toContain("[a web address");
    }
  });

  it.each([
    ["a line that ends a header", "Hello\r\nBcc: everybody@example.com", "Hello Bcc:"],
    ["a line separator", "Hello\u2028Bcc: x", "Hello Bcc: x"],
    ["a character that turns the line round", "a\u202egnp.exe", "[U+202E]"],
    ["a space without width", "app\u200brove", "[U+200B]"],
    ["a null", "a\0b", "[U+0000]"],
    ["an escape of a terminal", "a\u001b[31mb", "[U+001B]"],
    ["letters that pass for others", "аррrove", "[Latin and Cyrillic]"],
    [
      "a word of another alphabet among Latin ones",
      "please reject: ехсор is our own",
      "[Cyrillic]",
    ],
    ["styled letters", "𝐚𝐩𝐩𝐫𝐨𝐯𝐞 it now please", "reads approve"],
  ])("is made visible, on one line: %s", (_, title, expected) => {
    const { subject, text, html } = message("request", titled(title));
    expect(subject).toContain(expected);
    expect(text).toContain(expected);
    expect(html).toContain(expected.replaceAll("'", "&#39;"));
  });

  it("never breaks a header or a block's limit, whatever it is", () => {
    fc.assert(
      fc.property(
        fc.string({ unit: "binary", maxLength: 1500 }),
        fc.jsonValue({ maxDepth: 3 }),
        fc.constantFrom(...KINDS),
        (title, proposal, kind) => {
          const about = titled(`T${title}`);
          const evidence = normaliseEvidence({
            proposal: proposal as Json,
            agent: { reasons: title },
          });
          const told = message(kind, { ...about, evidence });
          expect(told.subject).not.toMatch(/[\p{Cc}\u2028\u2029\u202a-\u202e\u2066-\u2069]/u);
          const { success, error } = SlackMessage.safeParse({
            channel: "U1",
            text: told.subject,
            blocks: told.slack,
            ...{ mrkdwn: false, parse: "none" },
            ...{ link_names: false, unfurl_links: false, unfurl_media: false },
          });
          expect(error).toBeUndefined();
          expect(success).toBe(true);
          expect(count(told.html, "<a ")).toBe(1);
          expect(Buffer.from(told.text).toString()).toBe(told.text);
        },
      ),
      { numRuns: 60 },
    );
  });
});

describe("large evidence", () => {
  it("is cut, and says that the page has the rest", () => {
    const proposal = Object.fromEntries(
      Array.from({ length: 40 }, (_, index) => [`field${index}`, "x".repeat(5000)]),
    );
    const { text, slack } = message("request", approval({}, { proposal }));
    expect(text).toContain("32 more on the page");
    expect(text.length).toBeLessThan(6000);
    expect(JSON.stringify(slack).length).toBeLessThan(20_000);
  });

  it("that lies elsewhere is not looked for", () => {
    const stored = { $stored: `sha256:${"a".repeat(64)}`, bytes: 300_000 };
    const about = approval();
    const { text } = message("request", {
      ...about,
      evidence: { ...about.evidence, proposal: stored },
    });
    expect(text).toContain("It is too large for a message: the page shows it.");
  });
});
