import { userInfo } from "node:os";
import { dirname, join, resolve } from "node:path";
import { z } from "zod";
import { driveAws } from "../aws/drive-aws.ts";
import { compileBundle, LOCAL_MODELS } from "../bundles/compile-bundle.ts";
import { selectBundle } from "../bundles/select-bundle.ts";
import { defineCommand } from "../command.ts";
import { usageFailure } from "../failure.ts";
import { parseArtifact } from "../input/artifacts.ts";
import { Address, RunName, WorkflowName } from "../input/option-shapes.ts";
import { readJson } from "../input/read-input.ts";
import { driveLocal } from "../runs/open-control.ts";
import { startAndFollow } from "../runs/start-and-follow.ts";

export const run = defineCommand({
  name: "run",
  aws: true,
  summary: "Run a workflow and show its steps as they happen",
  details:
    "Stops where a person has to decide, and says how. Uses the runtime that espalier dev has started on the data folder, else one of its own. With --environment it starts the workflow that is deployed there; no bundle is needed.",
  arguments: [
    ["<workflow>", "name under ./bundles, or path of a bundle's folder; on AWS its name"],
  ],
  options: [
    { flags: "--input <file>", description: "JSON input; - reads standard input (default: {})" },
    {
      flags: "--artifact <name=file>",
      description: "store a file, and put its reference into the input under NAME; repeatable",
      repeatable: true,
    },
    {
      flags: "--as <address>",
      description: "who asks for the run (default: you, at this machine; required on AWS)",
    },
    {
      flags: "--name <name>",
      description: "name of the run; the same name and input start it once",
    },
    { flags: "--detach", description: "start it, and do not wait" },
  ],
  examples: [
    { command: "espalier run hello", says: "without input" },
    { command: `echo '{"name":"Ada"}' | espalier run hello --input -`, says: "with input" },
    {
      command: "espalier run license-review --artifact sbom=sbom.json",
      says: "with a file of any size",
    },
    {
      command: "espalier run hello --environment prod --as you@example.com",
      says: "what is deployed on AWS",
    },
  ],
  shape: {
    args: z.tuple([z.string().min(1)]),
    options: z.object({
      input: z.string().optional(),
      artifact: z.array(z.string()).default([]),
      as: Address.optional(),
      name: RunName.optional(),
      detach: z.boolean().default(false),
    }),
  },
  async perform(invocation, [workflow], options) {
    const { io, aws } = invocation;
    const artifacts = options.artifact.map(parseArtifact);
    const request = async () => ({
      given: options.input === undefined ? {} : await readJson(options.input, io),
      artifacts,
      ...(options.name !== undefined && { name: options.name }),
      detach: options.detach,
    });
    if (aws !== undefined) {
      const principal = whoAsks(options.as);
      const deployed = deployedName(workflow);
      const rest = await request();
      return driveAws(aws, (control, place) =>
        startAndFollow(invocation, control, place, { workflow: deployed, principal, ...rest }),
      );
    }
    const folder = selectBundle(workflow, io.cwd);
    const rest = await request();
    const { deployment } = await compileBundle(invocation, folder, LOCAL_MODELS);
    const principal = options.as ?? `${userInfo().username}@localhost`;
    return driveLocal(
      invocation,
      [deployment],
      (control, place) =>
        startAndFollow(invocation, control, place, {
          workflow: deployment.plan.workflow,
          principal,
          ...rest,
        }),
      join(dirname(resolve(folder)), "environments"),
    );
  },
});

/** Here a person at a terminal is who they are; of a deployed run others must know who asked. */
function whoAsks(as: string | undefined): string {
  if (as !== undefined) {
    return as;
  }
  throw usageFailure(
    "--as is missing: who asks for the run?",
    "For example --as you@example.com. An approval with four eyes compares it with who decides.",
  );
}

function deployedName(workflow: string): string {
  const parsed = WorkflowName.safeParse(workflow);
  if (parsed.success) {
    return parsed.data;
  }
  throw usageFailure(
    `"${workflow}" is not the name of a deployed workflow`,
    "A deployed workflow is run by its name alone: lower-case letters, digits and dashes.",
  );
}
