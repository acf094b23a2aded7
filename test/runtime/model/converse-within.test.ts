import { describe, expect, it } from "vitest";
import { converseWithin } from "../../../lib/runtime/model/converse-within.ts";
import type { Model } from "../../../lib/runtime/model/model.ts";
import { requestOf } from "./model-world.ts";

/** Waits until it is aborted, and then throws something of its own. */
const waiting: Model = {
  converse: (_request, { signal }) =>
    new Promise((_resolve, reject) => {
      signal.addEventListener("abort", () => reject(new Error("socket hang up")));
    }),
};

describe("a call that may take so long", () => {
  it("is given up by name, whatever the adapter makes of it", async () => {
    const { signal } = new AbortController();
    await expect(
      converseWithin(waiting, requestOf("Hi"), { signal, seconds: 0.02 }),
    ).rejects.toMatchObject({
      name: "Model.Unavailable",
      message: expect.stringContaining("within 0.02 s"),
    });
  });

  it("ends with the reason of the step's signal", async () => {
    const controller = new AbortController();
    const reason = new Error("the step is over");
    const asked = converseWithin(waiting, requestOf("Hi"), {
      signal: controller.signal,
      seconds: 60,
    });
    controller.abort(reason);
    await expect(asked).rejects.toBe(reason);
  });

  it("fails as the adapter says, in time", async () => {
    const { signal } = new AbortController();
    const failing: Model = { converse: () => Promise.reject(new Error("as it is")) };
    await expect(converseWithin(failing, requestOf("Hi"), { signal, seconds: 60 })).rejects.toThrow(
      "as it is",
    );
  });
});
