import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Failure } from "../../../lib/cli/failure.ts";
import { readJson } from "../../../lib/cli/input/read-input.ts";
import { testIo } from "../test-io.ts";

let cwd = "";
beforeAll(async () => {
  cwd = await mkdtemp(join(tmpdir(), "espalier-input-"));
});
afterAll(async () => {
  await rm(cwd, { recursive: true });
});

async function failureOf(text: string | Uint8Array): Promise<Failure> {
  const { io } = testIo({ cwd, stdin: text });
  const error = await readJson("-", io).catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(Failure);
  return error as Failure;
}

describe("a run's input", () => {
  it("comes from a file or from standard input", async () => {
    await writeFile(join(cwd, "a.json"), '{"a":1}');
    expect(await readJson("a.json", testIo({ cwd }).io)).toEqual({ a: 1 });
    expect(await readJson("-", testIo({ cwd, stdin: "[1]" }).io)).toEqual([1]);
  });

  it("may begin with a byte order mark", async () => {
    expect(await readJson("-", testIo({ stdin: '\ufeff{"a":1}' }).io)).toEqual({ a: 1 });
  });

  it.each([
    ["a missing value", '{\n  "a": \n}', "standard input:3:1 is not JSON: value expected"],
    ["a trailing comma", '{"a": 1,}', "standard input:1:9 is not JSON: property name expected"],
    ["a comment", "// no\n{}", "standard input:1:1 is not JSON: invalid comment token"],
    ["single quotes", "{'a': 1}", "standard input:1:2 is not JSON: invalid symbol"],
    ["something after the end", "{} {}", "standard input:1:4 is not JSON: end of file expected"],
    ["an unclosed brace", '{"a": 1', "standard input:1:8 is not JSON: close brace expected"],
  ])("that has %s is refused with its place", async (_name, text, message) => {
    const failure = await failureOf(text);
    expect(failure).toMatchObject({ code: "InputNotJson", message, exitCode: 1 });
  });

  it("shows the line that is wrong and points at the place", async () => {
    const { hint } = await failureOf('{\n  "a": tru\n}');
    expect(hint).toBe('2 |   "a": tru\n  |        ^');
  });

  it("that is empty, not UTF-8 or too large is refused", async () => {
    expect(await failureOf("  \n")).toMatchObject({ code: "InputUnreadable" });
    expect(await failureOf(new Uint8Array([0xff, 0xfe, 0x7b, 0]))).toMatchObject({
      message: "standard input is not UTF-8 text",
    });
    expect(await failureOf(JSON.stringify("x".repeat(300_000)))).toMatchObject({
      code: "InputTooLarge",
      hint: "Give large documents by reference: --artifact NAME=FILE.",
    });
  });

  it("that does not exist or is a folder is refused by the name that was typed", async () => {
    const { io } = testIo({ cwd });
    await expect(readJson("none.json", io)).rejects.toThrow("none.json does not exist");
    await expect(readJson(".", io)).rejects.toThrow("is a folder, a file is expected");
  });
});
