import { readdirSync } from "node:fs";
import { join } from "node:path";
import { LOCAL_ENVIRONMENT } from "../../manifest/environment/local.ts";
import { nearest } from "../../manifest/nearest.ts";
import { DEFAULT_ENVIRONMENT } from "../aws/aws-target.ts";
import { Failure } from "../failure.ts";

const FOLDER = "bundles/environments";

/** Names of the environments that the CDK app of this folder makes; what their files hold is not read. */
export function environmentNames(cwd: string): readonly string[] {
  const files = readNames(join(cwd, FOLDER)).filter((name) => /\.ya?ml$/.test(name));
  const names = files
    .map((name) => name.replace(/\.ya?ml$/, ""))
    .filter((name) => name !== LOCAL_ENVIRONMENT)
    .sort();
  return names.length === 0 ? [DEFAULT_ENVIRONMENT] : names;
}

/** Throws a `Failure` if no file describes the environment. */
export function checkEnvironment(name: string, cwd: string): void {
  const names = environmentNames(cwd);
  if (names.includes(name)) {
    return;
  }
  const near = nearest(name, names);
  throw new Failure("EnvironmentNotFound", `No file describes the environment "${name}"`, {
    hint:
      near === undefined
        ? `Write ${FOLDER}/${name}.yaml. There are: ${names.join(", ")}.`
        : `Did you mean ${near}?`,
  });
}

function readNames(folder: string): readonly string[] {
  try {
    return readdirSync(folder);
  } catch {
    return []; // Without the folder there is the one environment of the default.
  }
}
