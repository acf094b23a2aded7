/** A model step with everything around it, in memory. */
import { memoryArtifacts, memoryRecords } from "../../../lib/local/ports/memory.ts";
import { parsePrompt } from "../../../lib/manifest/prompt/parse-prompt.ts";
import type { BudgetDocument } from "../../../lib/runtime/agent/agent-document.ts";
import { openBudget } from "../../../lib/runtime/budget/budget.ts";
import type { StepCall } from "../../../lib/runtime/call.ts";
import type { Json, JsonObject } from "../../../lib/runtime/json.ts";
import type { ModelRequest } from "../../../lib/runtime/model/model.ts";
import type { ModelCallReport } from "../../../lib/runtime/model/model-log.ts";
import { runModelStep } from "../../../lib/runtime/model/model-step.ts";
import type { ModelStepDocument } from "../../../lib/runtime/model/model-step-document.ts";
import {
  type StandIn,
  type StandInAnswer,
  standIn,
  standInModel,
} from "../../../lib/runtime/model/stand-in.ts";
import { callOf, READER } from "./model-world.ts";

const { document: prompt } = parsePrompt(
  "---\ninputs:\n  ticket: { type: json }\n---\n# system\nYou sort.\n# user\n{{ticket}}\n",
  "prompts/sort.md",
);
if (!prompt) throw new Error("the prompt is wrong");

export const INPUT: JsonObject = {
  type: "object",
  properties: {
    ticket: {
      type: "object",
      properties: {
        text: { type: "string" },
        email: { type: "string", "x-data-class": "personal" },
      },
      required: ["text"],
    },
  },
  required: ["ticket"],
};
export const OUTPUT: JsonObject = {
  type: "object",
  properties: { label: { type: "string", enum: ["billing", "other"] } },
  required: ["label"],
  additionalProperties: false,
};
export const FREE: BudgetDocument = {
  currency: "USD",
  run: { cost: null, inputTokens: null, outputTokens: null },
  step: { cost: null, inputTokens: null, outputTokens: null },
};
export const DOCUMENT: ModelStepDocument = {
  model: READER,
  prompt,
  input: INPUT,
  output: OUTPUT,
  cache: null,
  maxTokens: 200,
  standIn: null,
  budget: FREE,
};
export const TICKET = { ticket: { text: "I paid twice" } };
export const GOOD: StandInAnswer = { json: { label: "billing" } };
export const BAD: StandInAnswer = { json: { label: "unknown" } };

/** A model step beside its world; the last answer is given again and again. */
export function stepWorld(
  answers: readonly StandInAnswer[] | StandInAnswer | StandIn,
  options: { readonly wrap: <T extends object>(port: T) => T } = { wrap: (port) => port },
) {
  let now = Date.UTC(2026, 10, 21);
  const clock = { now: () => new Date(now) };
  const requests: ModelRequest[] = [];
  const reports: ModelCallReport[] = [];
  const lines: unknown[] = [];
  const counted: [string, number][] = [];
  const write = (message: string, data?: object) => void lines.push({ message, ...data });
  const model = standInModel(
    standIn((request, context) => {
      requests.push(request);
      if (typeof answers === "function") return answers(request, context);
      const list = Array.isArray(answers) ? answers : [answers];
      const answer = list[Math.min(requests.length, list.length) - 1];
      if (answer === undefined) throw new Error("no answer is left");
      return answer;
    }),
  );
  const records = options.wrap(memoryRecords(clock));
  const artifacts = options.wrap(memoryArtifacts());
  const run = (
    document: Partial<ModelStepDocument> = {},
    input: Json = TICKET,
    call?: StepCall,
  ) => {
    const whole = { ...DOCUMENT, ...document };
    const made = call ?? callOf(input);
    return runModelStep(whole, made, {
      model: { adapter: "stand-in", modelId: "stand-in", model: options.wrap(model) },
      records,
      artifacts,
      clock,
      budget: openBudget(whole.budget, made, { records, clock }),
      signal: new AbortController().signal,
      logger: { debug: write, info: write, warn: write, error: write },
      metrics: { add: (name, value) => void counted.push([name, value]) },
      observe: (report) => void reports.push(report),
    });
  };
  return {
    run,
    requests,
    reports,
    lines,
    counted,
    artifacts,
    pass: (ms: number) => {
      now += ms;
    },
    records,
    clock,
  };
}
