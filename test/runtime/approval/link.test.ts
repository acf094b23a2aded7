import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  makeLinkKey,
  parseKeyRing,
  ringOf,
  rotateKeyRing,
} from "../../../lib/runtime/approval/key-ring.ts";
import { linkEnd, linkPath, signLink, verifyLink } from "../../../lib/runtime/approval/link.ts";
import { isRevoked, revokeLinks } from "../../../lib/runtime/approval/revoke-link.ts";
import { createWorld } from "./approval-world.ts";

const now = new Date("2026-11-23T09:00:00.000Z");
const ring = ringOf([makeLinkKey(now)]);
const asked = {
  request: "0123456789ab",
  approver: " Legal@Example.com",
  level: 2,
  expiresAt: Math.floor(now.getTime() / 1000) + 60,
};

describe("links", () => {
  it("come back as they were made, with a nonce of their own", () => {
    const [first, second] = [signLink(asked, { ring, now }), signLink(asked, { ring, now })];
    expect(first).not.toBe(second);
    expect(verifyLink(first, { ring, now })).toMatchObject({
      link: {
        request: "0123456789ab",
        approver: "legal@example.com",
        level: 2,
        expiresAt: asked.expiresAt,
        issuedAt: now.getTime(),
      },
    });
  });

  it("hold for any approver and request, and for no text that differs in one place", () => {
    fc.assert(
      fc.property(
        fc.emailAddress(),
        fc.stringMatching(/^[0-9a-z]{12}$/),
        fc.nat(),
        fc.integer({ min: 33, max: 126 }),
        (approver, request, at, code) => {
          fc.pre(approver.length <= 254);
          const token = signLink({ ...asked, approver, request }, { ring, now });
          expect(verifyLink(token, { ring, now })).toMatchObject({ link: { request } });
          const index = at % token.length;
          const other = String.fromCharCode(code);
          fc.pre(other !== token[index]);
          const changed = token.slice(0, index) + other + token.slice(index + 1);
          expect(verifyLink(changed, { ring, now })).toHaveProperty("fault");
        },
      ),
    );
  });

  it("end at their second", () => {
    const token = signLink(asked, { ring, now });
    expect(verifyLink(token, { ring, now: new Date(now.getTime() + 59_999) })).toHaveProperty(
      "link",
    );
    expect(verifyLink(token, { ring, now: new Date(now.getTime() + 60_000) })).toEqual({
      fault: "expired",
    });
  });

  it.each([
    ["a day after the deadline", "2026-11-26T09:00:00.000Z", "2026-11-27T09:00:00.000Z"],
    ["after a month at the latest", "2027-11-26T09:00:00.000Z", "2026-12-24T09:00:00.000Z"],
    ["after a week without a deadline", null, "2026-11-30T09:00:00.000Z"],
  ])("end %s", (_name, deadline, end) => {
    expect(new Date(linkEnd(deadline, now) * 1000).toISOString()).toBe(end);
  });

  it("are not made for an address or a request that is too long", () => {
    const long = { ...asked, approver: `${"a".repeat(250)}@example.com` };
    expect(() => signLink(long, { ring, now })).toThrow(RangeError);
  });

  it("stand under /a/ and say nothing of the task token", () => {
    const path = linkPath({ id: asked.request, level: 1, deadline: null }, asked.approver, {
      ring,
      now,
    });
    expect(path).toMatch(/^\/a\/v1\.[\w-]{8}\.[\w-]+\.[\w-]{43}$/);
  });
});

describe("keys", () => {
  it("are replaced without breaking links that are on their way", () => {
    const first = rotateKeyRing(undefined, now);
    const token = signLink(asked, { ring: parseKeyRing(first), now });
    const later = new Date(now.getTime() + 1000);
    const second = rotateKeyRing(first, later);
    expect(verifyLink(token, { ring: parseKeyRing(second), now })).toHaveProperty("link");
    expect(signLink(asked, { ring: parseKeyRing(second), now }).split(".")[1]).not.toBe(
      token.split(".")[1],
    );
    const third = rotateKeyRing(second, new Date(now.getTime() + 2000));
    expect(verifyLink(token, { ring: parseKeyRing(third), now })).toEqual({ fault: "unknown-key" });
  });

  it.each([
    ["no JSON", "secret"],
    ["no keys", '{"keys":[]}'],
    [
      "a short secret",
      '{"keys":[{"id":"a","secret":"c2hvcnQ","createdAt":"2026-01-01T00:00:00.000Z"}]}',
    ],
    [
      "the same name twice",
      JSON.stringify({
        keys: [1, 2].map(() => ({
          id: "a",
          secret: "A".repeat(43),
          createdAt: "2026-01-01T00:00:00.000Z",
        })),
      }),
    ],
    [
      "a name with a dot",
      JSON.stringify({
        keys: [{ id: "a.b", secret: "A".repeat(43), createdAt: "2026-01-01T00:00:00.000Z" }],
      }),
    ],
  ])("are refused, and not quoted, with %s", (_name, text) => {
    expect(() => parseKeyRing(text)).toThrow(/^The keys for links cannot be read\. Expected/);
  });
});

describe("revoked links", () => {
  it("end at once, and those that are made later work", async () => {
    const world = createWorld();
    const make = (approver: string) => {
      const signing = { ring, now: world.now };
      const read = verifyLink(signLink({ ...asked, approver, expiresAt: 4e9 }, signing), signing);
      if (!("link" in read)) throw new Error(read.fault);
      return read.link;
    };
    const [first, second, ada] = [
      make("legal@example.com"),
      make("legal@example.com"),
      make("ada@example.com"),
    ];
    const revoked = async () =>
      Promise.all([first, second, ada].map((link) => isRevoked(link, world.ports)));
    expect(await revoked()).toEqual([false, false, false]);
    await revokeLinks({ request: asked.request, nonce: first.nonce }, "ops", world.ports);
    expect(await revoked()).toEqual([true, false, false]);
    await revokeLinks(
      { request: asked.request, approver: "LEGAL@example.com" },
      "ops",
      world.ports,
    );
    expect(await revoked()).toEqual([true, true, false]);
    await revokeLinks({ request: asked.request }, "ops", world.ports);
    expect(await revoked()).toEqual([true, true, true]);
    world.now = new Date(world.now.getTime() + 1);
    expect(await isRevoked(make("legal@example.com"), world.ports)).toBe(false);
  });
});
