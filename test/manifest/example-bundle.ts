import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { AGENT_FILES } from "../../lib/manifest/codes/agent-example.ts";
import type { CodeExample } from "../../lib/manifest/codes.ts";

const HEAD = `apiVersion: espalier/v1
workflow: example
version: 1.0.0
owners: { business: a@example.com, platform: b@example.com, risk: c@example.com }
`;

export const WORK = `import { step } from "espalier";
import * as z from "zod";

export default step({
  input: z.unknown(),
  output: z.unknown(),
  async run(input) {
    return input;
  },
});
`;

export const REVIEW = `approval: review
title: Is this right?
approvers: [risk@example.com]
deadline: 3d
`;

/** The files of the bundle that an example of a code means. */
export function exampleFiles(example: CodeExample): Record<string, string> {
  if ("words" in example) return {};
  const manifest =
    "manifest" in example
      ? example.manifest
      : "steps" in example
        ? `${HEAD}steps:\n${example.steps.replaceAll(/^(?=.)/gm, "  ")}`
        : `${HEAD}${example.keys}steps:\n  - { id: first, set: 1 }\n`;
  return {
    "workflow.yaml": manifest,
    "code/work.ts": WORK,
    "approvals/review.yaml": REVIEW,
    ...(/\b(agent|model|prompt): /.test(manifest) ? AGENT_FILES : {}),
    ...example.files,
  };
}

/** Writes files (paths with forward slashes) below a folder. */
export function writeFiles(folder: string, files: Readonly<Record<string, string>>): void {
  for (const [path, text] of Object.entries(files)) {
    const file = join(folder, path);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, text);
  }
}
