/** One open request, a good link to it, and what an attacker sees of answers. */
import { expect } from "vitest";
import { formMark } from "../../lib/pages/csrf.ts";
import type { Approval } from "../../lib/runtime/approval/approval.ts";
import { ringOf } from "../../lib/runtime/approval/key-ring.ts";
import { verifyLink } from "../../lib/runtime/approval/link.ts";
import { type PagesWorld, pagesWorld } from "./pages-world.ts";

export interface Scene {
  readonly world: PagesWorld;
  readonly approval: Approval;
  /** A good link for legal@example.com. */
  readonly path: string;
  readonly token: string;
}

export async function scene(change: Parameters<PagesWorld["ask"]>[0] = {}): Promise<Scene> {
  const world = pagesWorld();
  const approval = await world.ask(change);
  const path = world.link(approval);
  return { world, approval, path, token: path.slice("/a/".length) };
}

/** All that somebody sees of an answer. */
export async function seen(response: Response) {
  return {
    status: response.status,
    headers: [...response.headers].sort(),
    cookies: response.headers.getSetCookie(),
    body: await response.text(),
  };
}

export async function expectUndecided({ world, approval }: Scene): Promise<void> {
  const now = await world.options.desk.approvalFor(approval.id, "legal@example.com");
  expect(now).toMatchObject({ status: "open", votes: [], decision: null });
  expect(world.heard).toEqual([]);
  expect(world.errors).toEqual([]);
}

export const DECISION = { action: "approve", reason: "because", category: "licence" };

/** What a form of this link would carry; a page without a form does not give it away. */
export async function markFor({ world, approval, token }: Scene): Promise<Record<string, string>> {
  const verified = verifyLink(token, { ring: ringOf(world.keys), now: world.now });
  if (!("link" in verified)) throw new Error("The link is good.");
  return { mark: formMark(verified), evidence: approval.evidenceDigest };
}
