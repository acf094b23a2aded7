/** What is measured of deploying: the time that `cdk synth` takes, and what functions carry. */
import { HANDLERS } from "../lib/constructs/code/handlers.ts";
import type { Measure, Peer, Program, Sizes } from "./measures.ts";

const CODE = {
  esbuild: "plain CDK app, one call of esbuild",
  "nodejs-function": "plain CDK app, NodejsFunction",
  "as-it-is": "plain CDK app, code not bundled",
} as const;

export function deploymentMeasures(sizes: Sizes): Measure[] {
  const { synthSteps: steps, many, manySteps, imports, rounds, judged } = sizes;
  const [, few, , most] = many;
  return [
    {
      id: "synth",
      title: `cdk synth of a bundle with ${steps} tasks, and its platform`,
      unit: "ms",
      ours: { name: "Espalier", file: "ours/synth.ts", options: { steps } },
      peers: [
        { ...plainCdk("esbuild", steps), ...(judged && { atMost: 1.5 }) },
        plainCdk("nodejs-function", steps),
        plainCdk("as-it-is", steps),
      ],
      rounds: Math.min(rounds, 3),
    },
    {
      id: "synth-many",
      title: `cdk synth of many bundles with ${manySteps} tasks each: one more of ${most}, over one more of ${few}`,
      unit: "×",
      ours: {
        name: "Espalier",
        file: "ours/synth-many.ts",
        options: { steps: manySteps, bundles: [...many] },
      },
      peers: [],
      ...(judged && { atMost: 1.3 }),
      rounds: Math.min(rounds, 3),
    },
    ...HANDLERS.map(
      (name): Measure => ({
        id: `function-${name}`,
        title: `cold import of the function ${name === "step" ? "of a step (license-review, inventory)" : name}`,
        unit: "ms",
        ours: functionProgram("Espalier", "ours/function-cold.ts", name, imports),
        peers: [
          functionProgram("AWS SDK clients and zod", "peers/function-floor.ts", name, imports),
        ],
        rounds: Math.min(rounds, 3),
      }),
    ),
  ];
}

function plainCdk(code: keyof typeof CODE, steps: number): Peer {
  return { name: CODE[code], file: "peers/plain-cdk.ts", options: { steps, code } };
}

function functionProgram(name: string, file: string, handler: string, processes: number): Program {
  return { name, file, options: { function: handler, processes } };
}
