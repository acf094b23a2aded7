/** The parts of a component, by its kind. */
import { COMPONENT_FILE } from "../../manifest/components/component-file.ts";
import type { Json } from "../../runtime/json.ts";
import type { Part } from "./part.ts";
import { documentOf, objectOf, partOf, yamlOf } from "./part-value.ts";

/** Code is compiled, and what it is compiled to counts; chunks are made of the documents. */
const NOT_PARTS = /\.(ts|mts|js|mjs)$|^chunks\.json$/;

/** What the texts of a category are called. */
const TEXTS: Readonly<Record<string, string>> = {
  prompts: "prompt",
  agents: "prompt",
  playbooks: "playbook",
  knowledge: "document",
  scenarios: "scenario",
};

/** `owner`: `CATEGORY.ALIAS`; `files`: by path from the component's folder. */
export function componentParts(
  owner: string,
  files: ReadonlyMap<string, Uint8Array>,
): readonly Part[] {
  const category = owner.split(".")[0] ?? "";
  const parts: Part[] = [];
  for (const [path, bytes] of files) {
    const document = objectOf(/\.ya?ml$/.test(path) ? yamlOf(bytes, path) : undefined);
    if (path === COMPONENT_FILE) parts.push(...fieldsOf(owner, "component", document));
    else if (category === "toolsets" && path === "toolset.yaml") {
      parts.push(...toolsetParts(owner, document));
    } else if (category === "models" && path === "model.yaml") {
      parts.push(...fieldsOf(owner, "model", document));
    } else if (category === "config" && path === "config.yaml") {
      parts.push(...fieldsOf(owner, "config", document));
    } else if (/^[a-z]+\.ya?ml$/.test(path)) {
      parts.push(partOf(owner, path.replace(/\.ya?ml$/, ""), path, document));
    } else if (!NOT_PARTS.test(path)) {
      const kind = TEXTS[category] ?? "file";
      parts.push(partOf(owner, kind, path, documentOf(path, bytes)));
    }
  }
  return parts;
}

function toolsetParts(owner: string, document: Readonly<Record<string, Json>>): Part[] {
  const { tools, mcp, ...rest } = document;
  const { tools: pinned, ...server } = objectOf(mcp);
  return [
    ...fieldsOf(owner, "tool", objectOf(tools)),
    ...fieldsOf(owner, "mcp-tool", objectOf(pinned)),
    ...fieldsOf(owner, "mcp", server),
    ...fieldsOf(owner, "toolset", rest),
  ];
}

function fieldsOf(owner: string, kind: string, fields: Readonly<Record<string, Json>>): Part[] {
  return Object.entries(fields).map(([name, value]) => partOf(owner, kind, name, value));
}
