import { z } from "zod";
import type { Change } from "../../bundle/index.ts";
import type { DeployedControl } from "../../runtime/kept-files.ts";
import { driveAws } from "../aws/drive-aws.ts";
import { type BundleSide, namedSide, readSide } from "../bundles/bundle-side.ts";
import { deployedBundle } from "../bundles/run-side.ts";
import { defineCommand, type Invocation, type Outcome } from "../command.ts";
import { usageFailure } from "../failure.ts";
import { safeText } from "../text/safe-text.ts";

export const diff = defineCommand({
  name: "diff",
  aws: "beside data",
  summary: "Say what is different between two bundles, component by component",
  details:
    "A and B are each a bundle's folder or name, REVISION:PATH of git, a run (the bundle that it ran), or a digest of the data folder's bundles; or both are versions of a component (COMPONENT@VERSION; CATEGORY/COMPONENT is the one in the working folder); or both are lock files, which name what has changed and not how. With --environment, runs and digests are those of that environment; with A alone, what is deployed there of the bundle A is compared with A as it is here. Bundles are compared as this machine binds them; a revision is compiled with the Espalier and the packages that are installed now.",
  arguments: [
    ["<a>", "the earlier bundle"],
    ["[b]", "the later bundle"],
  ],
  examples: [
    { command: "espalier diff main:bundles/refunds refunds", says: "what this branch changes" },
    { command: "espalier diff 01K3Z refunds", says: "since a run" },
    { command: "espalier diff 5dab3c0f1a refunds", says: "since a bundle that has run here" },
    { command: "espalier diff reader@1.4.2 models/reader", says: "since a published version" },
    {
      command: "espalier diff refunds --environment prod",
      says: "what a deployment would change",
    },
  ],
  shape: {
    args: z.tuple([z.string().min(1), z.string().min(1).optional()]),
    options: z.object({}),
  },
  async perform(invocation, [a, b]) {
    const { aws } = invocation;
    if (aws === undefined) {
      if (b !== undefined) return compared(invocation, await bothSides(invocation, a, b));
      throw usageFailure(
        "A bundle is compared with another one",
        "Name a second one, or --environment for what is deployed there.",
      );
    }
    return driveAws(aws, async (control, { environment }) => {
      if (b !== undefined) return compared(invocation, await bothSides(invocation, a, b, control));
      const after = await readSide(invocation, a);
      const deployed = await deployedBundle(workflowIn(after, a), control, environment);
      return compared(invocation, [await namedSide(invocation, deployed, control), after]);
    });
  },
});

type Sides = readonly [before: BundleSide, after: BundleSide];

async function bothSides(
  invocation: Invocation,
  a: string,
  b: string,
  deployed?: DeployedControl,
): Promise<Sides> {
  const before = await readSide(invocation, a, deployed);
  const after = await readSide(invocation, b, deployed);
  if (before.isLock === after.isLock) return [before, after];
  throw usageFailure(
    "A lock file is compared with another lock file",
    "Name a folder, a revision or a digest on both sides, or two lock files.",
  );
}

/** The name of a bundle, which need not be that of its folder. */
function workflowIn({ parts }: BundleSide, named: string): string {
  const part = parts.find(({ kind, name }) => kind === "workflow" && name === "workflow");
  return typeof part?.value === "string" ? part.value : named;
}

async function compared(invocation: Invocation, [before, after]: Sides): Promise<Outcome> {
  const { diffParts } = await import("../../bundle/index.ts");
  const changes = diffParts(before.parts, after.parts);
  print(invocation, changes, before, after);
  return {
    exitCode: 0,
    document: {
      before: before.shown,
      after: after.shown,
      changes: changes.map((change) => ({
        ...change,
        says: [...change.says],
        along: [...change.along],
      })),
    },
  };
}

function print(
  { out }: Invocation,
  changes: readonly Change[],
  before: BundleSide,
  after: BundleSide,
): void {
  const { color } = out;
  if (changes.length === 0) {
    out.line(`Nothing is different between ${before.shown} and ${after.shown}.`);
    return;
  }
  let owner: string | undefined;
  for (const change of changes) {
    if (change.owner !== owner) {
      owner = change.owner;
      out.line(color.bold(safeText(owner)));
    }
    const paint = { added: color.green, removed: color.red, changed: color.yellow }[change.change];
    const fits =
      change.compatible === null ? "" : change.compatible ? ", compatible" : ", breaking";
    out.line(`  ${paint(change.change)}  ${change.kind} ${safeText(change.name)}${fits}`);
    out.lines(change.says.map((line) => `    ${safeText(line)}`));
    out.lines(change.along.map((each) => `    and with it ${safeText(each)}`));
    out.lines((change.text?.trimEnd().split("\n") ?? []).map((line) => `    ${safeText(line)}`));
  }
}
