import { describe, expect, it } from "vitest";
import { STYLE_PATH } from "../../lib/pages/style.ts";
import { readAudit } from "../../lib/runtime/audit.ts";
import { openPage, pagesWorld, postForm } from "./pages-world.ts";

describe("the page of a request", () => {
  it("shows what will happen, why, what speaks against it, and asks", async () => {
    const world = pagesWorld();
    const approval = await world.ask();
    const { response, text } = await openPage(world, world.link(approval));
    expect(response.status).toBe(200);
    for (const part of [
      "May this build ship with this licence?",
      "What will happen",
      "left-pad-plus 4.2.0",
      "The agent investigator writes",
      "The policy denies GPL-3.0-only in shipped code.",
      "lines 12 to 19",
      "build@example.com",
      'name="action" value="approve"',
      'name="action" value="reject"',
      'value="delegate"',
    ]) {
      expect(text).toContain(part);
    }
    expect(text).not.toContain("token-1");
  });

  it("sends headers that keep it from being framed, kept, indexed, told to others or scripted", async () => {
    const world = pagesWorld();
    const { response } = await openPage(world, world.link(await world.ask()));
    expect(Object.fromEntries(response.headers)).toMatchObject({
      "content-security-policy":
        "default-src 'none'; style-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
      "x-frame-options": "DENY",
      "x-content-type-options": "nosniff",
      "referrer-policy": "no-referrer",
      "cache-control": "no-store",
      "x-robots-tag": "noindex, nofollow, noarchive, nosnippet",
      "strict-transport-security": "max-age=63072000",
    });
    expect(response.headers.getSetCookie()[0]).toMatch(
      /^__Secure-espalier-link=[\w-]{43}; Max-Age=\d+; Path=\/a\/v1\.[\w.-]+; HttpOnly; Secure; SameSite=Strict$/,
    );
  });

  it("serves its style for ever under the name of its content, and nothing else", async () => {
    const world = pagesWorld();
    const style = await world.fetch(STYLE_PATH);
    expect(style.headers.get("content-type")).toBe("text/css; charset=utf-8");
    expect(style.headers.get("cache-control")).toBe("public, max-age=31536000, immutable");
    expect((await world.fetch("/assets/style-0.css")).status).toBe(404);
  });

  it("approves, tells the run once, and shows by whom", async () => {
    const world = pagesWorld();
    const approval = await world.ask();
    const path = world.link(approval);
    const page = await openPage(world, path);
    const posted = await postForm(world, path, page, {
      action: "approve",
      reason: "Fine.",
      category: "licence",
    });
    expect(posted.status).toBe(303);
    expect(posted.headers.get("location")).toBe(path);
    expect(world.heard).toEqual([
      {
        token: "token-1",
        what: "succeed",
        value: expect.objectContaining({
          verdict: "approved",
          by: "legal@example.com",
          reason: "Fine.",
        }),
      },
    ]);
    const after = (await openPage(world, path)).text;
    expect(after).toContain("The run goes on with its next step.");
    expect(after).toContain("<b>legal@example.com</b>");
    expect(after).not.toContain("<form");
  });

  it("asks again for a reason that is missing, keeps what was typed, and decides nothing", async () => {
    const world = pagesWorld();
    const path = world.link(await world.ask());
    const page = await openPage(world, path);
    const posted = await postForm(world, path, page, {
      action: "reject",
      category: "security",
      reason: "",
    });
    const text = await posted.text();
    expect(posted.status).toBe(422);
    expect(text).toContain('role="alert"');
    expect(text).toContain("wants a reason from whoever would reject");
    expect(text).toContain('<option value="security" selected>');
    expect(text).toContain("<title>Not yet: ");
    expect(world.heard).toEqual([]);
  });

  it("takes changes of the fields that may be changed, and nothing else", async () => {
    const world = pagesWorld();
    const path = world.link(await world.ask());
    const page = await openPage(world, path);
    const posted = await postForm(world, path, page, {
      action: "approve",
      "edit.0": "allow-once",
      "edit.1": "Only used while building.",
    });
    expect(posted.status).toBe(303);
    expect(world.heard[0]?.value).toMatchObject({
      edited: {
        action: "Publish the licence report",
        component: "left-pad-plus 4.2.0",
        decision: "allow-once",
        note: "Only used while building.",
      },
    });
  });

  it("sends no change when the fields come back as they were", async () => {
    const world = pagesWorld();
    const path = world.link(
      await world.ask({
        evidence: { proposal: { note: "two\nlines", n: 1.5, on: true, list: [1] } },
        policy: { edit: ["*"] },
      }),
    );
    const page = await openPage(world, path);
    const posted = await postForm(world, path, page, {
      action: "approve",
      "edit.0": "two\r\nlines",
      "edit.1": "1.5",
      "edit.2": "true",
      "edit.3": "[\r\n  1\r\n]",
    });
    expect(posted.status).toBe(303);
    expect(world.heard[0]?.value).not.toHaveProperty("edited");
  });

  it("offers the places that a path with stars means, each once, and nothing that is hidden", async () => {
    const world = pagesWorld();
    const proposal = {
      lines: [
        { text: "one", price: 1 },
        { text: "two", price: 2 },
      ],
      odd: "a\u202eb",
    };
    const edit = ["lines.*.text", "lines.0.text", "odd", "missing"];
    const path = world.link(await world.ask({ evidence: { proposal }, policy: { edit } }));
    const page = await openPage(world, path);
    expect(
      [...page.text.matchAll(/name="edit\.\d+" value="(\w+)"/g)].map(([, value]) => value),
    ).toEqual(["one", "two"]);
    await postForm(world, path, page, { action: "approve", "edit.0": "one", "edit.1": "2nd" });
    expect(world.heard[0]?.value).toMatchObject({
      edited: { ...proposal, lines: [proposal.lines[0], { text: "2nd", price: 2 }] },
    });
  });

  it.each([
    ["a number that is none", "edit.1", "many", "This is a number"],
    ["a truth that is none", "edit.2", "perhaps", "JSON"],
    ["broken JSON", "edit.3", "[1", "JSON"],
  ])("points at %s", async (_name, field, value, hint) => {
    const world = pagesWorld();
    const path = world.link(
      await world.ask({
        evidence: { proposal: { note: "x", n: 1.5, on: true, list: [1] } },
        policy: { edit: ["*"] },
      }),
    );
    const page = await openPage(world, path);
    const posted = await postForm(world, path, page, { action: "approve", [field]: value });
    const text = await posted.text();
    expect(posted.status).toBe(422);
    expect(text).toContain(hint);
    expect(text).toContain('aria-invalid="true"');
    expect(world.heard).toEqual([]);
  });

  it("hands the decision on, and then shows the form to the other person only", async () => {
    const world = pagesWorld();
    const approval = await world.ask();
    const path = world.link(approval);
    const page = await openPage(world, path);
    const posted = await postForm(world, path, page, {
      action: "delegate",
      to: "Grace@example.com",
      reason: "on leave",
    });
    expect(posted.status).toBe(303);
    const mine = (await openPage(world, path)).text;
    expect(mine).toContain("This is with others now");
    expect(mine).not.toContain("<form");
    const theirs = await openPage(world, world.link(approval, "grace@example.com"));
    expect(theirs.text).toContain('value="approve"');
    expect(world.heard).toEqual([]);
  });

  it("waits for as many different people as the quorum needs", async () => {
    const world = pagesWorld();
    const approval = await world.ask({ policy: { quorum: 2 } });
    const [first, second] = [world.link(approval), world.link(approval, "ada@example.com")];
    await postForm(world, first, await openPage(world, first), { action: "approve" });
    expect((await openPage(world, first)).text).toContain("one more person");
    expect(world.heard).toEqual([]);
    const page = await openPage(world, second);
    expect(page.text).toContain("1 of 2 have approved");
    await postForm(world, second, page, { action: "approve" });
    expect(world.heard).toHaveLength(1);
  });

  it("records that it was fetched, and a person only when the browser comes back", async () => {
    const world = pagesWorld();
    const approval = await world.ask();
    const path = world.link(approval);
    const opened = async () => {
      const { entries } = await readAudit(`run/${approval.run.id}`, world.ports);
      return entries.filter(({ event }) => event === "approval.opened").map(({ data }) => data.how);
    };
    await world.fetch(path, { method: "HEAD" });
    expect(await opened()).toEqual([]);
    const page = await openPage(world, path);
    await openPage(world, path);
    expect(await opened()).toEqual(["fetched"]);
    expect(
      (await world.options.desk.approvalFor(approval.id, "legal@example.com")).openedAt,
    ).toBeNull();
    await openPage(world, path, { headers: { cookie: page.cookie } });
    expect(await opened()).toEqual(["fetched", "person"]);
    expect((await world.options.desk.approvalFor(approval.id, "legal@example.com")).openedAt).toBe(
      world.now.toISOString(),
    );
  });

  it("shows a stale tab what became of the request, or what has changed", async () => {
    const world = pagesWorld();
    const approval = await world.ask({
      policy: { quorum: 2, approvers: ["legal@example.com", "ada@example.com", "eve@example.com"] },
    });
    const path = world.link(approval);
    const stale = await openPage(world, path);
    const other = world.link(approval, "ada@example.com");
    await postForm(world, other, await openPage(world, other), {
      action: "approve",
      "edit.0": "deny",
    });
    const posted = await postForm(world, path, stale, { action: "approve", reason: "as I saw it" });
    const text = await posted.text();
    expect(posted.status).toBe(409);
    expect(text).toContain("has changed since you opened the page");
    expect(text).toContain("as I saw it");
    const third = world.link(approval, "eve@example.com");
    await postForm(world, third, await openPage(world, third), {
      action: "reject",
      reason: "no",
      category: "licence",
    });
    const late = await postForm(world, path, stale, { action: "approve" });
    expect(late.status).toBe(409);
    expect(await late.text()).toContain("is already rejected, by eve@example.com");
    expect(world.heard).toHaveLength(1);
  });

  it("says when the time is over", async () => {
    const world = pagesWorld();
    const path = world.link(await world.ask());
    world.now = new Date("2026-11-26T09:00:01.000Z");
    const { text } = await openPage(world, path);
    expect(text).toContain("The time is over");
    expect(text).not.toContain("<form");
  });

  it("offers the evidence as a file, whole", async () => {
    const world = pagesWorld();
    const path = world.link(await world.ask());
    const answer = await world.fetch(`${path}/evidence.json`);
    expect(answer.headers.get("content-disposition")).toMatch(/^attachment; /);
    expect(await answer.json()).toMatchObject({ evidence: { more: { packages: { length: 12 } } } });
  });
});
