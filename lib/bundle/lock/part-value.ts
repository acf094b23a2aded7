/** What a file of a bundle means, and the digest of that. */
import { parseYaml } from "../../manifest/yaml.ts";
import { canonicalJson } from "../../runtime/canonical-json.ts";
import type { Json, JsonObject } from "../../runtime/json.ts";
import { sha256 } from "../digest.ts";
import type { Part } from "./part.ts";

export function partOf(owner: string, kind: string, name: string, value: Json): Part {
  return { owner, kind, name, digest: sha256(canonicalJson(value)), value };
}

/** Text of Markdown and the like, the meaning of YAML and JSON, the digest of what is neither. */
export function documentOf(path: string, bytes: Uint8Array): Json {
  if (/\.(ya?ml|json)$/.test(path)) {
    const value = yamlOf(bytes, path);
    if (value !== undefined) return value;
  }
  const text = Buffer.from(bytes).toString();
  return Buffer.from(text).equals(Buffer.from(bytes)) ? text : sha256(bytes);
}

export function yamlOf(bytes: Uint8Array | undefined, path: string): Json | undefined {
  if (bytes === undefined) return undefined;
  return parseYaml(Buffer.from(bytes).toString(), path).value as Json | undefined;
}

export function objectOf(value: Json | undefined): JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? value : {};
}
