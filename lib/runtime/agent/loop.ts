/** Turn after turn: the model is asked, what it asks for is done, until one of both ends it. */
import type { AgentOutcome } from "./agent-call.ts";
import { AgentFailure } from "./agent-failure.ts";
import type { AgentRun } from "./agent-run.ts";
import type { Turn } from "./agent-state.ts";
import { answerTurn } from "./answer-turn.ts";
import { errorsCap } from "./caps.ts";
import type { Opening } from "./opening.ts";
import { takeTurn } from "./take-turn.ts";

/**
 * An outcome if the function has to return before the end; undefined: the journal holds the artifact.
 * Throws `AgentFailure`, and `Pause` if the function has too little time left.
 */
export async function runLoop(run: AgentRun, opening: Opening): Promise<AgentOutcome | undefined> {
  const { state } = run;
  for (;;) {
    const turn = state.turns.at(-1);
    if (!state.end && turn) {
      const outcome = await finishTurn(run, turn);
      if (outcome) return outcome;
    }
    if (state.end?.kind === "done") return undefined;
    if (state.end) throw new AgentFailure(state.end.error, state.end.message, true);
    await takeTurn(run, opening);
  }
}

/** Does what follows from a reply, down to the point where the model is asked again. */
async function finishTurn(run: AgentRun, turn: Turn): Promise<AgentOutcome | undefined> {
  const { state, document } = run;
  const reading = run.readTurn(turn);
  switch (reading.kind) {
    case "calls": {
      const outcome = await answerTurn(run, turn);
      if (outcome || state.end) return outcome;
      break;
    }
    case "artifact":
      await run.append({ kind: "done", at: run.now(), call: null, artifact: reading.artifact });
      return undefined;
    case "end":
      throw new AgentFailure(reading.error, reading.text, true);
    case "elide": {
      const before = state.turns.at(-2);
      if (before && run.readTurn(before).kind === "elide") {
        throw new AgentFailure(
          "Model.ContextExceeded",
          "What the model has to read is larger than its context, with all results of tools elided.",
          true,
        );
      }
      break;
    }
    case "repair":
      break;
    default:
      return reading satisfies never;
  }
  const cap = errorsCap(state, document, run.readTurn);
  if (cap) throw new AgentFailure(cap.error, cap.message, true);
  return undefined;
}
