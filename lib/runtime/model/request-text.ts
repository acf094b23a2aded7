/**
 * The texts of requests that follow one another. Each is the one before and a turn more, so what was
 * written once is kept: without that, an agent's time would grow with the square of its turns.
 */
import { createHash } from "node:crypto";
import { canonicalJson } from "../canonical-json.ts";
import type { Json } from "../json.ts";
import type { Message, ModelRequest } from "./model.ts";

export interface RequestTexts {
  /** What `digestOfRequest` gives. */
  digestOf(request: ModelRequest): string;
  /** Bytes of all that the model reads, as JSON. */
  bytesRead(request: Omit<ModelRequest, "inferenceConfig">): number;
  /** Bytes of a part of a request, as JSON. */
  bytesOf(part: object): number;
}

/** Parts of requests that were seen must not change, and are kept no longer than anybody holds them. */
export function requestTexts(): RequestTexts {
  const texts = new WeakMap<object, string>();
  const bytes = new WeakMap<object, number>();
  const textOf = (part: object): string => {
    const known = texts.get(part);
    if (known !== undefined) return known;
    const text = canonicalJson(part as Json);
    texts.set(part, text);
    return text;
  };
  const messagesText = (messages: readonly Message[]): string => {
    const known = texts.get(messages);
    if (known !== undefined) return known;
    let text = "";
    // Messages are put together anew for each request; what they hold is the same.
    for (const { content, role } of messages) {
      let blocks = "";
      for (const block of content) blocks += `${blocks === "" ? "" : ","}${textOf(block)}`;
      text += `${text === "" ? "" : ","}{"content":[${blocks}],"role":"${role}"}`;
    }
    text = `[${text}]`;
    texts.set(messages, text);
    return text;
  };
  const memberText = (request: Partial<ModelRequest>, name: keyof ModelRequest): string => {
    const value = request[name];
    if (name === "messages" && request.messages) return messagesText(request.messages);
    return typeof value === "object" ? textOf(value) : JSON.stringify(value ?? null);
  };
  const bytesOf = (part: object): number => {
    const known = bytes.get(part);
    if (known !== undefined) return known;
    const size = Buffer.byteLength(textOf(part));
    bytes.set(part, size);
    return size;
  };
  return {
    bytesOf,
    bytesRead(request) {
      let total = 1;
      for (const name of READ) {
        const value = request[name];
        if (value === undefined) continue;
        const size =
          name === "messages" ? Buffer.byteLength(memberText(request, name)) : bytesOf(value);
        // Quotes, colon, and the comma or the last brace.
        total += name.length + 4 + size;
      }
      return total;
    },
    digestOf(request) {
      const hash = createHash("sha256");
      let before = "{";
      for (const name of Object.keys(request).sort() as (keyof ModelRequest)[]) {
        hash.update(`${before}"${name}":${memberText(request, name)}`);
        before = ",";
      }
      return `sha256:${hash.update("}").digest("hex")}`;
    },
  };
}

const READ = ["system", "messages", "toolConfig", "outputConfig"] as const;
