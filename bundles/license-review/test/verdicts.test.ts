/** Whole SBOMs against verdicts that people found by reading the packages. */
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { judgeComponent } from "../code/policy/judge-component.ts";
import { POLICY_FILE, readPolicy } from "../code/policy/policy.ts";
import { readSbom, titleOf } from "../code/sbom/read-sbom.ts";

const file = (path: string) => readFileSync(new URL(`../${path}`, import.meta.url));

async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes;
}

test.each(["npm-packages", "other-ecosystems"])(
  "every component of %s is judged right",
  async (name) => {
    const policy = readPolicy(file(POLICY_FILE).toString());
    const sbom = await readSbom(once(file(`test/fixtures/${name}.cdx.json`)));
    const expected = JSON.parse(file(`test/fixtures/${name}.expected.json`).toString()) as object;
    const verdicts = Object.fromEntries(
      sbom.components.map((component) => {
        const { verdict, licence } = judgeComponent(component, policy, "2026-11-21");
        return [titleOf(component), { verdict, licence }];
      }),
    );
    expect(Object.keys(verdicts)).toEqual(Object.keys(expected));
    expect(verdicts).toMatchObject(expected);
  },
);
