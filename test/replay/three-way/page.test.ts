/** The page of a three-way diff, in a real browser. */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { type Browser, type BrowserContextOptions, chromium, type Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { threeWayPage } from "../../../lib/cli/replay/three-way-page.ts";
import type { ThreeWay } from "../../../lib/replay/three-way/index.ts";
import {
  axeFindings,
  CHROMIUM,
  DESKTOP,
  hasChromium,
  isTooWide,
  PHONE,
} from "../../pages/browser-world.ts";
import { openRefunds, type Refunds } from "./refunds.ts";

/** With SCREENSHOTS=1, the picture of the documentation is made anew. */
const IMAGES = process.env.SCREENSHOTS
  ? join(import.meta.dirname, "../../../docs/images")
  : undefined;
const ATTACK = '"><script>alert(1)</script><img src="https://example.com/x" onerror="alert(2)">';

describe.skipIf(!hasChromium)(`the page of a three-way diff (skipped without ${CHROMIUM})`, () => {
  let refunds: Refunds;
  let browser: Browser;
  let threeWay: ThreeWay;
  beforeAll(async () => {
    refunds = await openRefunds();
    const edits = {
      "refunds/policy/limits.yaml": "# a desk is fine\nmost: 90\n",
      "refunds/prompts/classify.md": ["brief", "short"] as const,
      "refunds/policy/other.yaml": "unused: false\n",
    };
    const right = {
      total: 165,
      kind: "refund",
      paid: { paid: 165 },
      labels: ["kind: refund: vase"],
    };
    threeWay = (await refunds.compare(edits, right)).threeWay;
    browser = await chromium.launch({
      executablePath: CHROMIUM,
      args: ["--no-sandbox", "--disable-gpu", "--disable-background-networking"],
    });
  }, 120_000);
  afterAll(async () => {
    await browser?.close();
    await refunds?.close();
  });

  let count = 0;
  async function open(of: ThreeWay, options: BrowserContextOptions = {}): Promise<Page> {
    count += 1;
    const file = join(refunds.data, `three-way-${count}.html`);
    writeFileSync(file, threeWayPage(of));
    const context = await browser.newContext({ viewport: DESKTOP, ...options });
    const page = await context.newPage();
    await page.goto(pathToFileURL(file).href);
    return page;
  }

  it("says first whether it is closer to what is expected, and names what explains each difference", async () => {
    const page = await open(threeWay);
    if (IMAGES !== undefined) {
      mkdirSync(IMAGES, { recursive: true });
      await page.screenshot({
        path: join(IMAGES, "replay-three-way.png"),
        clip: { x: 0, y: 0, width: 1280, height: 1000 },
      });
    }
    expect(await page.locator(".verdict").textContent()).toMatch(/^Better: /);
    expect(await page.locator("#step-priced- .why a").first().textContent()).toBe(
      "file policy/limits.yaml",
    );
    expect(await page.locator("#step-route- .why").first().textContent()).toContain(
      "by way of priced",
    );
    await page.getByText("1 change leads to no difference").waitFor();
  });

  it.each([
    ["light", DESKTOP],
    ["dark", DESKTOP],
    ["light", PHONE],
    ["dark", PHONE],
  ] as const)("is readable for everybody, %s on %o", async (colorScheme, viewport) => {
    const page = await open(threeWay, { colorScheme, viewport });
    if (process.env.LOOK)
      await page.screenshot({
        path: join(process.env.LOOK, `${colorScheme}-${viewport.width}.png`),
        fullPage: true,
      });
    expect(await isTooWide(page)).toBe(false);
    expect(await axeFindings(page)).toEqual([]);
  });

  it("runs nothing and loads nothing, whatever a value says", async () => {
    const [first] = threeWay.changes ?? [];
    if (!first) throw new Error("no change");
    const hostile: ThreeWay = {
      ...threeWay,
      run: { ...threeWay.run, id: ATTACK, workflow: ATTACK },
      changes: [{ ...first, owner: ATTACK, name: ATTACK, says: [ATTACK], text: `+${ATTACK}` }],
      steps: threeWay.steps.map((step) => ({
        ...step,
        step: ATTACK,
        differences: [
          {
            ...{
              aspect: "output",
              path: ATTACK,
              old: ATTACK,
              current: { [ATTACK]: ATTACK },
              expected: ATTACK,
            },
            ...{ isExpected: false, because: [{ kind: "unknown", what: ATTACK, via: [ATTACK] }] },
          },
        ],
      })),
    };
    const page = await open(threeWay);
    const asked: string[] = [];
    page.on("request", (request) => asked.push(request.url()));
    page.on("dialog", (dialog) => asked.push(dialog.message()));
    const file = join(refunds.data, "hostile.html");
    writeFileSync(file, threeWayPage(hostile));
    await page.goto(pathToFileURL(file).href);
    expect(asked).toEqual([pathToFileURL(file).href]);
    expect(await page.locator("script, img, link, iframe").count()).toBe(0);
  });
});
