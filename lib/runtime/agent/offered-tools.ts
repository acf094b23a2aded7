/** The tools that an agent's model gets to know: the allowed ones, and two of the loop's own. */
import { isEffectful } from "../effect.ts";
import { StepError } from "../errors.ts";
import type { Json, JsonObject } from "../json.ts";
import type { ToolSpec } from "../model/model.ts";
import type { AgentDocument, ToolDocument } from "./agent-document.ts";
import { SUBMIT } from "./agent-state.ts";

/** Built-in: reads a result that was cut or elided. */
export const READ_RESULT = "read_result";

/** Member that holds the artifact in the arguments of `submit` where the artifact is no object. */
const WRAPPED = "artifact";

export interface OfferedTools {
  readonly specs: readonly ToolSpec[];
  /** By name; the built-in ones are not among them. */
  readonly tools: ReadonlyMap<string, ToolDocument>;
  readonly needsApproval: (tool: ToolDocument) => boolean;
  /** False where the model answers with the artifact as text. */
  readonly hasSubmit: boolean;
}

/**
 * A tool with an effect beyond `read` is offered only if a person approves its calls. Throws
 * `Step.Failed` if a tool has the name of a built-in one, or two have the same.
 */
export function offeredTools(document: AgentDocument): OfferedTools {
  const approved = new Set(document.approve?.tools);
  const tools = new Map<string, ToolDocument>();
  for (const tool of document.tools) {
    if (tool.name === SUBMIT || tool.name === READ_RESULT || tools.has(tool.name)) {
      throw new StepError(
        "Step.Failed",
        `Agent "${document.agent}" has two tools named "${tool.name}" ("${SUBMIT}" and ` +
          `"${READ_RESULT}" are its own). Rename one.`,
      );
    }
    if (!isEffectful(tool.effect) || approved.has(tool.name)) tools.set(tool.name, tool);
  }
  const hasSubmit = document.model.structuredOutput !== "textFormat";
  return {
    tools,
    needsApproval: ({ name }) => approved.has(name),
    hasSubmit,
    specs: [
      ...[...tools.values()].map(specOf),
      ...(tools.size > 0 ? [READ_RESULT_SPEC] : []),
      ...(hasSubmit ? [submitSpec(document)] : []),
    ],
  };
}

function specOf({ name, description, input }: ToolDocument): ToolSpec {
  return { toolSpec: { name, description, inputSchema: { json: input } } };
}

/** Arguments of `read_result`. */
export const READ_RESULT_INPUT: JsonObject = {
  type: "object",
  properties: {
    reference: { type: "string", description: "As the cut or elided result names it." },
    from: { type: "integer", minimum: 0, description: "Position in its text. Default 0." },
  },
  required: ["reference"],
  additionalProperties: false,
};

const READ_RESULT_SPEC: ToolSpec = {
  toolSpec: {
    name: READ_RESULT,
    description:
      "Reads a result of an earlier tool call that was cut or elided, from a position of its text on.",
    inputSchema: { json: READ_RESULT_INPUT },
  },
};

function submitSpec({ artifact, model }: AgentDocument): ToolSpec {
  return {
    toolSpec: {
      name: SUBMIT,
      description:
        "Finishes your task with its result. Call it once, alone, after you have seen the results of " +
        "all other calls.",
      inputSchema: { json: isWrapped(artifact) ? wrap(artifact) : artifact },
      ...(model.structuredOutput === "strictTool" && { strict: true }),
    },
  };
}

/** Arguments of a tool are an object; an artifact may be anything. */
function isWrapped({ type }: JsonObject): boolean {
  return type !== "object";
}

function wrap(artifact: JsonObject): JsonObject {
  const { $defs, ...schema } = artifact;
  return {
    ...($defs !== undefined && { $defs }),
    type: "object",
    properties: { [WRAPPED]: schema },
    required: [WRAPPED],
    additionalProperties: false,
  };
}

/** The artifact in the arguments of `submit`; undefined if there is none. */
export function artifactIn(input: Json, { artifact }: AgentDocument): Json | undefined {
  if (!isWrapped(artifact)) return input;
  if (typeof input !== "object" || input === null || Array.isArray(input)) return undefined;
  return Object.hasOwn(input, WRAPPED) ? input[WRAPPED] : undefined;
}
