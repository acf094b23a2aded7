import { z } from "zod";
import type { Change } from "../../bundle/index.ts";
import { type BundleSide, readSide } from "../bundles/bundle-side.ts";
import { defineCommand, type Invocation } from "../command.ts";
import { usageFailure } from "../failure.ts";
import { safeText } from "../text/safe-text.ts";

export const diff = defineCommand({
  name: "diff",
  summary: "Say what is different between two bundles, component by component",
  details:
    "A and B are each a bundle's folder or name, REVISION:PATH of git, or a digest of the data folder's bundles; or both are lock files, which name what has changed and not how. Bundles are compared as this machine binds them; a revision is compiled with the Espalier and the packages that are installed now.",
  arguments: [
    ["<a>", "the earlier bundle"],
    ["<b>", "the later bundle"],
  ],
  examples: [
    { command: "espalier diff main:bundles/refunds refunds", says: "what this branch changes" },
    { command: "espalier diff 5dab3c0f1a refunds", says: "since a bundle that has run here" },
  ],
  shape: {
    args: z.tuple([z.string().min(1), z.string().min(1)]),
    options: z.object({}),
  },
  async perform(invocation, [a, b]) {
    const { diffParts } = await import("../../bundle/index.ts");
    const before = await readSide(invocation, a);
    const after = await readSide(invocation, b);
    if (before.isLock !== after.isLock) {
      throw usageFailure(
        "A lock file is compared with another lock file",
        "Name a folder, a revision or a digest on both sides, or two lock files.",
      );
    }
    const changes = diffParts(before.parts, after.parts);
    print(invocation, changes, before, after);
    return {
      exitCode: 0,
      document: {
        before: before.shown,
        after: after.shown,
        changes: changes.map((change) => ({ ...change, says: [...change.says] })),
      },
    };
  },
});

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
    out.lines((change.text?.trimEnd().split("\n") ?? []).map((line) => `    ${safeText(line)}`));
  }
}
