/** What steps that use components take, and what they yield. */
import type { Step } from "../../manifest/manifest.ts";
import type { JsonObject } from "../../runtime/json.ts";
import type { PromptDocument } from "../../runtime/prompt/prompt-document.ts";
import type { ResolvedStep } from "../resolve/resolution.ts";
import { type Shape, shapeOf } from "./shape.ts";

export interface StepShapes {
  /** All of them hold; `what` names the value in messages. */
  readonly inputs: readonly { readonly shape: Shape; readonly what: string }[];
  readonly output: Shape | undefined;
}

/** The answer of a model step without a contract. */
export const TEXT_ANSWER: JsonObject = {
  type: "object",
  additionalProperties: false,
  required: ["text"],
  properties: { text: { type: "string" } },
};

/** What the runtime's steps return: `retrieve-step.ts`, `memory-step.ts`, `prompt-step.ts`. */
const RESULTS: JsonObject = {
  type: "object",
  additionalProperties: false,
  required: ["knowledge", "results"],
  properties: {
    knowledge: {
      type: "object",
      additionalProperties: false,
      required: ["name", "version", "digest"],
      properties: { name: {}, version: {}, digest: {} },
    },
    results: {
      type: "array",
      items: {
        type: "object",
        additionalProperties: false,
        required: ["text", "source", "span", "heading", "score"],
        properties: {
          text: { type: "string" },
          source: { type: "string" },
          span: { type: "object" },
          heading: { type: ["string", "null"] },
          score: { type: "number" },
        },
      },
    },
  },
};

/** `PromptStepOutput` of the runtime. */
const RENDERED: JsonObject = {
  type: "object",
  additionalProperties: false,
  required: ["prompt", "provenance"],
  properties: {
    prompt: {},
    provenance: {
      type: "object",
      additionalProperties: false,
      required: ["source", "template", "inputs", "rendered"],
      properties: Object.fromEntries(
        ["source", "template", "inputs", "rendered"].map((key) => [key, { type: "string" }]),
      ),
    },
  },
};

const QUERY: JsonObject = {
  type: "object",
  additionalProperties: false,
  required: ["query"],
  properties: { query: { type: "string" }, limit: { type: "integer", minimum: 1 } },
};

const REMEMBERED: JsonObject = {
  type: "object",
  required: ["found", "key", "value", "provenance"],
  additionalProperties: false,
  properties: { found: { type: "boolean" }, key: { type: "string" }, value: {}, provenance: {} },
};

export function shapesOf(step: Step, resolved: ResolvedStep | undefined): StepShapes {
  switch (resolved?.kind) {
    case "model":
      return {
        inputs: [promptInputs(resolved.prompt, true)],
        output: shapeOf(resolved.output ?? TEXT_ANSWER),
      };
    case "prompt":
      return {
        inputs: [promptInputs(resolved.prompt, true)],
        output: shapeOf(RENDERED),
      };
    case "agent":
      return {
        inputs: [
          ...(resolved.input === true
            ? []
            : [{ shape: shapeOf(resolved.input), what: `the input of "${step.id}"` }]),
          // What is no input of its instructions may still be what its tools act on.
          promptInputs(resolved.prompt, false),
        ],
        output: shapeOf(resolved.artifact),
      };
    case "retrieve":
      return {
        inputs: [{ shape: shapeOf(QUERY), what: `the query of "${step.id}"` }],
        output: shapeOf(RESULTS),
      };
    case "memory": {
      const { operation } = resolved.document;
      const keys = operation === "write" ? ["key", "value"] : ["key"];
      const schema: JsonObject = {
        type: "object",
        additionalProperties: false,
        required: keys,
        properties: Object.fromEntries(keys.map((key) => [key, key === "key" ? TEXT : {}])),
      };
      return {
        inputs: [{ shape: shapeOf(schema), what: `the input of "${step.id}"` }],
        output: shapeOf(REMEMBERED),
      };
    }
    default:
      return { inputs: [], output: undefined };
  }
}

const TEXT: JsonObject = { type: "string" };

/** JSON Schema of a prompt's inputs; `closed`: of nothing else. */
export function promptSchema({ inputs }: PromptDocument, closed: boolean): JsonObject {
  return {
    type: "object",
    ...(closed && { additionalProperties: false }),
    required: Object.keys(inputs),
    properties: Object.fromEntries(
      Object.entries(inputs).map(([name, { type }]) => [
        name,
        type === "text" ? { type: ["string", "number", "boolean"] } : {},
      ]),
    ),
  };
}

function promptInputs(prompt: PromptDocument, closed: boolean): StepShapes["inputs"][number] {
  return {
    shape: shapeOf(promptSchema(prompt, closed)),
    what: `the input of ${prompt.source}`,
  };
}
