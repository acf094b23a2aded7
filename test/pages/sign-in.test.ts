import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { type Issuer, startIssuer } from "./issuer.ts";
import { ORIGIN, openPage, type PagesWorld, pagesWorld, postForm } from "./pages-world.ts";

const REQUIRED = { policy: { signIn: "required" } } as const;

describe("signing in besides the link", () => {
  let issuer: Issuer;
  beforeAll(async () => {
    issuer = await startIssuer();
  });
  afterAll(() => issuer.close());
  beforeEach(() => {
    issuer.person = { sub: "legal-1", email: "Legal@Example.com", email_verified: true };
    issuer.lie = {};
    issuer.otherKey = false;
  });

  const worldWithIssuer = (): PagesWorld => {
    const world = pagesWorld({ signIn: { issuer: issuer.url, clientId: issuer.clientId } });
    world.now = new Date();
    return world;
  };

  /** As a browser goes: to the issuer, and back with its cookie. Returns the last answer. */
  async function signIn(
    world: PagesWorld,
    path: string,
    change: { readonly back?: (url: URL) => void; readonly cookie?: (text: string) => string } = {},
  ): Promise<Response> {
    const begun = await world.fetch(path);
    expect(begun.status).toBe(302);
    const cookie = begun.headers.getSetCookie()[0]?.split(";")[0] ?? "";
    const at = await fetch(begun.headers.get("location") ?? "", { redirect: "manual" });
    const back = new URL(at.headers.get("location") ?? "");
    expect(back.origin).toBe(ORIGIN);
    change.back?.(back);
    return world.fetch(back.pathname + back.search, {
      headers: { cookie: change.cookie?.(cookie) ?? cookie },
      redirect: "manual",
    });
  }

  const sessionIn = (response: Response) =>
    response.headers
      .getSetCookie()
      .map((each) => each.split(";")[0] ?? "")
      .find((each) => each.includes("session=session."));

  it("shows nothing of the request before, and records who it was after", async () => {
    const world = worldWithIssuer();
    const approval = await world.ask(REQUIRED);
    const path = world.link(approval);
    const before = await openPage(world, path);
    expect(before.response.status).toBe(401);
    expect(before.text).not.toContain("licence");
    expect(before.text).toContain(`href="${path}/sign-in"`);
    expect((await world.fetch(`${path}/evidence.json`)).status).toBe(401);

    const back = await signIn(world, `${path}/sign-in`);
    expect(back.status).toBe(303);
    expect(back.headers.get("location")).toBe(path);
    const session = sessionIn(back) ?? "";
    const cookies = back.headers.getSetCookie().find((each) => each.startsWith(session));
    expect(cookies).toMatch(
      /^__Host-espalier-session=.*; Path=\/; HttpOnly; Secure; SameSite=Lax$/,
    );

    const page = await openPage(world, path, { headers: { cookie: session } });
    expect(page.text).toContain("left-pad-plus");
    const posted = await postForm(
      world,
      path,
      page,
      { action: "approve" },
      { cookie: `${page.cookie}; ${session}` },
    );
    expect(posted.status).toBe(303);
    const decided = await world.options.desk.approvalFor(approval.id, "legal@example.com");
    expect(decided.votes).toEqual([
      expect.objectContaining({ by: "legal@example.com", signIn: "legal-1" }),
    ]);
  });

  it("lets nobody decide with the link alone, or with the session of somebody else", async () => {
    const world = worldWithIssuer();
    const approval = await world.ask(REQUIRED);
    const path = world.link(approval);
    const mine = await signIn(world, `${path}/sign-in`);
    const page = await openPage(world, path, { headers: { cookie: sessionIn(mine) ?? "" } });
    expect((await postForm(world, path, page, { action: "approve" })).status).toBe(401);

    issuer.person = { sub: "eve-1", email: "eve@example.com", email_verified: true };
    const other = sessionIn(await signIn(world, `${path}/sign-in`)) ?? "";
    const seen = await openPage(world, path, { headers: { cookie: other } });
    expect(seen.response.status).toBe(403);
    expect(seen.text).not.toContain("left-pad-plus");
    expect(seen.text).not.toContain("legal@example.com");
    const tried = await postForm(
      world,
      path,
      page,
      { action: "approve" },
      { cookie: `${page.cookie}; ${other}` },
    );
    expect(tried.status).toBe(403);
    expect(world.heard).toEqual([]);
  });

  const lies: readonly (readonly [string, () => void])[] = [
    ["an address that is not verified", () => Object.assign(issuer.lie, { email_verified: false })],
    [
      "an address that is verified in words only",
      () => Object.assign(issuer.lie, { email_verified: "true" }),
    ],
    ["no address", () => Object.assign(issuer.lie, { email: null })],
    ["a list of addresses", () => Object.assign(issuer.lie, { email: ["legal@example.com"] })],
    ["a token for another client", () => Object.assign(issuer.lie, { aud: "another" })],
    [
      "a token of another issuer",
      () => Object.assign(issuer.lie, { iss: "https://issuer.example.com" }),
    ],
    ["a token that has ended", () => Object.assign(issuer.lie, { exp: 1 })],
    ["a token of another sign-in", () => Object.assign(issuer.lie, { nonce: "another" })],
    ["no nonce", () => Object.assign(issuer.lie, { nonce: undefined })],
    ["a signature by another key", () => Object.assign(issuer, { otherKey: true })],
  ];
  it.each(lies)("refuses %s", async (_name, tell) => {
    tell();
    const world = worldWithIssuer();
    const path = world.link(await world.ask(REQUIRED));
    const back = await signIn(world, `${path}/sign-in`);
    expect(back.status).toBe(403);
    expect(sessionIn(back)).toBeUndefined();
    expect(world.refused.at(-1)?.what).toBe("sign-in");
  });

  it.each([
    ["another state", (url: URL) => url.searchParams.set("state", "another")],
    ["no state", (url: URL) => url.searchParams.delete("state")],
    ["another code", (url: URL) => url.searchParams.set("code", "another")],
    ["two codes", (url: URL) => url.searchParams.append("code", "another")],
    [
      "an error with a text",
      (url: URL) => url.searchParams.set("error", "<script>alert(1)</script>"),
    ],
    [
      "the name of another issuer",
      (url: URL) => url.searchParams.set("iss", "https://issuer.example.com"),
    ],
  ])("refuses a way back with %s", async (_name, back) => {
    const world = worldWithIssuer();
    const path = world.link(await world.ask(REQUIRED));
    const answer = await signIn(world, `${path}/sign-in`, { back });
    expect(answer.status).toBe(403);
    expect(await answer.text()).not.toContain("alert");
    expect(sessionIn(answer)).toBeUndefined();
  });

  it.each([
    ["without the cookie that began it", () => ""],
    ["with a cookie that was changed", (text: string) => `${text.slice(0, -4)}AAAA`],
  ])("refuses a way back %s", async (_name, cookie) => {
    const world = worldWithIssuer();
    const path = world.link(await world.ask(REQUIRED));
    expect((await signIn(world, `${path}/sign-in`, { cookie })).status).toBe(403);
  });

  it("refuses a way back after ten minutes", async () => {
    const world = worldWithIssuer();
    const path = world.link(await world.ask(REQUIRED));
    const later = () => {
      world.now = new Date(world.now.getTime() + 601_000);
    };
    expect((await signIn(world, `${path}/sign-in`, { back: later })).status).toBe(403);
  });

  describe("a session", () => {
    const HOUR = 3_600_000;
    const start = async () => {
      const world = worldWithIssuer();
      const path = world.link(await world.ask(REQUIRED));
      const cookie = sessionIn(await signIn(world, `${path}/sign-in`)) ?? "";
      const begun = world.now.getTime();
      /** Opens the page so long after the sign-in. */
      const open = async (after: number, as = cookie) => {
        world.now = new Date(begun + after);
        return (await openPage(world, path, { headers: { cookie: as } })).response;
      };
      return { cookie, open };
    };

    it("ends an hour after its last use", async () => {
      const { open } = await start();
      expect((await open(HOUR - 1000)).status).toBe(200);
      // The browser did not take the new cookie: it is the old one that has ended.
      expect((await open(HOUR + 1000)).status).toBe(401);
    });

    it("goes on while it is used, and ends after a working day all the same", async () => {
      const { cookie, open } = await start();
      let held = cookie;
      for (let at = HOUR / 2; at < 8 * HOUR; at += HOUR / 2) {
        const answer = await open(at, held);
        expect(answer.status).toBe(200);
        held = sessionIn(answer) ?? held;
        const left = (8 * HOUR - at) / 1000;
        expect(answer.headers.getSetCookie().join()).toContain(`Max-Age=${left};`);
      }
      expect((await open(8 * HOUR + 1000, held)).status).toBe(401);
    });

    it("gets no new cookie within five minutes", async () => {
      const { open } = await start();
      expect(sessionIn(await open(299_000))).toBeUndefined();
      expect(sessionIn(await open(301_000))).toBeDefined();
    });
  });

  it("shows whoever is signed in the requests that wait for them, and no others", async () => {
    const world = worldWithIssuer();
    const mine = await world.ask();
    await world.ask({ policy: { title: "Somebody else's?", approvers: ["ada@example.com"] } });
    expect((await world.fetch("/queue")).status).toBe(401);
    const back = await signIn(world, "/sign-in");
    expect(back.headers.get("location")).toBe("/queue");
    const cookie = sessionIn(back) ?? "";
    const { text } = await openPage(world, "/queue", { headers: { cookie } });
    expect(text).toContain("May this build ship");
    expect(text).not.toContain("Somebody else");
    const link = /href="(\/a\/[^"]+)"/.exec(text)?.[1] ?? "";
    expect((await openPage(world, link)).text).toContain('value="approve"');
    const exported = await world.fetch("/export.json", { headers: { cookie } });
    expect(await exported.json()).toMatchObject({ approvals: [{ approval: mine.id }] });
  });

  it("says so where no issuer is configured", async () => {
    const world = pagesWorld();
    const path = world.link(await world.ask(REQUIRED));
    const { text } = await openPage(world, path);
    expect(text).toContain("no issuer is configured here");
    expect(text).not.toContain("left-pad-plus");
    expect((await world.fetch(`${path}/sign-in`)).status).toBe(404);
  });

  it("says that the fault is not the person's when the issuer does not answer", async () => {
    const world = pagesWorld({ signIn: { issuer: "http://127.0.0.1:9", clientId: "approvals" } });
    world.now = new Date();
    const path = world.link(await world.ask(REQUIRED));
    const answer = await world.fetch(`${path}/sign-in`);
    expect(answer.status).toBe(500);
    expect(await answer.text()).toContain("The fault is not yours");
    expect(world.errors).toHaveLength(1);
  });
});
