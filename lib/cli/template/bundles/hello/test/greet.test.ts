import assert from "node:assert/strict";
import { test } from "node:test";
import { runStep } from "espalier/testing";
import greet from "../code/greet.ts";

test("greets by name", async () => {
  assert.deepEqual(await runStep(greet, { name: "Ada" }), { text: "Hello, Ada!" });
});

test("refuses a greeting to nobody", async () => {
  await assert.rejects(runStep(greet, {}), { name: "Contract.InputInvalid" });
});
