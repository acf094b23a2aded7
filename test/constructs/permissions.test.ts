import { readFileSync } from "node:fs";
import { basename, join } from "node:path";
import { Stack } from "aws-cdk-lib";
import { describe, expect, it } from "vitest";
import { prepareBundle } from "../../lib/constructs/index.ts";
import { deployedBundles } from "./deployed-bundles.ts";
import { permissionMatrix } from "./permission-matrix.ts";
import { addPlatform, makeApp, ORDERS, PINGS, REFUND, synthesize } from "./synthesize.ts";

const root = join(import.meta.dirname, "../..");

function golden(name: string): string {
  return join(import.meta.dirname, "permissions", `${name}.md`);
}

describe("permissions, as a reviewer reads them", () => {
  it("of the platform", async () => {
    const app = makeApp();
    const platform = addPlatform(app);
    const matrix = `# What the functions of an environment may do\n\n${permissionMatrix(app, Stack.of(platform))}`;
    await expect(matrix).toMatchFileSnapshot(golden("platform"));
  });

  it.each(
    [...deployedBundles(root), ORDERS, PINGS, REFUND].map((folder) => [basename(folder), folder]),
  )("of %s", async (name, folder) => {
    const { app, construct } = synthesize(await prepareBundle(folder, "dev"));
    const matrix = `# What ${name} may do\n\n${permissionMatrix(app, Stack.of(construct))}`;
    await expect(matrix).toMatchFileSnapshot(golden(name));
  });

  it("hold no wildcard but those that are accepted with a reason", () => {
    for (const name of ["platform", ...deployedBundles(root).map((folder) => basename(folder))]) {
      const [matrix = "", accepted = ""] = readFileSync(golden(name), "utf8").split(
        "Accepted findings",
      );
      const wild = [...matrix.matchAll(/^\| \S+ \| (\S+) \| (\S*\*\S*) \|/gm)];
      expect(wild.length).toBeGreaterThan(0);
      for (const [, action, resource] of wild) {
        expect(action).not.toContain("*");
        expect(accepted).toContain(`[Resource::${resource}]`);
      }
    }
  });
});
