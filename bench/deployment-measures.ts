/** What is measured of deploying: the time that `cdk synth` takes, and what functions carry. */
import { FUNCTIONS, type MeasuredFunction } from "./functions/packages.ts";
import type { Measure, Peer, Program, Sizes } from "./measures.ts";

const CODE = {
  esbuild: "plain CDK app, one call of esbuild",
  "nodejs-function": "plain CDK app, NodejsFunction",
  "as-it-is": "plain CDK app, code not bundled",
} as const;

const WHICH: Partial<Record<MeasuredFunction, string>> = {
  step: "of a step (license-review, inventory)",
  agent: "of an agent",
};

const CLIENTS = "AWS SDK clients and zod";
const POWERTOOLS = "Bedrock's client, zod and Powertools";
const BESIDE: Partial<Record<MeasuredFunction, string>> = { agent: POWERTOOLS };

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
    ...FUNCTIONS.map(
      (name): Measure => ({
        id: `function-${name}`,
        title: `cold import of the function ${WHICH[name] ?? name}`,
        unit: "ms",
        ours: functionProgram("Espalier", "ours/function-cold.ts", name, imports),
        peers: [
          {
            ...functionProgram(BESIDE[name] ?? CLIENTS, "peers/function-floor.ts", name, imports),
            ...(name === "agent" && judged && { atMost: 1.15 }),
          },
        ],
        rounds: Math.min(rounds, 3),
      }),
    ),
    {
      id: "function-agent-size",
      title: "size of the function of an agent, with all that it loads when it first needs it",
      unit: "KB",
      ours: functionSize("Espalier", "ours/function-cold.ts"),
      peers: [
        {
          ...functionSize(POWERTOOLS, "peers/function-floor.ts"),
          ...(judged && { atMost: 1.15 }),
        },
      ],
      rounds: 1,
    },
  ];
}

function plainCdk(code: keyof typeof CODE, steps: number): Peer {
  return { name: CODE[code], file: "peers/plain-cdk.ts", options: { steps, code } };
}

function functionProgram(name: string, file: string, handler: string, processes: number): Program {
  return { name, file, options: { function: handler, processes } };
}

function functionSize(name: string, file: string): Program {
  return { name, file, options: { function: "agent", processes: 1, figure: "size" } };
}
