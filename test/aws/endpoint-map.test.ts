import { expect, it } from "vitest";
import EndpointMap from "../../lib/aws/endpoint-map.ts";

it("forgets the endpoint that was used longest ago, and a look at one is no use", () => {
  const map = new EndpointMap<number>(2);
  map.set("a", 1);
  map.set("b", 2);
  expect(map.get("a")).toBe(1);
  expect(map.peek("b")).toBe(2);
  map.set("c", 3);
  expect(["a", "b", "c"].map((key) => map.has(key))).toEqual([true, false, true]);
  map.clear();
  expect(map.get("a")).toBeUndefined();
});
