/** Reads, writes or forgets an entry of a memory. */
import type { Json } from "../../lib/runtime/json.ts";
import { withKitCall } from "../../lib/runtime/kit-call.ts";
import type { MemoryDocument } from "../../lib/runtime/memory/memory-document.ts";
import { runMemoryStep } from "../../lib/runtime/memory/memory-step.ts";
import { kitOptions, kitPorts, readDocument } from "../kit-function.ts";
import type { LambdaContext } from "../lambda-context.ts";

const document = readDocument<MemoryDocument>();
const ports = kitPorts();

export function handler(payload: unknown, context: LambdaContext): Promise<Json> {
  const options = { ...kitOptions(context, ports), hasEffect: document.operation !== "read" };
  return withKitCall(payload, options, (call, { logger }) =>
    runMemoryStep(document, call, { ...ports, logger }),
  );
}
