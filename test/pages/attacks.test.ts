/** Links that are none, and looking at good ones: nothing is decided, and none tells whether a request exists. */
import { describe, expect, it } from "vitest";
import { formMark } from "../../lib/pages/csrf.ts";
import { entryPath } from "../../lib/pages/index.ts";
import { sessionText } from "../../lib/pages/session.ts";
import { makeLinkKey, ringOf } from "../../lib/runtime/approval/key-ring.ts";
import { linkPath, signLink, verifyLink } from "../../lib/runtime/approval/link.ts";
import { revokeLinks } from "../../lib/runtime/approval/revoke-link.ts";
import { signText } from "../../lib/runtime/approval/signed-text.ts";
import { DECISION, expectUndecided, type Scene, scene, seen } from "./attack-scene.ts";
import { openPage, postForm } from "./pages-world.ts";

function flipped(text: string, index: number): string {
  const at = index < 0 ? text.length + index : index;
  return `${text.slice(0, at)}${text[at] === "A" ? "B" : "A"}${text.slice(at + 1)}`;
}

function bodyOf(token: string): Record<string, unknown> {
  const [, , body = ""] = token.split(".");
  return JSON.parse(Buffer.from(body, "base64url").toString()) as Record<string, unknown>;
}

/** The token with another body under its own signature. */
function withBody(token: string, change: Record<string, unknown>): string {
  const [version, key, , signature] = token.split(".");
  const body = Buffer.from(JSON.stringify({ ...bodyOf(token), ...change })).toString("base64url");
  return [version, key, body, signature].join(".");
}

function part(token: string, index: number, text: string): string {
  return token
    .split(".")
    .map((each, at) => (at === index ? text : each))
    .join(".");
}

const FOREIGN_LINKS: readonly (readonly [string, (scene: Scene) => Promise<string> | string])[] = [
  ["no token", () => ""],
  ["any text", () => "hello"],
  ["the id of the request", ({ approval }) => approval.id],
  ["the task token", () => "token-1"],
  ["the last letter cut off", ({ token }) => token.slice(0, -1)],
  ["half of it", ({ token }) => token.slice(0, token.length / 2)],
  ["no signature", ({ token }) => token.split(".").slice(0, 3).join(".")],
  ["an empty signature", ({ token }) => part(token, 3, "")],
  ["a letter of the signature changed", ({ token }) => flipped(token, -5)],
  [
    "the signature in another spelling",
    ({ token }) => {
      const letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
      const last = letters.indexOf(token.at(-1) ?? "");
      return token.slice(0, -1) + letters[last ^ 1];
    },
  ],
  ["the signature with padding", ({ token }) => `${token}=`],
  ["the signature twice as long", ({ token }) => `${token}${token.split(".")[3]}`],
  ["a letter of the body changed", ({ token }) => flipped(token, 30)],
  [
    "another approver under the signature",
    ({ token }) => withBody(token, { a: "eve@example.com" }),
  ],
  ["a later end under the signature", ({ token }) => withBody(token, { e: 9_999_999_999 })],
  ["another level under the signature", ({ token }) => withBody(token, { l: 2 })],
  [
    "another request under the signature",
    async ({ world, token }) => withBody(token, { r: (await world.ask()).id }),
  ],
  [
    "the body of one link and the signature of another",
    async ({ world, token }) => {
      const other = world.link(await world.ask()).split(".");
      return part(token, 3, other[3] ?? "");
    },
  ],
  ["an unknown key", ({ token }) => part(token, 1, "unknown")],
  ["a key named like a property", ({ token }) => part(token, 1, "__proto__")],
  [
    "another secret under the name of a key",
    ({ world, approval }) => {
      const own = { ...makeLinkKey(world.now), id: world.keys[0]?.id ?? "" };
      return linkPath(approval, "legal@example.com", { ring: ringOf([own]), now: world.now }).slice(
        3,
      );
    },
  ],
  [
    "a key that was removed",
    ({ world, token }) => {
      world.keys.splice(0, 1, makeLinkKey(world.now));
      return token;
    },
  ],
  [
    "a link past its end",
    ({ world, approval }) =>
      signLink(
        {
          request: approval.id,
          approver: "legal@example.com",
          level: 1,
          expiresAt: Math.floor(world.now.getTime() / 1000),
        },
        { ring: ringOf(world.keys), now: world.now },
      ),
  ],
  [
    "a revoked link",
    async ({ world, approval, token }) => {
      const nonce = String(bodyOf(token).n);
      await revokeLinks({ request: approval.id, nonce }, "ops@example.com", world.ports);
      return token;
    },
  ],
  [
    "a link of an approver whose links are revoked",
    async ({ world, approval, token }) => {
      await revokeLinks(
        { request: approval.id, approver: "Legal@example.com" },
        "ops",
        world.ports,
      );
      return token;
    },
  ],
  [
    "a link of a request whose links are revoked",
    async ({ world, approval, token }) => {
      await revokeLinks({ request: approval.id }, "ops@example.com", world.ports);
      return token;
    },
  ],
  [
    "a request that is not there",
    ({ world }) =>
      signLink(
        { request: "zzzzzzzzzzzz", approver: "legal@example.com", level: 1, expiresAt: 4e9 },
        { ring: ringOf(world.keys), now: world.now },
      ),
  ],
  [
    "a level that was not reached",
    ({ world, approval }) =>
      signLink(
        { request: approval.id, approver: "legal@example.com", level: 2, expiresAt: 4e9 },
        { ring: ringOf(world.keys), now: world.now },
      ),
  ],
  ["another version", ({ token }) => part(token, 0, "v2")],
  ["the version in capitals", ({ token }) => part(token, 0, "V1")],
  ["one part more", ({ token }) => `${token}.x`],
  ["dots that are encoded", ({ token }) => token.replaceAll(".", "%2E")],
  ["a slash behind it", ({ token }) => `${token}/`],
  ["two slashes before it", ({ token }) => `/${token}`],
  ["an encoded slash before it", ({ token }) => `%2F${token}`],
  ["an encoded way back", ({ token }) => `x%2f..%2f${token}`],
  ["a parameter behind a semicolon", ({ token }) => `${token};level=2`],
  ["a zero byte behind it", ({ token }) => `${token}%00`],
  ["a space behind it", ({ token }) => `${token}%20`],
  ["capitals only", ({ token }) => token.toUpperCase()],
  ["ten thousand letters", ({ token }) => token + "A".repeat(10_000)],
  [
    "a session in its place",
    ({ world }) =>
      sessionText(
        { email: "legal@example.com", subject: "s", seesAll: true },
        ringOf(world.keys),
        world.now,
      ),
  ],
  [
    "the runtime's own link in its place",
    ({ world }) =>
      entryPath("dev@localhost", { ring: ringOf(world.keys), now: world.now }).slice("/in/".length),
  ],
  [
    "a text of another purpose with the body of a link",
    ({ world, token }) => signText("session", bodyOf(token), ringOf(world.keys)),
  ],
  [
    "the mark of the form in its place",
    ({ world, token }) => {
      const verified = verifyLink(token, { ring: ringOf(world.keys), now: world.now });
      return "link" in verified ? part(token, 3, formMark(verified)) : "";
    },
  ],
];

describe("links that are none", () => {
  it.each(FOREIGN_LINKS)("%s: the one answer, to GET and to POST", async (_name, make) => {
    const here = await scene();
    const { world } = here;
    const nowhere = await seen(await world.fetch("/a/nothing-of-the-kind"));
    const good = await openPage(world, here.path);
    const path = `/a/${await make(here)}`;
    expect(nowhere.status).toBe(404);
    expect(nowhere.cookies).toEqual([]);
    expect(await seen(await world.fetch(path))).toEqual(nowhere);
    expect(await seen(await world.fetch(path, { headers: { cookie: good.cookie } }))).toEqual(
      nowhere,
    );
    expect(await seen(await postForm(world, path, good, DECISION))).toEqual(nowhere);
    for (const more of ["/evidence.json", "/sign-in"]) {
      expect(await seen(await world.fetch(path + more))).toEqual(nowhere);
    }
    expect(world.heard).toEqual([]);
    expect(world.errors).toEqual([]);
  });

  it("puts the same questions to the store, whatever is wrong", async () => {
    const asked = async (make: (scene: Scene) => Promise<string> | string) => {
      const here = await scene();
      const path = `/a/${await make(here)}`;
      const calls: string[] = [];
      const { records } = here.world.ports;
      for (const name of ["get", "put", "query"] as const) {
        const method = records[name].bind(records) as (...args: never[]) => unknown;
        Object.assign(records, {
          [name]: (...args: never[]) => {
            calls.push(name);
            return method(...args);
          },
        });
      }
      await here.world.fetch(path);
      return calls.sort();
    };
    const forged = await asked(({ token }) => flipped(token, -5));
    expect(await asked(() => "hello")).toEqual(forged);
    expect(await asked(({ token }) => part(token, 1, "unknown"))).toEqual(forged);
    expect(forged).toContain("put");
  });

  it("stops whoever tries many, and says so to good and bad links alike", async () => {
    const here = await scene();
    const { world, path } = here;
    for (let tries = 0; tries < 60; tries += 1) await world.fetch(`/a/v1.try.${tries}.x`);
    const bad = await seen(await world.fetch("/a/v1.try.60.x"));
    expect(bad.status).toBe(429);
    expect(await seen(await world.fetch(path))).toEqual(bad);
    world.now = new Date(world.now.getTime() + 301_000);
    expect((await world.fetch(path)).status).toBe(200);
  });

  it("lets many people behind one address open theirs, and one link only so often", async () => {
    const { world, path } = await scene();
    for (let times = 0; times < 200; times += 1) {
      expect((await world.fetch(path)).status).toBe(200);
    }
    expect((await world.fetch(path)).status).toBe(429);
    expect((await world.fetch(world.link(await world.ask()))).status).toBe(200);
  });
});

describe("looking decides nothing", () => {
  it.each([
    "?action=approve",
    "?action=approve&mark=MARK&evidence=EVIDENCE&reason=x",
    "?verdict=approved&by=legal@example.com",
    "?_method=POST&action=approve",
    "?action=reject&action=approve",
    "?approve",
    "?decision[verdict]=approved",
    "?__proto__[action]=approve",
    "?%61ction=approve",
    "?action=approve#action=approve",
    `?${"a=1&".repeat(2000)}`,
  ])("GET with %s", async (query) => {
    const here = await scene();
    const { world, path } = here;
    const { fields, cookie } = await openPage(world, path);
    const asked = query
      .replace("MARK", fields.mark ?? "")
      .replace("EVIDENCE", encodeURIComponent(fields.evidence ?? ""));
    const response = await world.fetch(path + asked, {
      headers: { cookie, "x-http-method-override": "POST", "x-method-override": "POST" },
    });
    expect(response.status).toBe(200);
    await expectUndecided(here);
  });

  it.each(["HEAD", "OPTIONS", "PUT", "DELETE", "PATCH", "PROPFIND"])("%s", async (method) => {
    const here = await scene();
    const { world, path } = here;
    const page = await openPage(world, path);
    const body = ["PUT", "DELETE", "PATCH", "PROPFIND"].includes(method)
      ? new URLSearchParams({ ...page.fields, ...DECISION }).toString()
      : null;
    const init = {
      method,
      body,
      headers: { cookie: page.cookie, "content-type": "application/x-www-form-urlencoded" },
    };
    const good = await seen(await world.fetch(path, init));
    const bad = await seen(await world.fetch("/a/nothing", init));
    if (method === "HEAD") {
      expect(good).toMatchObject({ status: 200, body: "" });
      expect(bad).toMatchObject({ status: 404, body: "" });
    } else {
      expect(good).toEqual(bad);
      expect(good.status).toBe(405);
      expect(good.headers.map(([name]) => name)).not.toContain("access-control-allow-origin");
    }
    await expectUndecided(here);
  });
});
