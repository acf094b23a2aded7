/**
 * The port `Model` on Amazon Bedrock: one Converse call, over HTTP/2, signed as the SDK does
 * (`AWS_BEARER_TOKEN_BEDROCK`, else SigV4). No retries.
 */
import type { Model } from "../runtime/model/model.ts";
import type { BedrockAccess } from "./bedrock-calls.ts";
import { bedrockError } from "./bedrock-error.ts";
import { modelReply } from "./bedrock-reply.ts";
import { converseInput } from "./bedrock-request.ts";
import { lazyBedrock } from "./lazy-bedrock.ts";

/** Nothing is loaded before the first request; the client is shared by all that follow. */
export function bedrockModel(
  access: BedrockAccess = {},
  client: ReturnType<typeof lazyBedrock> = lazyBedrock(access),
): Model {
  return {
    async converse(request, { signal, metadata }) {
      signal.throwIfAborted();
      const [made, { bedrock }] = await Promise.all([client(), import("./bedrock-calls.ts")]);
      const command = new bedrock.converse(converseInput(request, metadata));
      const output = await made.send(command, { abortSignal: signal }).catch((error: unknown) => {
        signal.throwIfAborted();
        throw bedrockError(error, request.modelId);
      });
      return modelReply(output, request);
    },
  };
}
