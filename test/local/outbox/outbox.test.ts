/** What would have been sent: files of the data folder, and pages that show them. */
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { Outbox } from "../../../lib/local/outbox/outbox.ts";
import { ServedAt } from "../../../lib/local/outbox/served-at.ts";
import { outboxPages } from "../../../lib/pages/outbox/outbox-pages.ts";
import { sessionText } from "../../../lib/pages/session.ts";
import { makeLinkKey, ringOf } from "../../../lib/runtime/approval/key-ring.ts";
import { publicView } from "../../../lib/runtime/approval/stored-approval.ts";
import { renderMessage } from "../../../lib/runtime/notify/render-message.ts";
import { storedApproval } from "../../runtime/approval/approval-world.ts";

const THEN = "http://127.0.0.1:1111";
const NOW = "http://127.0.0.1:2222";
const clock = { now: () => new Date("2026-05-04T10:00:00.000Z") };

let folder: string;
let outbox: Outbox;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "espalier-outbox-"));
  outbox = new Outbox(join(folder, "outbox"), clock);
});
afterEach(() => rm(folder, { recursive: true, force: true }));

function message(title = "Allow these licences?") {
  const stored = storedApproval();
  const approval = publicView({ ...stored, policy: { ...stored.policy, title } });
  return renderMessage({
    kind: "request",
    approval,
    to: "ada@example.com",
    link: `${THEN}/a/v1.x`,
  });
}

describe("the outbox", () => {
  it("keeps each message in a file that only its owner can read", async () => {
    const { reference } = await outbox.send(message(), "email");
    const [name = ""] = await readdir(join(folder, "outbox"));
    const path = join(folder, "outbox", name);
    expect((await stat(path)).mode & 0o777).toBe(0o600);
    expect(JSON.parse(await readFile(path, "utf8"))).toMatchObject({
      id: reference,
      channel: "email",
      to: "ada@example.com",
      link: `${THEN}/a/v1.x`,
    });
  });

  it("lists the newest first, with links to where the runtime is now", async () => {
    await outbox.send(message("First"), "email");
    await new Outbox(join(folder, "outbox"), {
      now: () => new Date("2026-05-05T10:00:00.000Z"),
    }).send(message("Second"), "slack");
    const [newest, oldest] = await outbox.list(NOW);
    expect([newest?.subject, oldest?.subject]).toEqual([
      "Please decide: Second",
      "Please decide: First",
    ]);
    for (const part of [newest?.link, newest?.text, newest?.html]) {
      expect(part).toContain(`${NOW}/a/v1.x`);
      expect(part).not.toContain(THEN);
    }
  });

  it("is empty before anything was sent, and takes nothing for a message that is none", async () => {
    expect(await outbox.list()).toEqual([]);
    await outbox.send(message(), "email");
    await writeFile(join(folder, "outbox", "notes.txt"), "mine");
    expect(await outbox.list()).toHaveLength(1);
    expect(await outbox.read("../format")).toBeUndefined();
    expect(await outbox.read("0".repeat(26))).toBeUndefined();
  });
});

describe("the pages of the outbox", () => {
  const ring = ringOf([makeLinkKey(clock.now())]);
  const owner = sessionText(
    { email: "me@example.com", subject: null, seesAll: true },
    ring,
    clock.now(),
  );
  const approver = sessionText(
    { email: "ada@example.com", subject: "s", seesAll: false },
    ring,
    clock.now(),
  );

  function get(path: string, session = owner, host = "127.0.0.1:2222") {
    const app = outboxPages({
      list: () => outbox.list(NOW),
      read: (id) => outbox.read(id, NOW),
      keys: async () => ring,
      origins: () => [NOW],
      now: clock.now,
    });
    const headers = { host, cookie: `espalier-session=${session}` };
    return app.request(`${NOW}${path}`, { headers });
  }

  it("lists messages and shows one, as text and as HTML in a sandbox", async () => {
    const { reference } = await outbox.send(message(), "email");
    const list = await (await get("/outbox")).text();
    expect(list).toContain(`href="/outbox/${reference}"`);
    const page = await get(`/outbox/${reference}`);
    expect(page.headers.get("content-security-policy")).toContain("default-src 'none'");
    const shown = await page.text();
    expect(shown).toContain(`href="${NOW}/a/v1.x"`);
    expect(shown).toMatch(/<iframe[^>]* sandbox="allow-popups allow-popups-to-escape-sandbox"/);
    const mail = await get(`/outbox/${reference}/html`);
    expect(mail.headers.get("content-security-policy")).toMatch(/^sandbox .*default-src 'none'/);
    expect(await mail.text()).toContain("Allow these licences?");
  });

  it("shows of a message that is no mail what its channel gets, and no HTML", async () => {
    const document = { text: "<b>Allow?</b>", url: `${THEN}/a/v1.x` };
    const delivery = { at: "C0123456789", document };
    const { reference } = await outbox.send(message(), "slack", delivery);
    const shown = await (await get(`/outbox/${reference}`)).text();
    expect(shown).toContain("C0123456789");
    expect(shown).toContain("&lt;b&gt;Allow?");
    expect(shown).toContain(`${NOW}/a/v1.x`);
    expect(shown).not.toContain("<iframe");
  });

  it("shows what a model says as text", async () => {
    const { reference } = await outbox.send(message("<script>alert(1)</script>"), "email");
    for (const path of ["/outbox", `/outbox/${reference}`, `/outbox/${reference}/html`]) {
      expect(await (await get(path)).text()).not.toContain("<script>");
    }
  });

  it.each([
    ["without a session", () => get("/outbox", ""), 403],
    ["to somebody who may not see all", () => get("/outbox", approver), 403],
    ["under another name of this address", () => get("/outbox", owner, "evil.example"), 404],
    ["for a message that is not there", () => get(`/outbox/${"0".repeat(26)}`), 404],
  ])("show nothing %s", async (_, ask, status) => {
    await outbox.send(message(), "email");
    const answer = await ask();
    expect(answer.status).toBe(status);
    expect(await answer.text()).not.toContain("/a/v1.x");
  });
});

describe("an address that is not known yet", () => {
  it("is waited for, and there is none once it is known that none comes", async () => {
    const served = new ServedAt();
    const asked = served.url();
    served.tell(NOW);
    served.end();
    expect(await asked).toBe(NOW);
    const never = new ServedAt();
    const waiting = never.url();
    never.end();
    await expect(waiting).rejects.toThrow("ended before it was reached");
  });
});
