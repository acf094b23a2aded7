/** Asks the knowledge snapshot that lies in the function's package. */
import type { Json } from "../../lib/runtime/json.ts";
import { withKitCall } from "../../lib/runtime/kit-call.ts";
import type { RetrieveDocument } from "../../lib/runtime/knowledge/retrieve-document.ts";
import { runRetrieveStep } from "../../lib/runtime/knowledge/retrieve-step.ts";
import { readBundleFile } from "../bundle-file.ts";
import { kitOptions, kitPorts, readDocument } from "../kit-function.ts";
import type { LambdaContext } from "../lambda-context.ts";

const document = readDocument<RetrieveDocument>();
const { artifacts } = kitPorts();

export function handler(payload: unknown, context: LambdaContext): Promise<Json> {
  return withKitCall(payload, kitOptions(context, { artifacts }), (call, { logger }) =>
    runRetrieveStep(document, call, { artifacts, readFile: readBundleFile, logger }),
  );
}
