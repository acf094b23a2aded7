import { expect, it } from "vitest";
import type { ReplayBundle } from "../../lib/replay/index.ts";
import { inputFor } from "../../lib/replay/input-for.ts";
import type { JsonObject } from "../../lib/runtime/json.ts";

const bundle = (config: JsonObject) => ({ plan: { config } }) as unknown as ReplayBundle;
const input = { input: 1, config: { ceiling: 100, tone: "firm", chosen: true } };

it("takes the other bundle's defaults, and keeps what somebody has chosen", () => {
  const own = bundle({ ceiling: 100, tone: "kind" });
  const other = bundle({ ceiling: 50, tone: "dry", more: 1 });
  expect(inputFor(input, own, other)).toEqual({
    input: 1,
    config: { ceiling: 50, tone: "firm", chosen: true, more: 1 },
  });
});

it("keeps everything where nobody knows what was a default", () => {
  expect(inputFor(input, undefined, bundle({ ceiling: 50 }))).toEqual(input);
});
