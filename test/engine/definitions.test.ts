import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it, onTestFinished } from "vitest";
import { Definitions, Engine } from "../../lib/engine/index.ts";
import { echo } from "./engine-of.ts";

const pass = (Output: string) => ({
  ...{ QueryLanguage: "JSONata", StartAt: "a" },
  States: { a: { Type: "Pass", Output, End: true } },
});

/** What the machine puts out, on an engine of its own. */
async function outputOf(definitions: Definitions, definition: object, directory?: string) {
  const engine = await Engine.open({ invoke: echo, definitions, directory });
  try {
    const { stateMachineArn } = await engine.createStateMachine({ name: "m", definition });
    const { executionArn } = await engine.startExecution({ stateMachineArn, input: '{"n":1}' });
    return (await engine.waitForEnd(executionArn)).output;
  } finally {
    await engine.close();
  }
}

it("compiles a definition once for all engines that share it", async () => {
  const definitions = new Definitions();
  const definition = pass("{% $states.input.n + 1 %}");
  const name = definitions.check(JSON.stringify(definition));
  const compiled = definitions.compiled(name);
  expect(await outputOf(definitions, definition)).toBe("2");
  expect(await outputOf(definitions, definition)).toBe("2");
  expect(definitions.compiled(name)).toBe(compiled);
  expect(await outputOf(definitions, pass("{% $states.input.n + 2 %}"))).toBe("3");
});

it("refuses what is no definition, again and again", async () => {
  const definitions = new Definitions();
  for (let i = 0; i < 2; i += 1) {
    await expect(outputOf(definitions, pass("{% ( %}"))).rejects.toMatchObject({
      name: "InvalidDefinition",
    });
  }
});

it("writes a shared definition into each engine's own folder", async () => {
  const definitions = new Definitions();
  const definition = pass("{% 1 %}");
  await outputOf(definitions, definition);
  const folder = await mkdtemp(join(tmpdir(), "espalier-definitions-"));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  await outputOf(definitions, definition, folder);
  expect(await readFile(join(folder, "machines.jsonl"), "utf8")).toContain('"text"');
});
