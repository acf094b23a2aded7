/** `docs/scenarios.md` says what the grammar says. */
import { readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { expect, it } from "vitest";
import { scenarioSchema, suiteSchema } from "../../../lib/manifest/json-schema.ts";
import { Check } from "../../../lib/manifest/scenario/check.ts";
import { ScenarioFile } from "../../../lib/manifest/scenario/scenario-file.ts";
import { SuiteFile } from "../../../lib/manifest/scenario/suite-file.ts";
import { parseYaml } from "../../../lib/manifest/yaml.ts";
import { espalier } from "../../cli/espalier.ts";

const page = readFileSync(
  join(resolve(import.meta.dirname, "../../.."), "docs/scenarios.md"),
  "utf8",
);
const blocks = [...page.matchAll(/```yaml\n([\s\S]*?)```/g)].map(([, text = ""]) => text);

it("shows files that are sound", () => {
  const kinds = blocks.map((text) => {
    const value = parseYaml(text, "page").value as object;
    if ("suite" in value) return SuiteFile.parse(value) && "suite";
    const head = { apiVersion: "espalier/v1", scenario: "case" };
    return ScenarioFile.parse("scenario" in value ? value : { ...head, ...value }) && "scenario";
  });
  expect(kinds).toEqual(["scenario", "scenario", "suite"]);
});

it("names every key, every check and every option", async () => {
  const keys = [scenarioSchema(), suiteSchema()].flatMap(({ properties }) =>
    Object.keys(properties ?? {}),
  );
  const checks = Check.options.map((option) => [...option.shape.check.values][0]);
  for (const word of [...keys, ...checks]) expect(page).toContain(word);
  for (const command of ["test", "capture"]) {
    const { stdout } = await espalier([command, "--help"]);
    const own = stdout.split("Options:")[1]?.split("Examples:")[0] ?? "";
    const options = [...own.matchAll(/(--[a-z-]+)/g)].map(([, option = ""]) => option);
    const common = ["--data", "--json", "--debug", "--help", "--describe"];
    for (const option of options.filter((each) => !common.includes(each))) {
      expect(page, command).toContain(option);
    }
  }
});
