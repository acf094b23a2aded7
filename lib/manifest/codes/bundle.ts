import type { Code } from "./code.ts";

/** ESP7xx: bundles and code. */
export const BUNDLE_CODES = {
  ESP701: {
    title: "No bundle there",
    explanation: "A bundle is a folder with a `workflow.yaml`.",
    example: { words: "A folder that does not exist, or has no `workflow.yaml`." },
  },
  ESP702: {
    title: "Path leaves the bundle",
    explanation:
      "A bundle is complete in itself: paths are relative, with forward slashes, without `..`, and no symbolic link leads out.",
    example: { steps: "- id: first\n  task: ../other/code/work.ts\n" },
  },
  ESP703: {
    title: "File not in the bundle",
    explanation: "The manifest names a file that the bundle does not have.",
    example: { steps: "- id: first\n  task: code/missing.ts\n" },
  },
  ESP704: {
    title: "Handler does not compile",
    explanation: "esbuild refuses the code; the message is its own.",
    example: {
      steps: "- id: first\n  task: code/broken.ts\n",
      files: { "code/broken.ts": "export default step({\n" },
    },
  },
  ESP705: {
    title: "Handler without a default export",
    explanation: "A handler's file exports its step: `export default step({ … })`.",
    example: {
      steps: "- id: first\n  task: code/empty.ts\n",
      files: { "code/empty.ts": "export const answer = 42;\n" },
    },
  },
  ESP706: {
    title: "Default export is no step",
    explanation: "The default export is something else than the result of `step({ … })`.",
    example: {
      steps: "- id: first\n  task: code/function.ts\n",
      files: { "code/function.ts": "export default async () => 42;\n" },
    },
  },
  ESP707: {
    title: "Handler cannot be loaded",
    explanation:
      "The file compiles, but running its top level failed or did not end within its time. Work belongs into `run`, not beside it.",
    example: {
      steps: "- id: first\n  task: code/throws.ts\n",
      files: { "code/throws.ts": 'throw new Error("no configuration");\nexport default 1;\n' },
    },
  },
  ESP708: {
    title: "File too large for a bundle",
    explanation:
      "A file listed in `files` has at most 10 MiB, and all of them together 50 MiB: they are shipped with every function. Larger data belongs into an artifact.",
    example: { words: "A file of 11 MiB listed in `files`." },
  },
} as const satisfies Record<string, Code>;
