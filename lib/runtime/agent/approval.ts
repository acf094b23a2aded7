/** A person between a model's wish and an effect: what is asked, and what comes back. */
import { digestOfJson } from "../canonical-json.ts";
import { StepError } from "../errors.ts";
import type { Json } from "../json.ts";
import type { AgentResume, ToolApprovalEvidence } from "./agent-call.ts";
import type { AgentDocument, ToolDocument } from "./agent-document.ts";
import { type AgentState, type Call, spendOf, type Turn } from "./agent-state.ts";
import type { DecisionEntry, ToolOutcome } from "./journal-entry.ts";
import { partOf } from "./result-text.ts";

const MAX_REASONS = 8 * 1024;
const MASKED = "[masked]";

/** The same however often it is made for one call: what is spent meanwhile is not part of it. */
export function evidenceFor(
  call: Call,
  turn: Turn,
  tool: ToolDocument,
  state: AgentState,
  document: AgentDocument,
): ToolApprovalEvidence {
  const upTo = { ...state, turns: state.turns.slice(0, state.turns.indexOf(turn) + 1) };
  return {
    agent: document.agent,
    tool: tool.name,
    description: tool.description,
    effect: tool.effect,
    arguments: tool.redact.reduce((value, path) => masked(value, path.split(".")), call.input),
    argumentsDigest: digestOfJson(call.input),
    reasons: reasonsFor(turn, state),
    answeredBy: answererOf(turn),
    turn: turn.reply.turn,
    spend: spendOf(upTo, document.model.prices.currency),
  };
}

function answererOf({ reply: { answeredBy } }: Turn): string {
  if (answeredBy === null) return "unknown";
  if (answeredBy.adapter === "stand-in") return "a stand-in (scripted, no model)";
  return `${answeredBy.model} (${answeredBy.adapter})`;
}

/** What the model wrote in the turn of the call; if it wrote nothing, in the last turn where it did. */
function reasonsFor(turn: Turn, { turns }: AgentState): string {
  for (let index = turns.indexOf(turn); index >= 0; index -= 1) {
    const texts = turns[index]?.reply.content.flatMap((block) =>
      "text" in block ? [block.text] : [],
    );
    if (texts?.length) return partOf(texts.join("\n\n"), 0, MAX_REASONS).text;
  }
  return "";
}

/** A copy without the value at a dotted path; a list on the way stands for each of its items. */
function masked(value: Json, [name, ...rest]: readonly string[]): Json {
  if (name === undefined) return MASKED;
  if (typeof value !== "object" || value === null) return value;
  if (Array.isArray(value)) {
    const inner = name === "*" || /^\d+$/.test(name) ? rest : [name, ...rest];
    return value.map((item, index) =>
      /^\d+$/.test(name) && Number(name) !== index ? item : masked(item, inner),
    );
  }
  return Object.fromEntries(
    Object.entries(value).map(([key, member]) => [
      key,
      key === name || name === "*" ? masked(member, rest) : member,
    ]),
  );
}

/**
 * The decision that the function comes back with, as an entry; undefined if the journal has it. Throws
 * `Contract.InputInvalid` if nobody was asked about such a call: no decision is taken for another one.
 */
export function decisionFrom(
  resume: AgentResume,
  state: AgentState,
  at: string,
): DecisionEntry | undefined {
  const call = state.calls.get(resume.toolUseId);
  if (!call?.asked) {
    throw new StepError(
      "Contract.InputInvalid",
      `A decision came back for the call ${JSON.stringify(resume.toolUseId.slice(0, 80))}, and nobody ` +
        "was asked about such a call of this agent. The state machine hands back what it was given.",
    );
  }
  if (call.decision) return undefined;
  const entry = { kind: "decision", at, call: call.id, verdict: resume.status } as const;
  switch (resume.status) {
    case "approved": {
      const { approval, by, reason, category, edited } = resume.approval;
      // Null as well as absent: not edited. Arguments are an object.
      const isEdited = edited != null && digestOfJson(edited) !== digestOfJson(call.input);
      return { ...entry, approval, by, reason, category, ...(isEdited && { override: edited }) };
    }
    case "rejected":
      return { ...entry, ...rejectionIn(resume.cause) };
    case "expired":
      return { ...entry, approval: null, by: null, reason: null, category: null };
    default:
      return resume satisfies never;
  }
}

/** Reads what `deliver` sent along; whatever else stands there is the reason. */
function rejectionIn(
  cause: string,
): Pick<DecisionEntry, "approval" | "by" | "reason" | "category"> {
  const text = (value: unknown) => (typeof value === "string" ? value : null);
  try {
    const { approval, by, reason, category } = JSON.parse(cause) as { [name: string]: unknown };
    return {
      approval: text(approval),
      by: text(by),
      reason: text(reason),
      category: text(category),
    };
  } catch {
    return { approval: null, by: null, reason: cause, category: null };
  }
}

/** What the model is told of a call that a person did not allow. */
export function notApproved({ verdict, reason, category }: DecisionEntry): ToolOutcome {
  return verdict === "expired"
    ? {
        status: "error",
        error: "Approval.Expired",
        message: "Nobody decided in time. The call was not made.",
      }
    : {
        status: "error",
        error: "Approval.Rejected",
        message: `A person rejected this call; it was not made. Reason: ${[category, reason].filter(Boolean).join(": ") || "none given"}`,
      };
}
