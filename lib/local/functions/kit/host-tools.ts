/** The port `Tools` in a worker: the host calls the functions of tools, each in a worker of its own. */
import type { Tools } from "../../../runtime/agent/agent-call.ts";
import { StepError } from "../../../runtime/errors.ts";
import type { Json } from "../../../runtime/json.ts";
import { onHostMessage, send } from "../worker-loop.ts";

interface Open {
  resolve(result: Json): void;
  reject(error: unknown): void;
}

/** One for a worker. */
export function hostTools(): Tools {
  const open = new Map<number, Open>();
  let calls = 0;
  onHostMessage((message) => {
    if (message.type === "invoke") return;
    const waiting = open.get(message.call);
    open.delete(message.call);
    if (message.type === "returned") waiting?.resolve(JSON.parse(message.text) as Json);
    else waiting?.reject(new StepError(message.error.errorType, message.error.errorMessage));
  });
  return {
    call(name, call, { signal }) {
      if (signal.aborted) return Promise.reject(signal.reason);
      calls += 1;
      const number = calls;
      return new Promise<Json>((resolve, reject) => {
        const onAbort = () => {
          open.delete(number);
          send({ type: "abandon", call: number });
          reject(signal.reason);
        };
        signal.addEventListener("abort", onAbort, { once: true });
        const settle = () => signal.removeEventListener("abort", onAbort);
        open.set(number, {
          resolve(result) {
            settle();
            resolve(result);
          },
          reject(error) {
            settle();
            reject(error);
          },
        });
        send({ type: "call", call: number, function: name, payload: call });
      });
    },
  };
}
