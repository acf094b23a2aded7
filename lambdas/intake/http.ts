/** HTTP requests that start runs, as a function URL hands them over. */
import type { Json } from "../../lib/runtime/json.ts";
import type { Requested } from "./request.ts";

export interface HttpAnswer {
  readonly statusCode: number;
  readonly headers: { readonly "content-type": "application/json" };
  readonly body: string;
}

export function answerHttp(statusCode: number, content: object): HttpAnswer {
  const headers = { "content-type": "application/json" } as const;
  return { statusCode, headers, body: `${JSON.stringify(content)}\n` };
}

/** `$event` of an HTTP trigger; undefined if the body is not JSON. */
export function httpEvent(request: Requested): { [key: string]: Json } | undefined {
  const { body = "", isBase64Encoded, headers, rawQueryString, requestContext } = request;
  const { method, path } = requestContext.http;
  const text = isBase64Encoded ? Buffer.from(body, "base64").toString() : body;
  try {
    return {
      method,
      path,
      query: Object.fromEntries(new URLSearchParams(rawQueryString)),
      headers: withoutSecrets(headers),
      body: text.trim() === "" ? null : (JSON.parse(text) as Json),
    };
  } catch {
    return undefined;
  }
}

/** The caller's signature is nobody's input. */
function withoutSecrets(headers: Readonly<Record<string, string>>): { [key: string]: Json } {
  const secret = ["authorization", "x-amz-security-token", "cookie"];
  return Object.fromEntries(Object.entries(headers).filter(([name]) => !secret.includes(name)));
}
