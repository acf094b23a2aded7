import { existsSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { displayPath } from "../../manifest/read-source.ts";
import type { Captured } from "../../replay/scenarios/capture.ts";
import type { Json } from "../../runtime/json.ts";
import { selectBundle } from "../bundles/select-bundle.ts";
import { defineCommand, type Invocation } from "../command.ts";
import { usageFailure } from "../failure.ts";
import { readJson } from "../input/read-input.ts";
import { explained, keptRun } from "../replay/kept-run.ts";

const NAME = /^[a-z0-9][a-z0-9-]{0,59}$/;

export const capture = defineCommand({
  name: "capture",
  summary: "Make a scenario of a run, which espalier test runs from then on",
  details:
    "Writes bundles/WORKFLOW/scenarios/NAME/: the input, the calls of the run and their answers, what models and agents were answered, and the artifacts that a replay reads. What data classes forbid is never written. Nothing but the run's folder and the snapshot of its bundle is read.",
  arguments: [["<run>", "id of a run that has ended, or the folder of one"]],
  options: [
    { flags: "--as <name>", description: "name of the scenario: a-z, 0-9 and dashes" },
    { flags: "--expect-old", description: "what came out was right, and must come out again" },
    { flags: "--expect <file>", description: "JSON that should have come out" },
    {
      flags: "--of <expression>",
      description: 'the part of the output that is expected: "{% $output.counts %}"',
    },
    { flags: "--describe <text>", description: "what the case is" },
    { flags: "--bundle <dir>", description: "the bundle's folder, if not bundles/WORKFLOW" },
    { flags: "--replace", description: "overwrite a scenario of this name" },
  ],
  examples: [
    { command: "espalier capture 01K3Z --as gpl-in-build --expect-old", says: "it was right" },
    { command: "espalier capture 01K3Z --as cc-by --expect right.json", says: "it was wrong" },
  ],
  shape: {
    args: z.tuple([z.string().min(1)]),
    options: z.object({
      as: z
        .string({ error: "name the scenario: --as NAME" })
        .regex(NAME, { error: "expected a-z, 0-9 and dashes, at most 60" }),
      expectOld: z.boolean().default(false),
      expect: z.string().min(1).optional(),
      of: z
        .string()
        .regex(/^\{%[\s\S]*%\}$/, { error: "expected an expression between {% and %}" })
        .optional(),
      describe: z.string().min(1).optional(),
      bundle: z.string().min(1).optional(),
      replace: z.boolean().default(false),
    }),
  },
  async perform(invocation, [wanted], { as: name, expectOld, expect, of, describe, ...more }) {
    if (expectOld && expect !== undefined) {
      throw usageFailure(
        "--expect-old and --expect contradict each other",
        "Leave one of them out.",
      );
    }
    if (of !== undefined && expect === undefined) {
      throw usageFailure("--of says what --expect is about", "Add --expect FILE.");
    }
    const { io, dataDir } = invocation;
    const folder = await keptRun(invocation, wanted);
    const value = expect === undefined ? undefined : await readJson(expect, io);
    const { openPorts } = await import("../../local/ports/index.ts");
    const { openRun, openBundleSnapshot, ReplayError } = await import("../../replay/index.ts");
    const { captureScenario } = await import("../../replay/scenarios/capture.ts");
    const captured = await explained(async () => {
      const recorded = await openRun(folder);
      const { run, output } = recorded;
      const own = openBundleSnapshot(join(dataDir, "bundles"), run.digest);
      const isOld = expectOld && run.status === "SUCCEEDED";
      return captureScenario(recorded, {
        ...{ name, description: describe, replace: more.replace },
        expected: isOld ? { value: output } : value === undefined ? undefined : { value, of },
        own: await own.catch((error: unknown) => {
          if (error instanceof ReplayError && error.code === "BundleNotKept") return undefined;
          throw error;
        }),
        artifacts: openPorts(join(dataDir, "store")).artifacts,
        bundle: selectBundle(more.bundle ?? bundleOf(run.workflow, io.cwd), io.cwd),
      });
    });
    const scenario = displayPath(captured.folder, io.cwd);
    print(invocation, scenario, captured);
    const document = { ...captured, folder: undefined, scenario, name };
    return { exitCode: 0, document: JSON.parse(JSON.stringify(document)) as Json };
  },
});

/** Where bundles lie, that of a workflow has its name. */
function bundleOf(workflow: string, cwd: string): string {
  const own = join("bundles", workflow);
  return existsSync(join(cwd, own)) || !existsSync(join(cwd, "workflow.yaml")) ? own : ".";
}

const WHY = {
  classed: "data classes forbid it",
  large: "it has more than 20 MiB",
  gone: "it is not in the data folder",
} as const;

function print(
  { out, suggest }: Invocation,
  scenario: string,
  { files, withheld, isSame, masked }: Captured,
): void {
  out.line(`${scenario}`);
  out.lines(files.map((file) => `  ${file}`));
  for (const { artifact, why } of withheld) {
    out.warn(`artifact ${artifact.slice(0, 19)} was not written: ${WHY[why]}`);
  }
  if (masked.length > 0) {
    const values = masked.length === 1 ? "1 value is" : `${masked.length} values are`;
    out.warn(`${values} masked: give examples in their places, under masked in scenario.yaml`);
  }
  if (isSame === null) {
    out.warn(
      "the run's own bundle is not kept here: it was not replayed, and no artifact is written",
    );
  } else if (!isSame) {
    out.warn(
      "on its own bundle it does not end as the run did: what was masked or withheld is missing",
    );
  }
  out.line(`Test it: ${suggest(`test ${scenario.split("/scenarios/")[0]}`)}`);
}
