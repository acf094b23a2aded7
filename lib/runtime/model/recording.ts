/** Answers that were recorded: a file for each request, named by the request's digest. */
import { StepError } from "../errors.ts";
import type { Json } from "../json.ts";
import type { Model, ModelReply, ModelRequest } from "./model.ts";
import { STOP_REASONS } from "./model.ts";
import { digestOfRequest } from "./request-digest.ts";

/** Where recordings are; `name` is 64 hex digits. */
export interface RecordingStore {
  read(name: string): Promise<string | undefined>;
  write(name: string, text: string): Promise<void>;
}

export interface RecordingOptions {
  readonly store: RecordingStore;
  /** `replay`: recordings only. `record`: what is missing is asked for, and recorded. */
  readonly mode: "replay" | "record";
  /** Who is asked; needed to record. */
  readonly from?: Model;
}

/**
 * Replies are those that were given, latency and usage included, and say that they are recorded.
 * Throws `Model.NotRecorded`, naming the digest, where there is none and nobody may be asked.
 */
export function recordingModel({ store, mode, from }: RecordingOptions): Model {
  return {
    async converse(request, options) {
      options.signal.throwIfAborted();
      const digest = digestOfRequest(request);
      const name = digest.slice("sha256:".length);
      const text = await store.read(name);
      if (text !== undefined) return recorded(text, name);
      if (mode === "replay" || !from) throw notRecorded(digest);
      const reply = await from.converse(request, options);
      await store.write(name, `${JSON.stringify({ format: 1, request, reply }, undefined, 2)}\n`);
      return asRecorded(reply);
    },
  };
}

function notRecorded(digest: string): StepError {
  return new StepError(
    "Model.NotRecorded",
    `There is no recorded answer to the request ${digest}: its prompt, tools, model or parameters are others ` +
      "than when it was recorded. Record it anew, with an adapter to ask under `from`.",
    { digest },
  );
}

/** Files may have been edited. */
function recorded(text: string, name: string): ModelReply {
  let file: unknown;
  try {
    file = JSON.parse(text);
  } catch {
    throw unreadable(name);
  }
  const { reply } = (file ?? {}) as { readonly reply?: ModelReply };
  const isReply =
    reply !== undefined &&
    Array.isArray(reply.content) &&
    (STOP_REASONS as readonly Json[]).includes(reply.stopReason) &&
    typeof reply.usage?.inputTokens === "number" &&
    typeof reply.usage.outputTokens === "number" &&
    typeof reply.answeredBy?.model === "string";
  if (!isReply) throw unreadable(name);
  return asRecorded(reply);
}

function unreadable(name: string): StepError {
  return new StepError(
    "Model.NotRecorded",
    `The recording ${name}.json holds no reply. Remove it, and record it anew.`,
    { digest: `sha256:${name}` },
  );
}

function asRecorded(reply: ModelReply): ModelReply {
  return { ...reply, answeredBy: { adapter: "recording", model: reply.answeredBy.model } };
}

/** A request as another adapter wants it: with the id that the model has there. */
export function withModelId(model: Model, modelId: string): Model {
  return {
    converse: (request: ModelRequest, options) => model.converse({ ...request, modelId }, options),
  };
}
