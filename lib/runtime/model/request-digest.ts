import { digestOfJson } from "../canonical-json.ts";
import type { Json } from "../json.ts";
import type { ModelRequest } from "./model.ts";

/** Names a request in recordings, caches and journals: `sha256:…`, equal for equal requests. */
export function digestOfRequest(request: ModelRequest): string {
  return digestOfJson(request as unknown as Json);
}
