/**
 * An agent is one row, however many states its loop enters: calls of its function, decisions about
 * what came of them, and questions to people, which are rows below it.
 */
import type { RunEvent } from "./control.ts";
import { isOpen, type newRow, type Row, type Scope, type StepIndex } from "./timeline-row.ts";

/** The agent whose loop the scope is in: its own row is current, or that of what it asks. */
export function agentAt({ current }: Scope): Row | undefined {
  const row = current?.kind === "agent" ? current : agentAbove(current);
  return row && isOpen(row) ? row : undefined;
}

/** The agent that asks the question that a row is. */
export function agentAbove(row: Row | null): Row | undefined {
  return row?.parent?.kind === "agent" ? row.parent : undefined;
}

/**
 * What a call of an agent came to, from the JSON text of its answer: the artifact as JSON text, or
 * undefined as long as the agent is not done.
 */
export function artifactOf(answer: string | null): string | undefined {
  let outcome: unknown;
  try {
    outcome = answer === null ? undefined : JSON.parse(answer);
  } catch {
    return undefined;
  }
  if (typeof outcome !== "object" || outcome === null || !("status" in outcome)) return undefined;
  if (outcome.status !== "done" || !("output" in outcome)) return undefined;
  return JSON.stringify(outcome.output);
}

/** The reader's own means to find states and to write rows. */
export interface AgentRows {
  readonly added: StepIndex["added"];
  add(of: Parameters<typeof newRow>[0]): Row;
  set(row: Row, change: Partial<Row>): void;
}

/** Takes in that a state was entered, if that is one of the loop that the scope is in. */
export function enterAgentLoop(
  state: string,
  event: RunEvent,
  scope: Scope,
  { added, add, set }: AgentRows,
): boolean {
  const agent = agentAt(scope);
  if (!agent) return false;
  const question = scope.current === agent ? null : scope.current;
  const of = added(state);
  const role = of?.step.id === agent.step ? of.role : undefined;
  if (state === agent.state || role === "next") {
    scope.current = agent;
    set(agent, { outcome: "running", output: null });
  } else if (role === "approval" || role === "approval.schedule") {
    const { step, iteration } = agent;
    const row = { key: String(event.id), step, state, kind: "approval", iteration };
    scope.current = add({ ...row, parent: agent, startedAt: event.timestamp });
    set(agent, { outcome: "waiting" });
  } else if (role === "expired") {
    const error = { name: "Approval.Expired", cause: question?.error?.cause ?? "" };
    for (const row of [question, agent]) {
      if (row) set(row, { outcome: "failed", failing: true, error });
    }
  } else {
    // What it asked led out of the loop: the step's own `catch` has it.
    if (question) {
      const { error } = question;
      set(agent, { outcome: "caught", endedAt: event.timestamp, error });
    }
    return false;
  }
  return true;
}
