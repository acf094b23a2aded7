/** An agent that is a component: the files that it names lie in the component's folder. */
import { parseAgent } from "../manifest/agent/load-agent.ts";
import type { Diagnostic } from "../manifest/diagnostic.ts";
import { isAlias } from "../manifest/file-or-alias.ts";
import { readPromptReference } from "../manifest/prompt-reference.ts";
import { decodeSource } from "../manifest/read-source.ts";
import type { BundleAgent } from "./bundle.ts";
import { type ComponentOf, componentPath } from "./component.ts";

export interface ComponentAgent {
  /** Its files by their paths in a snapshot, `components/agents/ALIAS/PATH`; aliases are the bundle's. */
  readonly agent?: BundleAgent;
  readonly diagnostics: readonly Diagnostic[];
}

const FILE = "agent.yaml";

export function componentAgent({ alias, folder, files }: ComponentOf<"agents">): ComponentAgent {
  const shown = `${folder}/${FILE}`;
  const decoded = decodeSource(files.get(FILE) ?? Buffer.of(), shown);
  if (decoded.text === undefined) return { diagnostics: [decoded.diagnostic] };
  const { agent, source, diagnostics } = parseAgent(decoded.text, shown);
  if (!agent || !source) return { diagnostics };
  const inside = (path: string) => componentPath("agents", alias, path);
  const { instructions, approve, input, artifact, standIn } = agent;
  const isFile = readPromptReference(instructions).alias === undefined;
  const file = {
    ...agent,
    instructions: isFile ? inside(instructions) : instructions,
    ...(approve && {
      approve: {
        ...approve,
        policy: isAlias(approve.policy) ? approve.policy : inside(approve.policy),
      },
    }),
    ...(typeof input === "string" && { input: inside(input) }),
    ...(typeof artifact === "string" && { artifact: inside(artifact) }),
    ...(standIn !== undefined && { standIn: inside(standIn) }),
  };
  return { agent: { file, source }, diagnostics };
}
