/** One side of a comparison of bundles that is named by who ran it, or where it is deployed. */
import type { Part } from "../../bundle/index.ts";
import type { DeployedControl } from "../../runtime/kept-files.ts";
import type { Invocation } from "../command.ts";
import { Failure } from "../failure.ts";
import { openRemoteBundle } from "../pull/pull-bundle.ts";
import { findRun } from "../runs/find-run.ts";
import { nothingRan, readControl } from "../runs/open-control.ts";

export interface NamedBundle {
  readonly shown: string;
  readonly digest: string;
}

/** The bundle of a run: of the environment, or of this machine. Throws `Failure`, `RequestError`. */
export async function bundleOfRun(
  invocation: Invocation,
  wanted: string,
  deployed: DeployedControl | undefined,
): Promise<NamedBundle> {
  const found = deployed
    ? await findRun(deployed, wanted)
    : await readControl(
        { ...invocation, aws: undefined },
        (control) => findRun(control, wanted),
        () => nothingRan(invocation),
      );
  return { shown: `run ${found.id}`, digest: found.digest };
}

/** The bundle that new runs of a workflow get there. Throws `Failure` `WorkflowNotFound`. */
export async function deployedBundle(
  workflow: string,
  control: DeployedControl,
  environment: string,
): Promise<NamedBundle> {
  const all = await control.workflows();
  const found = all.find((each) => each.workflow === workflow);
  if (found) {
    return {
      shown: `${workflow} ${found.version} in ${environment}`,
      digest: found.digest,
    };
  }
  throw new Failure(
    "WorkflowNotFound",
    `There is no workflow "${workflow}" in the environment "${environment}"`,
    { hint: `There are: ${all.map((each) => each.workflow).join(", ") || "none"}.` },
  );
}

export async function remoteParts(
  control: DeployedControl,
  digest: string,
): Promise<readonly Part[]> {
  const { bundleParts } = await import("../../bundle/index.ts");
  const bundle = await openRemoteBundle(control.kept, digest, undefined);
  return bundleParts(await bundle.content());
}
