import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { ModelSettings } from "../../../lib/runtime/model/model.ts";
import { openModel } from "../../../lib/runtime/model/open-model.ts";
import { recordingModel } from "../../../lib/runtime/model/recording.ts";
import { recordingFolder } from "../../../lib/runtime/model/recording-folder.ts";
import { digestOfRequest } from "../../../lib/runtime/model/request-digest.ts";
import { standIn } from "../../../lib/runtime/model/stand-in.ts";
import { READER, requestOf } from "./model-world.ts";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "espalier-recordings-"));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const options = { signal: new AbortController().signal };

function open(settings: Partial<Extract<ModelSettings, { adapter: "recording" }>> = {}) {
  let asked = 0;
  const opened = openModel(
    { adapter: "recording", recordings: "recordings", ...settings },
    READER,
    {
      recordings: (name) => recordingFolder(join(folder, name)),
      standIn: standIn((request) => {
        asked += 1;
        return `answer ${asked} of ${request.modelId}`;
      }),
    },
  );
  const ask = (text: string) =>
    opened.model.converse(requestOf(text, { modelId: opened.modelId }), options);
  return { ...opened, ask, asked: () => asked };
}

describe("recordings", () => {
  it("are written once, and then answer alone", async () => {
    const recorder = open({ from: { adapter: "stand-in" } });
    const first = await recorder.ask("Hi");
    expect(await recorder.ask("Hi")).toEqual(first);
    expect(recorder.asked()).toBe(1);
    expect(first).toMatchObject({
      content: [{ text: "answer 1 of stand-in" }],
      answeredBy: { adapter: "recording", model: "stand-in" },
    });
    expect(await open().ask("Hi")).toEqual(first);
  });

  it("are files that people can read, named by the request's digest", async () => {
    const { ask, modelId } = open({ from: { adapter: "stand-in" } });
    await ask("Hi");
    const request = requestOf("Hi", { modelId });
    const name = `${digestOfRequest(request).slice("sha256:".length)}.json`;
    expect(await readdir(join(folder, "recordings"))).toEqual([name]);
    const text = await readFile(join(folder, "recordings", name), "utf8");
    expect(JSON.parse(text)).toMatchObject({
      format: 1,
      request,
      reply: { stopReason: "end_turn" },
    });
    expect(text).toMatch(/\n {2}"request": \{\n/);
  });

  it("name the model's component, whoever was asked", () => {
    expect(open().modelId).toBe("reader@1.0.0");
  });

  it("that are missing are named", async () => {
    const { ask, modelId } = open();
    await expect(ask("Hi")).rejects.toMatchObject({
      name: "Model.NotRecorded",
      message: expect.stringContaining(digestOfRequest(requestOf("Hi", { modelId }))),
    });
  });

  it("are not made where they are only to be replayed", async () => {
    const from = open({ from: { adapter: "stand-in" } });
    const store = recordingFolder(folder);
    const replay = recordingModel({ store, mode: "replay", from: from.model });
    await expect(replay.converse(requestOf("Hi"), options)).rejects.toMatchObject({
      name: "Model.NotRecorded",
    });
    expect(from.asked()).toBe(0);
  });

  it.each(["", "{}", '{"reply":{"content":"x"}}', "nonsense"])(
    "that are damaged (%j) are named, and not taken",
    async (text) => {
      const recorder = open({ from: { adapter: "stand-in" } });
      await recorder.ask("Hi");
      const [name = ""] = await readdir(join(folder, "recordings"));
      await writeFile(join(folder, "recordings", name), text);
      await expect(open().ask("Hi")).rejects.toMatchObject({
        name: "Model.NotRecorded",
        message: expect.stringContaining(name),
      });
    },
  );
});

describe("the digest of a request", () => {
  it("does not depend on the order of keys", () => {
    const request = requestOf("Hi");
    const turned = Object.fromEntries(Object.entries(request).reverse()) as typeof request;
    expect(digestOfRequest(turned)).toBe(digestOfRequest(request));
  });

  it("depends on everything else", () => {
    const digests = [
      requestOf("Hi"),
      requestOf("Ho"),
      requestOf("Hi", { modelId: "other" }),
      requestOf("Hi", { system: [{ text: "x" }] }),
      requestOf("Hi", { inferenceConfig: { maxTokens: 101 } }),
      requestOf("Hi", { guardrailConfig: { guardrailIdentifier: "a", guardrailVersion: "1" } }),
    ].map(digestOfRequest);
    expect(new Set(digests).size).toBe(digests.length);
  });
});
