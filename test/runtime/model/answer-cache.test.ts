import { describe, expect, it } from "vitest";
import { memoryArtifacts, memoryRecords } from "../../../lib/local/ports/memory.ts";
import { answerCache } from "../../../lib/runtime/model/answer-cache.ts";
import { requestOf } from "./model-world.ts";

const answeredBy = { adapter: "stand-in", model: "stand-in" } as const;

function ports() {
  const clock = { now: () => new Date(Date.UTC(2026, 10, 21)) };
  return { records: memoryRecords(clock), artifacts: memoryArtifacts(), clock };
}

describe("a cached answer", () => {
  it("is not taken for another adapter's, whatever the ids are", async () => {
    const world = ports();
    const request = requestOf("Hi");
    const at = (adapter: string) => answerCache({ adapter, request, seconds: 60 }, world);
    await at("stand-in").write({ value: "x", answeredBy });
    expect(await at("stand-in").read()).toEqual({ value: "x", answeredBy });
    expect(await at("bedrock").read()).toBeUndefined();
  });

  it("whose artifact is gone is forgotten", async () => {
    const world = ports();
    const place = { adapter: "stand-in", request: requestOf("Hi"), seconds: 60 };
    await answerCache(place, world).write({ value: "x".repeat(40_000), answeredBy });
    const without = { ...world, artifacts: memoryArtifacts() };
    expect(await answerCache(place, without).read()).toBeUndefined();
    expect((await answerCache(place, world).read())?.value).toHaveLength(40_000);
  });
});
