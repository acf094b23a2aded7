/** What a local runtime tells approvers: in the outbox, with links that work, also after a restart. */
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { Outbox, type OutboxMessage } from "../../../lib/local/outbox/outbox.ts";
import { readLinkKeys } from "../../../lib/local/runtime/link-keys.ts";
import type { LocalRuntime } from "../../../lib/local/runtime/local-runtime.ts";
import { entryPath } from "../../../lib/pages/index.ts";
import {
  approvalState,
  dataFolder,
  deploymentOf,
  openRuntime,
  until,
  waiting,
} from "../runtime-world.ts";

const ASK = { startAt: "review", states: { review: approvalState("review", { End: true }) } };

async function ask(runtime: LocalRuntime): Promise<string> {
  await runtime.deploy(deploymentOf(ASK));
  const start = { workflow: "sample", input: {}, principal: "build@example.com" };
  const { id } = await runtime.startRun(start);
  const { waitingFor } = await until(runtime, id, waiting);
  return waitingFor[0] ?? "";
}

const outboxOf = (directory: string) =>
  new Outbox(join(directory, "outbox"), { now: () => new Date() });

async function awaited(
  outbox: Outbox,
  is: (message: OutboxMessage) => boolean,
): Promise<OutboxMessage> {
  let found: OutboxMessage | undefined;
  await expect
    .poll(
      async () => {
        found = (await outbox.list()).find(is);
        return found !== undefined;
      },
      { timeout: 20_000 },
    )
    .toBe(true);
  if (!found) throw new Error("unreachable");
  return found;
}

describe("an approver on one machine", () => {
  it("has a message with a link to the page, and hears how it ended", async () => {
    const directory = await dataFolder();
    const runtime = await openRuntime(directory);
    const approval = await ask(runtime);
    const outbox = outboxOf(directory);
    const message = await awaited(outbox, ({ to }) => to === "ada@example.com");
    expect(message).toMatchObject({ channel: "email", kind: "request", approval });
    expect(message.link.startsWith(`${runtime.url}/a/`)).toBe(true);
    const page = await fetch(message.link);
    expect(page.status).toBe(200);
    expect(await page.text()).toContain("for ada@example.com");

    await expect.poll(async () => (await runtime.approval(approval)).reached).not.toBeNull();
    await runtime.decide(approval, { verdict: "approved", by: "ada@example.com" });
    const isTold = ({ kind, to }: OutboxMessage) =>
      kind === "decided" && to === "grace@example.com";
    const told = await awaited(outbox, isTold);
    expect(told.subject).toMatch(/^Approved: /);
  });

  it("finds the link of before at the port of now", async () => {
    const directory = await dataFolder();
    const first = await openRuntime(directory);
    await ask(first);
    const { id } = await awaited(outboxOf(directory), () => true);
    await first.close();
    const second = await openRuntime(directory);
    const message = await outboxOf(directory).read(id, second.url);
    expect((await fetch(message?.link ?? "")).status).toBe(200);
  });

  it("is shown the outbox by whoever has opened the link of the runtime, and by nobody else", async () => {
    const directory = await dataFolder();
    const runtime = await openRuntime(directory);
    await ask(runtime);
    const { id } = await awaited(outboxOf(directory), () => true);
    expect((await fetch(`${runtime.url}/outbox`)).status).toBe(403);
    const ring = await readLinkKeys(directory);
    const entry = entryPath("me@example.com", { ring, now: new Date() });
    const entered = await fetch(runtime.url + entry, { redirect: "manual" });
    const cookie = entered.headers
      .getSetCookie()
      .map((one) => one.split(";")[0])
      .join("; ");
    const list = await fetch(`${runtime.url}/outbox`, { headers: { cookie } });
    expect(await list.text()).toContain(`/outbox/${id}`);
    const html = await fetch(`${runtime.url}/outbox/${id}/html`, { headers: { cookie } });
    expect(html.headers.get("content-security-policy")).toContain("sandbox");
    expect((await fetch(`${runtime.url}/outboxes`)).status).toBe(404);
  });
});
