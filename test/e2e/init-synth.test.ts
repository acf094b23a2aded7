/** A folder that `init` has made is deployed with the unmodified CDK CLI: here as far as its templates. */
import { spawnSync } from "node:child_process";
import { existsSync, readFileSync, symlinkSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { beforeAll, describe, expect, it } from "vitest";
import { findCdk, INSTALL_CDK } from "../../lib/cli/cdk/find-cdk.ts";
import { espalier } from "../cli/espalier.ts";
import { useProject } from "./project.ts";

const kit = resolve(import.meta.dirname, "../..");
const project = useProject();

/** As `npm install` would, without a registry: what the kit itself has. */
function install(name: string): void {
  const folder = dirname(fileURLToPath(import.meta.resolve(`${name}/package.json`)));
  symlinkSync(folder, join(project.folder, "node_modules", name));
}

describe("a folder that `init` has made", () => {
  beforeAll(() => {
    for (const name of ["aws-cdk", "aws-cdk-lib", "constructs", "tsx"]) install(name);
  });

  it("says what deploying takes, in the versions that the kit is tested with", async () => {
    const { stdout } = await espalier(["init", "again"], { cwd: project.parent });
    expect(stdout).toContain(INSTALL_CDK);
    expect(stdout).toContain("espalier deploy");
    const { devDependencies } = JSON.parse(readFileSync(join(kit, "package.json"), "utf8")) as {
      readonly devDependencies: Record<string, string>;
    };
    for (const name of ["aws-cdk", "aws-cdk-lib", "constructs"]) {
      expect(INSTALL_CDK).toContain(`${name}@${devDependencies[name]}`);
    }
    expect(readFileSync(join(project.parent, "again/.gitignore"), "utf8")).toContain("cdk.out/");
  });

  it("can be synthesized by the CDK CLI, and has its stacks", async () => {
    expect((await espalier(["compile"], { cwd: project.folder })).exitCode).toBe(0);
    const { AWS_PROFILE: _, ...env } = process.env;
    const { status, stdout, stderr } = spawnSync(
      process.execPath,
      [findCdk(project.folder), "synth", "--quiet", "--no-notices"],
      {
        cwd: project.folder,
        encoding: "utf8",
        env: {
          ...env,
          CDK_DISABLE_CLI_TELEMETRY: "true",
          CDK_VALIDATION: "false",
          HOME: project.parent,
        },
      },
    );
    expect(status, stdout + stderr).toBe(0);
    for (const stack of ["espalier-dev-platform", "espalier-dev-hello"]) {
      const file = join(project.folder, "cdk.out", `${stack}.template.json`);
      expect(existsSync(file), file).toBe(true);
    }
  }, 120_000);
});
