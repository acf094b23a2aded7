/** Calls of other functions that the function in a worker has asked its host for. */
import type { Json } from "../../runtime/json.ts";
import { FunctionFailure } from "./function-failure.ts";
import type { HostMessage, WorkerMessage } from "./protocol.ts";

/** Calls a function for another; rejects with `FunctionFailure`, or with the signal's reason. */
export type CallFunction = (name: string, payload: Json, signal: AbortSignal) => Promise<Json>;

export class OutgoingCalls {
  readonly #perform: CallFunction;
  readonly #answer: (message: HostMessage) => void;
  readonly #open = new Map<number, AbortController>();

  constructor(perform: CallFunction, answer: (message: HostMessage) => void) {
    this.#perform = perform;
    this.#answer = answer;
  }

  async begin({
    call,
    function: name,
    payload,
  }: Extract<WorkerMessage, { type: "call" }>): Promise<void> {
    const stop = new AbortController();
    this.#open.set(call, stop);
    let answer: HostMessage;
    try {
      const result = await this.#perform(name, payload as Json, stop.signal);
      answer = { type: "returned", call, text: JSON.stringify(result) };
    } catch (error) {
      answer = { type: "threw", call, error: lambdaError(error) };
    }
    // Abandoned meanwhile: nobody waits for it.
    if (this.#open.delete(call)) this.#answer(answer);
  }

  abandon(call: number): void {
    const stop = this.#open.get(call);
    this.#open.delete(call);
    stop?.abort(new Error("Whoever asked for this call no longer waits for it."));
  }

  abandonAll(): void {
    for (const call of [...this.#open.keys()]) this.abandon(call);
  }
}

function lambdaError(error: unknown) {
  if (error instanceof FunctionFailure) return error.error;
  const { name, message } = error instanceof Error ? error : new Error(String(error));
  return { errorType: name, errorMessage: message };
}
