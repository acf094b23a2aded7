import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import type { Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { entryPath } from "../../lib/pages/index.ts";
import { ringOf } from "../../lib/runtime/approval/key-ring.ts";
import {
  axeFindings,
  type BrowserWorld,
  browserWorld,
  CHROMIUM,
  DESKTOP,
  hasChromium,
  isTooWide,
  PHONE,
} from "./browser-world.ts";

/** With SCREENSHOTS=1, the pictures of the documentation are made anew. */
const IMAGES = process.env.SCREENSHOTS ? join(import.meta.dirname, "../../docs/images") : undefined;

/** `height`: of the part from the top; absent: all of the page. */
async function picture(page: Page, name: string, height?: number): Promise<void> {
  if (IMAGES === undefined) return;
  await mkdir(IMAGES, { recursive: true });
  const path = join(IMAGES, `approval-${name}.png`);
  const width = page.viewportSize()?.width ?? 0;
  const part = height === undefined ? { fullPage: true } : { clip: { x: 0, y: 0, width, height } };
  await page.screenshot({ path, ...part });
}

describe.skipIf(!hasChromium)(`pages in a browser (skipped without ${CHROMIUM})`, () => {
  let here: BrowserWorld;
  beforeAll(async () => {
    here = await browserWorld();
  });
  afterAll(() => here?.close());

  it("lets somebody approve at a desk, without JavaScript", async () => {
    const approval = await here.world.ask({ token: "desk" });
    const page = await here.open(here.world.link(approval), { javaScriptEnabled: false });
    await picture(page, "desktop");
    await page.getByLabel("Reason", { exact: false }).last().fill("Only used by the build.");
    await page.getByRole("button", { name: "Approve" }).click();
    await page.getByText("The run goes on with its next step.").waitFor();
    await picture(page, "decided", 270);
    expect(here.world.heard).toContainEqual({
      token: "desk",
      what: "succeed",
      value: expect.objectContaining({
        by: "legal@example.com",
        reason: "Only used by the build.",
      }),
    });
  });

  it("lets somebody reject on a phone of 360 pixels, without JavaScript", async () => {
    const approval = await here.world.ask({ token: "phone" });
    const page = await here.open(here.world.link(approval), {
      javaScriptEnabled: false,
      viewport: PHONE,
      isMobile: true,
      hasTouch: true,
      colorScheme: "dark",
    });
    await picture(page, "phone");
    await page.getByRole("button", { name: "Reject" }).tap();
    // The reason is missing, and the page says so.
    await page.getByRole("alert").waitFor();
    await page.locator("#category").selectOption("licence");
    await page.locator("#reason").fill("Not in shipped code.");
    await page.getByRole("button", { name: "Reject" }).tap();
    await page.getByText("The run does not do it").waitFor();
    expect(here.world.heard).toContainEqual(
      expect.objectContaining({ token: "phone", what: "fail" }),
    );
  });

  it("shows what matters of a request in about one screen of a phone", async () => {
    const page = await here.open(here.world.link(await here.world.ask()), { viewport: PHONE });
    const top = async (selector: string) => (await page.locator(selector).first().boundingBox())?.y;
    expect(await top("#what")).toBeLessThan(PHONE.height);
    expect(await top("#why")).toBeLessThan(PHONE.height);
    expect(await top("#decide")).toBeLessThan(3 * PHONE.height);
    expect(await isTooWide(page)).toBe(false);
  });

  it("can be used with the keyboard alone, and Enter in a field decides nothing", async () => {
    const approval = await here.world.ask({ token: "keyboard" });
    const page = await here.open(here.world.link(approval), { javaScriptEnabled: false });
    await page.keyboard.press("Tab");
    await expect.poll(() => page.locator(":focus").textContent()).toBe("To the decision");
    await page.keyboard.press("Enter");
    const tabTo = async (selector: string) => {
      for (let presses = 0; presses < 40; presses += 1) {
        if ((await page.locator(`${selector}:focus`).count()) > 0) return;
        await page.keyboard.press("Tab");
      }
      throw new Error(`The keyboard does not reach ${selector}.`);
    };
    await tabTo("summary");
    await page.keyboard.press("Enter");
    await tabTo("#edit-0");
    await page.keyboard.press("End");
    await page.keyboard.type("-once");
    await page.keyboard.press("Enter");
    await page.waitForTimeout(300);
    expect(here.world.heard.some(({ token }) => token === "keyboard")).toBe(false);
    await tabTo("#reason");
    await page.keyboard.type("Typed.");
    await tabTo('button[value="approve"]');
    await page.keyboard.press("Enter");
    await page.getByText("The run goes on with its next step.").waitFor();
    expect(here.world.heard.at(-1)?.value).toMatchObject({
      reason: "Typed.",
      edited: { decision: "allow-once" },
    });
  });

  it("lets two tabs with the same link be open at once", async () => {
    const path = here.world.link(await here.world.ask());
    const first = await here.open(path);
    const second = await first.context().newPage();
    await second.goto(here.url + path);
    await first.getByRole("button", { name: "Approve" }).click();
    await first.getByText("The run goes on with its next step.").waitFor();
    await second.getByRole("button", { name: "Approve" }).click();
    await second.getByText("is already approved, by legal@example.com", { exact: false }).waitFor();
  });

  it("runs nothing and loads nothing from elsewhere, whatever a request says", async () => {
    const attack =
      '"><script>fetch("https://example.com")</script><img src=https://example.com/x onerror=alert(1)>';
    const approval = await here.world.ask({
      evidence: { proposal: { text: attack, [attack]: [attack] }, flags: [attack], more: attack },
      policy: { title: attack, description: attack, edit: ["*"] },
    });
    const page = await here.open("/robots.txt");
    const loaded: string[] = [];
    const said: string[] = [];
    page.on("request", (request) => loaded.push(new URL(request.url()).pathname.slice(0, 3)));
    page.on("console", (message) => said.push(message.text()));
    page.on("dialog", (dialog) => said.push(dialog.message()));
    await page.goto(here.url + here.world.link(approval));
    await page.waitForLoadState("networkidle");
    expect(await page.locator("script, img, iframe, object").count()).toBe(0);
    expect([...new Set(loaded)]).toEqual(["/a/", "/as"]);
    expect(said).toEqual([]);
  });

  const states: readonly (readonly [string, (here: BrowserWorld) => Promise<string>])[] = [
    ["a request", async ({ world }) => world.link(await world.ask({ policy: { quorum: 2 } }))],
    [
      "a request with much and odd evidence",
      async ({ world }) =>
        world.link(
          await world.ask({
            evidence: {
              before: { total: 10, old: true },
              proposal: {
                total: 12,
                note: "pay раураl.com \u202Enow",
                link: "https://example.com/a?b=c",
              },
              flags: [{ level: "warning", text: "\u0000odd" }],
              long: "word ".repeat(400),
              nested: { a: { b: { c: [1, 2, [3, { d: "e" }]] } } },
            },
            policy: { edit: ["*"] },
          }),
        ),
    ],
    [
      "what was decided",
      async ({ world }) => {
        const approval = await world.ask();
        const { desk } = world.options;
        await desk.decide(approval.id, {
          verdict: "rejected",
          by: "ada@example.com",
          evidence: approval.evidenceDigest,
          reason: "No.",
          category: "licence",
          edited: null,
          signIn: null,
        });
        return world.link(approval);
      },
    ],
    ["a link that does not work", async () => "/a/v1.x.y.z"],
    [
      "the queue",
      async ({ world }) => entryPath("dev@localhost", { ring: ringOf(world.keys), now: world.now }),
    ],
  ];
  const looks = (["light", "dark"] as const).flatMap((colorScheme) =>
    [DESKTOP, PHONE].map((viewport) => ({ colorScheme, viewport })),
  );

  it.each(states)(
    "axe finds nothing on %s, light and dark, wide and narrow",
    async (_name, pathOf) => {
      const path = await pathOf(here);
      for (const look of looks) {
        const page = await here.open(path, look);
        expect(await axeFindings(page)).toEqual([]);
        expect(await isTooWide(page)).toBe(false);
        // Once more with everything unfolded.
        await page.evaluate(
          "for (const each of document.querySelectorAll('details')) each.open = true",
        );
        expect(await axeFindings(page)).toEqual([]);
        expect(await isTooWide(page)).toBe(false);
        await page.context().close();
      }
    },
  );

  if (IMAGES !== undefined) {
    it("has its picture taken with a queue", async () => {
      const own = await browserWorld();
      const { world } = own;
      await world.ask();
      await world.ask({
        policy: {
          title: "Send the refund of 120 EUR?",
          quorum: 2,
          approvers: ["ada@example.com", "grace@example.com"],
          escalation: [{ approvers: ["head@example.com", "risk@example.com"], within: "1d" }],
        },
      });
      await world.ask({
        policy: {
          title: "Delete the account of a customer?",
          deadline: "2h",
          approvers: ["grace@example.com"],
        },
      });
      world.now = new Date(world.now.getTime() + 95 * 60_000);
      const entry = entryPath("dev@localhost", { ring: ringOf(world.keys), now: world.now });
      await picture(await own.open(entry), "queue", 560);
      await own.close();
    });
  }

  it("shows the queue on a phone with its heading in lines, not in letters", async () => {
    const { world } = here;
    await world.ask();
    const entry = entryPath("dev@localhost", { ring: ringOf(world.keys), now: world.now });
    const page = await here.open(entry, { viewport: PHONE });
    const box = await page.locator("caption").boundingBox();
    expect(box?.width).toBeGreaterThan(200);
    expect(box?.height).toBeLessThan(60);
    expect(await isTooWide(page)).toBe(false);
  });

  it("opens the queue from the link that dev prints, and a request from there", async () => {
    const { world } = here;
    await world.ask({ principal: "ben@example.com", policy: { title: "Send the refund?" } });
    const page = await here.open(
      entryPath("dev@localhost", { ring: ringOf(world.keys), now: world.now }),
    );
    expect(new URL(page.url()).pathname).toBe("/queue");
    await page
      .getByRole("row", { name: /Send the refund\?/ })
      .getByRole("link", { name: "open as ada@example.com" })
      .click();
    await page.getByRole("heading", { name: "Send the refund?" }).waitFor();
  });
});
