/** Finds what steps and agents name: components, prompts, contracts. What is not there is a finding. */
import type { Bundle } from "../../bundle/bundle.ts";
import { type ComponentOf, componentOf } from "../../bundle/component.ts";
import type { DiagnosticCode } from "../../manifest/codes.ts";
import type { Category } from "../../manifest/components/kinds.ts";
import { unknownAlias } from "../../manifest/components/unknown-alias.ts";
import { checkContract } from "../../manifest/contract.ts";
import type { ContractReference } from "../../manifest/contract-reference.ts";
import { readPromptReference } from "../../manifest/prompt-reference.ts";
import type { Path, SourceMap } from "../../manifest/source.ts";
import type { JsonObject } from "../../runtime/json.ts";
import type { PromptDocument } from "../../runtime/prompt/prompt-document.ts";
import type { Report } from "../check/report.ts";

/** A place in a file of the bundle. */
export interface At {
  readonly source: SourceMap;
  readonly path: Path;
}

export const below = ({ source, path }: At, ...more: Path): At => ({
  source,
  path: [...path, ...more],
});

export class Finder {
  readonly bundle: Bundle;
  readonly report: Report;

  constructor(bundle: Bundle, report: Report) {
    this.bundle = bundle;
    this.report = report;
  }

  /** A component under `uses`; undefined after a finding (here, or where it was loaded). */
  component<C extends Category>(category: C, alias: string, at: At): ComponentOf<C> | undefined {
    const found = componentOf(this.bundle.components, category, alias);
    if (found) return found;
    const aliases = Object.keys(this.bundle.manifest.uses[category] ?? {});
    // What stands under `uses` and could not be loaded has its finding there.
    if (!aliases.includes(alias)) {
      this.report.add(unknownAlias(category, alias, aliases), at.source.placeOf(at.path));
    }
    return undefined;
  }

  /** A prompt by its reference; undefined after a finding. */
  prompt(reference: string, at: At): PromptDocument | undefined {
    const found = this.bundle.prompts.get(reference);
    if (found) return found;
    const { alias } = readPromptReference(reference);
    // A prompt that is not there, or is malformed, was reported when the bundle was loaded.
    if (alias !== undefined) this.component("prompts", alias, at);
    return undefined;
  }

  /** A contract, wherever it is written. */
  schema(reference: ContractReference): JsonObject | undefined {
    return typeof reference === "string" ? this.bundle.schemas.get(reference) : reference;
  }

  /** Whether a contract that is written right here is one; what is wrong with it is reported. */
  sound(reference: ContractReference, { source, path }: At): boolean {
    if (typeof reference === "string") return true;
    const found = checkContract(reference, source, path);
    for (const { code, place, ...rest } of found) {
      this.report.add({ code: code as DiagnosticCode, ...rest }, place ?? source.placeOf(path));
    }
    return found.length === 0;
  }

  /** A contract that models answer by: an object at the top. */
  objectSchema(reference: ContractReference, what: string, at: At): JsonObject | undefined {
    const schema = this.schema(reference);
    if (schema === undefined || isObjectSchema(schema)) return schema;
    this.report.add(
      {
        code: "ESP856",
        message: `${what} is no contract of an object`,
        hint: "Models answer with an object: write type: object, and what you need as its properties.",
      },
      at.source.placeOf(at.path),
    );
    return undefined;
  }
}

export function isObjectSchema(schema: JsonObject): boolean {
  return schema.type === "object";
}
