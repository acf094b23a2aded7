/** Posts that must not count, and people who may not decide. */
import { describe, expect, it } from "vitest";
import { DECISION, expectUndecided, markFor, type Scene, scene, seen } from "./attack-scene.ts";
import { type OpenedPage, openPage, postForm } from "./pages-world.ts";

type Post = (scene: Scene, page: OpenedPage) => Promise<Response>;

/** A post of the form with other fields or headers. */
const posted =
  (fields: Record<string, string>, headers: Record<string, string> = {}): Post =>
  ({ world, path }, page) =>
    postForm(world, path, page, { ...DECISION, ...fields }, headers);

/** A post whose body is written by hand. */
const raw =
  (body: (page: OpenedPage) => string, headers: Record<string, string> = {}): Post =>
  ({ world, path }, page) =>
    world.fetch(path, {
      method: "POST",
      body: body(page),
      headers: {
        "content-type": "application/x-www-form-urlencoded",
        "sec-fetch-site": "same-origin",
        cookie: page.cookie,
        ...headers,
      },
    });

const form = (page: OpenedPage, more = "") =>
  `${new URLSearchParams({ ...page.fields, ...DECISION })}${more}`;

const REFUSED_POSTS: readonly (readonly [string, number, Post])[] = [
  ["without the cookie", 403, posted({}, { cookie: "" })],
  ["with a cookie of one's own making", 403, posted({}, { cookie: "__Secure-espalier-link=x" })],
  [
    "with the cookie under the name that plain HTTP has",
    403,
    (scene, page) => posted({}, { cookie: page.cookie.replace("__Secure-", "") })(scene, page),
  ],
  [
    "with the cookie of another link",
    403,
    async (here, page) => {
      const other = await openPage(here.world, here.world.link(await here.world.ask()));
      return posted({}, { cookie: other.cookie })(here, page);
    },
  ],
  ["without the mark", 403, posted({ mark: "" })],
  [
    "with the cookie as the mark",
    403,
    (here, page) => posted({ mark: page.cookie.split("=")[1] ?? "" })(here, page),
  ],
  [
    "with the mark of another link",
    403,
    async (here, page) => {
      const other = await openPage(here.world, here.world.link(await here.world.ask()));
      return posted({ mark: other.fields.mark ?? "" })(here, page);
    },
  ],
  [
    "with mark and cookie of a link of another person",
    403,
    async (here) => {
      const other = await openPage(here.world, here.world.link(here.approval, "ada@example.com"));
      return posted({})(here, other);
    },
  ],
  [
    "from another site",
    403,
    posted({}, { origin: "https://evil.example.com", "sec-fetch-site": "cross-site" }),
  ],
  [
    "from another site in a sandbox",
    403,
    posted({}, { origin: "null", "sec-fetch-site": "cross-site" }),
  ],
  [
    "from another host of the domain",
    403,
    posted({}, { origin: "https://www.example.com", "sec-fetch-site": "same-site" }),
  ],
  ["from another site by an old browser", 403, posted({}, { origin: "https://evil.example.com" })],
  [
    "from an address that begins like ours",
    403,
    posted({}, { origin: "https://approvals.example.com.evil.example.com" }),
  ],
  ["from our name over plain HTTP", 403, posted({}, { origin: "http://approvals.example.com" })],
  ["by a bookmark", 403, posted({}, { "sec-fetch-site": "none" })],
  ["as plain text", 415, raw(form, { "content-type": "text/plain" })],
  [
    "as JSON",
    415,
    raw((page) => JSON.stringify({ ...page.fields, ...DECISION }), {
      "content-type": "application/json",
    }),
  ],
  [
    "as multipart",
    415,
    raw((page) => form(page), { "content-type": "multipart/form-data; boundary=x" }),
  ],
  ["with two actions", 400, raw((page) => form(page, "&action=reject"))],
  ["with two digests", 400, raw((page) => form(page, "&evidence=x"))],
  ["with the name of somebody else", 400, posted({ by: "ada@example.com" })],
  ["with a verdict of its own", 400, posted({ verdict: "approved" })],
  ["with a method of its own", 400, posted({ _method: "DELETE" })],
  ["with a field that looks like a list", 400, posted({ "action[]": "approve" })],
  ["with a field of the prototype", 400, posted({ __proto__x: "1" })],
  ["with an action that there is not", 422, posted({ action: "approved" })],
  [
    "with the action in the address only",
    422,
    ({ world, path }, page) => postForm(world, `${path}?action=approve`, page, { reason: "x" }),
  ],
  ["with a body that is too large", 413, posted({ reason: "x".repeat(300_000) })],
  ["with a reason that is too long", 422, posted({ reason: "x".repeat(4001) })],
  ["with a category that there is not", 422, posted({ category: "none of them" })],
  ["with a category of HTML", 422, posted({ category: "<script>" })],
  ["about evidence that was changed", 409, posted({ evidence: `sha256:${"0".repeat(64)}` })],
  ["about no evidence", 409, posted({ evidence: "" })],
  ["rejecting without a reason", 422, posted({ action: "reject", reason: "  " })],
  ["handing it to nobody", 422, posted({ action: "delegate", to: "" })],
  ["handing it to everybody", 422, posted({ action: "delegate", to: "*" })],
  ["handing it to the rule", 422, posted({ action: "delegate", to: "rule" })],
  ["handing it to oneself", 422, posted({ action: "delegate", to: "LEGAL@example.com" })],
  [
    "handing it to two people",
    422,
    posted({ action: "delegate", to: "a@example.com, b@example.com" }),
  ],
  [
    "handing it to a header of a mail",
    422,
    posted({ action: "delegate", to: "a@example.com\nbcc: b@example.com" }),
  ],
  ["under a name that was pointed here", 404, posted({}, { host: "evil.example.com" })],
];

describe("posts that do not count", () => {
  it.each(REFUSED_POSTS)("%s (%i)", async (_name, status, post) => {
    const here = await scene();
    const page = await openPage(here.world, here.path);
    const response = await post(here, page);
    expect(response.status).toBe(status);
    expect(await response.text()).not.toContain("token-1");
    await expectUndecided(here);
  });

  it.each([
    ["x-forwarded-host", "evil.example.com"],
    ["x-forwarded-for", "203.0.113.9"],
    ["x-forwarded-proto", "http"],
    ["forwarded", "for=203.0.113.9;host=evil.example.com;proto=http"],
    ["x-original-url", "/queue"],
    ["x-rewrite-url", "/queue"],
    ["x-http-method-override", "DELETE"],
    ["x-host", "evil.example.com"],
  ])("%s changes nothing about an answer", async (name, value) => {
    const { world, path } = await scene();
    const plain = await seen(await world.fetch(path));
    expect(await seen(await world.fetch(path, { headers: { [name]: value } }))).toEqual(plain);
    expect(plain.body).not.toContain("evil.example.com");
  });
});

describe("people who may not decide", () => {
  it("the one who asked for the run", async () => {
    const here = await scene({ principal: "Legal@Example.com" });
    const page = await openPage(here.world, here.path);
    expect(page.text).toContain("Somebody else decides this");
    expect(page.text).not.toContain("<form");
    const mark = await markFor(here);
    const response = await postForm(here.world, here.path, { ...page, fields: mark }, DECISION);
    expect(response.status).toBe(403);
    await expectUndecided(here);
  });

  it("the one who asked for the run, through a colleague who hands it over", async () => {
    const here = await scene({ principal: "eve@example.com" });
    const page = await openPage(here.world, here.path);
    const response = await postForm(here.world, here.path, page, {
      action: "delegate",
      to: "eve@example.com",
    });
    expect(response.status).toBe(422);
    await expectUndecided(here);
  });

  it("somebody who has handed it on, and whoever would hand it back", async () => {
    const here = await scene();
    const { world, path, approval } = here;
    const page = await openPage(world, path);
    await postForm(world, path, page, { action: "delegate", to: "grace@example.com" });
    expect((await postForm(world, path, page, DECISION)).status).toBe(403);
    const theirs = world.link(approval, "grace@example.com");
    const back = await postForm(world, theirs, await openPage(world, theirs), {
      action: "delegate",
      to: "legal@example.com",
    });
    expect(back.status).toBe(422);
    expect(world.heard).toEqual([]);
  });

  it("somebody who is not asked, though the link is signed", async () => {
    const here = await scene();
    const { world, approval } = here;
    const path = world.link(approval, "eve@example.com");
    const page = await openPage(world, path);
    expect(page.text).not.toContain("<form");
    // Nor are they shown what it is about.
    expect(page.text).not.toContain("left-pad-plus");
    const fields = await markFor({ ...here, path, token: path.slice(3) });
    expect((await postForm(world, path, { ...page, fields }, DECISION)).status).toBe(403);
    await expectUndecided(here);
  });

  it("somebody who has approved already, for the second of two", async () => {
    const here = await scene({ policy: { quorum: 2 } });
    const { world, path } = here;
    const page = await openPage(world, path);
    expect((await postForm(world, path, page, DECISION)).status).toBe(303);
    expect((await postForm(world, path, page, DECISION)).status).toBe(403);
    const other = world.link(here.approval);
    const again = await openPage(world, other);
    expect(again.text).not.toContain("<form");
    expect(world.heard).toEqual([]);
  });

  it("anybody, once it is decided, with the same form or another link", async () => {
    const here = await scene();
    const { world, path, approval } = here;
    const page = await openPage(world, path);
    const other = world.link(approval, "ada@example.com");
    const theirs = await openPage(world, other);
    expect((await postForm(world, path, page, DECISION)).status).toBe(303);
    for (const [link, from] of [
      [path, page],
      [other, theirs],
    ] as const) {
      const reject = { ...DECISION, action: "reject" };
      expect((await postForm(world, link, from, reject)).status).toBe(409);
    }
    expect(world.heard).toHaveLength(1);
  });

  it("anybody after the deadline", async () => {
    const here = await scene();
    const { world, path } = here;
    const page = await openPage(world, path);
    world.now = new Date("2026-11-26T09:00:01.000Z");
    expect((await postForm(world, path, page, DECISION)).status).toBe(409);
    expect(world.heard).toEqual([]);
  });

  it("anybody whose policy does not let them hand it on, or change it", async () => {
    const here = await scene({ policy: { delegation: false, edit: [] } });
    const { world, path } = here;
    const page = await openPage(world, path);
    expect(page.text).not.toContain("Hand it on");
    const handed = await postForm(world, path, page, {
      action: "delegate",
      to: "grace@example.com",
    });
    expect(handed.status).toBe(422);
    // No such field: nothing is changed by it.
    await postForm(world, path, page, { ...DECISION, "edit.0": "mine" });
    expect(world.heard[0]?.value).not.toHaveProperty("edited");
  });

  it("anybody without a session, at the queue and the exports", async () => {
    const { world } = await scene();
    const nowhere = await seen(await world.fetch("/nowhere"));
    for (const path of [
      "/queue",
      "/export.csv",
      "/export.json",
      "/in/x",
      "/sign-in",
      "/signed-in",
      "/slack/interactions",
    ]) {
      expect(await seen(await world.fetch(path))).toEqual(nowhere);
    }
    const forged = "__Host-espalier-session=session.x.e30.AAAA";
    expect(await seen(await world.fetch("/queue", { headers: { cookie: forged } }))).toEqual(
      nowhere,
    );
  });
});
