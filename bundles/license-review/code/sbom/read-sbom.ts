/** Reads a CycloneDX document as a stream of components. */
import { StepError, z } from "espalier";
import type { Component } from "./component.ts";
import { CycloneComponent, toComponent } from "./cyclonedx.ts";
import { type Found, NotJson, type Shape, streamJson } from "./json-stream.ts";

const VERSIONS = ["1.4", "1.5", "1.6"];

/** Entries that are no software of somebody's: they carry a licence only if they say so. */
const NO_SOFTWARE = new Set(["file", "cryptographic-asset"]);

export interface Sbom {
  readonly specVersion: string;
  /** What the SBOM is about (`metadata.component`): no component of itself. */
  readonly subject: string | null;
  readonly components: readonly Component[];
  /** Entries that say the same as one before them. */
  readonly duplicates: number;
  /** Files and keys without a licence of their own. */
  readonly ignored: number;
}

/**
 * Nested components are components like any other. Throws `Contract.InputInvalid` with the place in
 * the document where it stops being an SBOM. Memory is that of the result, whatever the document's size.
 */
export async function readSbom(chunks: AsyncIterable<Uint8Array>): Promise<Sbom> {
  const header = new Map<string, unknown>();
  const components = new Map<string, Component>();
  let subject: string | null = null;
  let duplicates = 0;
  let ignored = 0;

  const take = ({ value, path }: Found) => {
    const [member, index] = path;
    if (member === "components") {
      if (typeof index !== "number") return; // It is no list; `check` says so.
      for (const entry of flatten(value, `$.components[${index}]`)) {
        const component = toComponent(entry);
        // By what is said, not by bom-ref alone: two entries that differ in their licences both count.
        const key = JSON.stringify([
          component.purl ?? component.name,
          component.version,
          component.declared,
        ]);
        if (NO_SOFTWARE.has(entry.type ?? "") && component.declared.length === 0) ignored += 1;
        else if (components.has(key)) duplicates += 1;
        else components.set(key, component);
      }
    } else if (member === "metadata") {
      const about = CycloneComponent.safeParse(value);
      if (about.success) subject = titleOf(toComponent(about.data));
    } else {
      header.set(String(member), value);
    }
  };

  const selectors = ["$.bomFormat", "$.specVersion", "$.metadata.component", "$.components.*"];
  let document: { root: Shape; members: ReadonlyMap<string, Shape> };
  try {
    document = await streamJson(chunks, selectors, take);
  } catch (error) {
    if (error instanceof NotJson)
      throw invalid("$", `no JSON: ${error.message}`, "a CycloneDX document in JSON");
    throw error;
  }
  check(document.root, document.members, header);
  return {
    specVersion: String(header.get("specVersion")),
    subject,
    components: [...components.values()],
    duplicates,
    ignored,
  };
}

/** `name@version`, or the name alone. */
export function titleOf(component: { name: string; version: string | null }): string {
  return component.version ? `${component.name}@${component.version}` : component.name;
}

function check(
  root: Shape,
  members: ReadonlyMap<string, Shape>,
  header: Map<string, unknown>,
): void {
  if (root !== "object") throw invalid("$", article(root), "a CycloneDX document, an object");
  if (members.has("spdxVersion")) {
    throw invalid(
      "$.spdxVersion",
      "an SPDX document",
      "a CycloneDX document (npm sbom --sbom-format cyclonedx)",
    );
  }
  const format = header.get("bomFormat");
  if (format !== "CycloneDX") throw invalid("$.bomFormat", found(format), '"CycloneDX"');
  const version = header.get("specVersion");
  if (typeof version !== "string" || !VERSIONS.includes(version)) {
    throw invalid("$.specVersion", found(version), VERSIONS.map((v) => `"${v}"`).join(", "));
  }
  // Absent is legal: a build without components.
  const shape = members.get("components") ?? "array";
  if (shape !== "array") throw invalid("$.components", article(shape), "a list of components");
}

/** A component and, one after the other, all that are nested in it; without recursion. */
function* flatten(value: unknown, path: string): Generator<CycloneComponent> {
  const open: { value: unknown; path: string }[] = [{ value, path }];
  for (let next = open.pop(); next; next = open.pop()) {
    const entry = CycloneComponent.safeParse(next.value, { reportInput: true });
    if (!entry.success) {
      const issue = entry.error.issues[0];
      const place = next.path + (issue?.path ?? []).map(step).join("");
      throw invalid(place, found(issue?.input), expected(issue));
    }
    yield entry.data;
    const nested = Nested.safeParse(next.value).data?.components ?? [];
    if (!Array.isArray(nested)) {
      throw invalid(`${next.path}.components`, found(nested), "a list of components");
    }
    for (let index = nested.length - 1; index >= 0; index--) {
      open.push({ value: nested[index], path: `${next.path}.components[${index}]` });
    }
  }
}

const Nested = z.object({ components: z.unknown() });

function step(key: PropertyKey): string {
  return typeof key === "number" ? `[${key}]` : `.${String(key)}`;
}

function expected(issue: z.core.$ZodIssue | undefined): string {
  if (issue?.code === "invalid_type") return `${issue.expected}`;
  if (issue?.code === "invalid_union") return "{ license: { id or name } } or { expression }";
  return issue?.message ?? "a component";
}

function found(value: unknown): string {
  if (value === undefined) return "nothing";
  const text = JSON.stringify(value);
  return text.length > 80 ? `${text.slice(0, 79)}…` : text;
}

function article(shape: Shape): string {
  return shape === "null" ? "null" : /^[ao]/.test(shape) ? `an ${shape}` : `a ${shape}`;
}

function invalid(path: string, found: string, expected: string): StepError {
  return new StepError(
    "Contract.InputInvalid",
    `sbom ${path}: found ${found}, expected ${expected}`,
    {
      path,
      found,
      expected,
    },
  );
}
