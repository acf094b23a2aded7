/**
 * The `Model` port on any server of the Chat Completions API: Ollama, vLLM, gateways, OpenAI itself.
 * One request, no retries. Reasoning that a server sends along is left out, and none is sent back.
 */
import { StepError } from "../errors.ts";
import type { Model } from "./model.ts";
import { answerError, connectionError, redirectError } from "./openai-error.ts";
import { chatReply } from "./openai-reply.ts";
import { chatRequest } from "./openai-request.ts";

export interface OpenAiOptions {
  /** Base URL, up to `/v1`; a query is kept (`?api-version=…`). */
  readonly endpoint: string;
  /** Asked before each call, so that a key may be rotated; undefined: none is sent. */
  readonly apiKey?: () => Promise<string | undefined>;
  readonly fetch?: typeof fetch;
}

/** Bytes of an answer: no model writes as much. */
const MAX_REPLY_BYTES = 16 * 1024 * 1024;

/** Throws `Model.RequestInvalid` at once if the endpoint is no URL. The key is in no error. */
export function openAiModel(options: OpenAiOptions): Model {
  const url = chatUrl(options.endpoint);
  const shown = `${url.origin}${url.pathname}`;
  const send = options.fetch ?? fetch;
  return {
    async converse(request, { signal }) {
      signal.throwIfAborted();
      const key = await options.apiKey?.();
      const body = JSON.stringify(chatRequest(request, isOpenAi(url)));
      const began = performance.now();
      let response: Response;
      let text: string;
      try {
        response = await send(url, {
          method: "POST",
          headers: {
            "content-type": "application/json",
            accept: "application/json",
            ...(key !== undefined && { authorization: `Bearer ${key}` }),
          },
          body,
          // A key is not carried to wherever a server points.
          redirect: "manual",
          signal,
        });
        if (response.status >= 300 && response.status < 400) throw redirectError(shown);
        text = await readText(response, shown);
      } catch (error) {
        if (error instanceof StepError) throw error;
        signal.throwIfAborted();
        throw connectionError(error, shown);
      }
      if (!response.ok) throw answerError(response, text, { shown, key });
      const latencyMs = Math.round(performance.now() - began);
      return { ...chatReply(parse(text, shown), request), latencyMs };
    },
  };
}

function chatUrl(endpoint: string): URL {
  const url = URL.canParse(endpoint) ? new URL(endpoint) : undefined;
  if (!url || !/^https?:$/.test(url.protocol)) {
    throw new StepError(
      "Model.RequestInvalid",
      "The endpoint of this model is no http(s) URL. Write it as http://127.0.0.1:11434/v1 into the environment's `models`.",
    );
  }
  if (url.username !== "" || url.password !== "") {
    throw new StepError(
      "Model.RequestInvalid",
      "The endpoint of this model holds a password. Name the key under `apiKey` instead.",
    );
  }
  url.pathname = `${url.pathname.replace(/\/+$/, "")}/chat/completions`;
  return url;
}

/** Of all servers these alone refuse `max_tokens` for newer models. */
function isOpenAi({ hostname }: URL): boolean {
  return hostname === "api.openai.com" || hostname.endsWith(".openai.azure.com");
}

async function readText(response: Response, shown: string): Promise<string> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of response.body ?? []) {
    bytes += chunk.byteLength;
    if (bytes > MAX_REPLY_BYTES) {
      throw new StepError(
        "Model.Unavailable",
        `${shown} has answered with more than ${MAX_REPLY_BYTES / 1024 / 1024} MiB; no more is read.`,
      );
    }
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString();
}

function parse(text: string, shown: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    throw new StepError(
      "Model.Unavailable",
      `${shown} has answered with what is no JSON (${Buffer.byteLength(text)} bytes).`,
    );
  }
}
