/** What models and agents have used, in a few words. */
import type { RunUsage } from "../../runtime/trace/run-usage.ts";
import type { StepUsage } from "../../runtime/trace/usage.ts";
import { safeText } from "../text/safe-text.ts";

/** `3 calls, 1,149 + 114 tokens, 0.0052 USD`: tokens in and out. */
export function usageText(usage: RunUsage): string {
  const { calls, toolCalls } = usage;
  return [counted(calls, "call"), ...tools(toolCalls), tokensText(usage), costText(usage)]
    .filter((text) => text !== "")
    .join(", ");
}

/** Of an agent: its turns, what it called, and how often it had to stop. */
export function agentUsageText(usage: StepUsage): string {
  const { calls, toolCalls, toolErrors, questions, reentries } = usage;
  return [
    counted(calls, "turn"),
    ...tools(toolCalls),
    ...(toolErrors > 0 ? [counted(toolErrors, "tool error")] : []),
    tokensText(usage),
    costText(usage),
    ...(questions > 0 ? [counted(questions, "question")] : []),
    ...(reentries > 0 ? [`went on ${counted(reentries, "time")}`] : []),
  ]
    .filter((text) => text !== "")
    .join(", ");
}

/** `1,149 + 114 tokens`; empty where no model was asked. */
export function tokensText({ calls, inputTokens, outputTokens }: RunUsage): string {
  return calls === 0 ? "" : `${number(inputTokens)} + ${number(outputTokens)} tokens`;
}

/** `0.0052 USD`; one part for each currency. */
export function costText({ costs }: Pick<RunUsage, "costs">): string {
  return Object.entries(costs)
    .map(([currency, cost]) => `${money(cost)} ${safeText(currency)}`)
    .join(" + ");
}

/** An amount in millionths: four digits after the point, two from 1 on, and never 0 for something. */
export function money(millionths: number): string {
  const amount = millionths / 1_000_000;
  if (amount >= 1) return amount.toFixed(2);
  if (amount >= 0.0001) return amount.toFixed(4);
  return amount === 0 ? "0" : "< 0.0001";
}

/** `a stand-in (scripted, no model)`, or who else; empty where nobody has answered. */
export function answeredText({ answeredBy }: Pick<RunUsage, "answeredBy">): string {
  return answeredBy.map(({ adapter, model }) => answererText(adapter, safeText(model))).join("; ");
}

function answererText(adapter: string, model: string): string {
  switch (adapter) {
    case "stand-in":
      return "a stand-in (scripted, no model)";
    case "bedrock":
      return `${model} on Amazon Bedrock`;
    case "openai":
      return `${model} on an OpenAI-compatible server`;
    case "recording":
      return `recorded answers of ${model === "stand-in" ? "a stand-in" : model}`;
    default:
      return `${model} (${safeText(adapter)})`;
  }
}

function tools(toolCalls: number): string[] {
  return toolCalls > 0 ? [counted(toolCalls, "tool call")] : [];
}

function counted(count: number, word: string): string {
  return `${number(count)} ${word}${count === 1 ? "" : "s"}`;
}

function number(value: number): string {
  return value.toLocaleString("en-US");
}
