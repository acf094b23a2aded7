import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { describe, expect, it } from "vitest";
import { drawArchitecture } from "../../lib/constructs/architecture/draw.ts";
import { ARROWS, PARTS } from "../../lib/constructs/architecture/parts.ts";
import { prepareBundle } from "../../lib/constructs/index.ts";
import { ORDERS, synthesize } from "./synthesize.ts";

describe("the picture of a deployed environment", () => {
  it("is fresh (npm run docs)", () => {
    const file = resolve(import.meta.dirname, "../../docs/architecture.svg");
    expect(readFileSync(file, "utf8")).toBe(drawArchitecture());
  });

  it("shows only what is deployed", async () => {
    const { platform, workflow } = synthesize(await prepareBundle(ORDERS), { notify: {} });
    const types = [platform, workflow].flatMap((template) =>
      Object.values(template.toJSON().Resources as Record<string, { readonly Type: string }>).map(
        ({ Type }) => Type,
      ),
    );
    const shown = PARTS.flatMap(({ type }) => (type === null ? [] : [type]));
    expect(shown.filter((type) => !types.includes(type))).toEqual([]);
  });

  it("has no part that nothing leads to or from, but for the alarms", () => {
    const joined = new Set(ARROWS.flatMap(({ from, to }) => [from[0], to[0]]));
    expect(PARTS.map(({ id }) => id).filter((id) => !joined.has(id))).toEqual(["alarms"]);
  });
});
