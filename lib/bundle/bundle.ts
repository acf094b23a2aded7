/**
 * A bundle as the compiler gets it: everything read, parsed and resolved, nothing compiled to
 * states yet. Loading is impure (files, esbuild, a worker that asks each handler for its contract);
 * from here on all is a pure function of this value.
 */
import type { AgentFile } from "../manifest/agent/agent-file.ts";
import type { ApprovalPolicy } from "../manifest/approval-policy.ts";
import type { Manifest } from "../manifest/manifest.ts";
import type { SourceMap } from "../manifest/source.ts";
import type { JsonObject } from "../runtime/json.ts";
import type { PromptDocument } from "../runtime/prompt/prompt-document.ts";
import type { Components } from "./component.ts";

export interface Bundle {
  readonly name: string;
  /** Folder of the bundle, as given by the caller. */
  readonly folder: string;
  readonly manifest: Manifest;
  /** Where each node of the manifest stands, for findings. */
  readonly source: SourceMap;
  /** JSON Schema of the run's input and output, by the manifest's own references. */
  readonly contracts: { readonly input: JsonObject | true; readonly output: JsonObject | true };
  /** By step id: what the handler declares. */
  readonly handlers: ReadonlyMap<string, HandlerContract>;
  /** By path as the manifest spells it. */
  readonly approvals: ReadonlyMap<string, ApprovalPolicy>;
  /** By path as the manifest spells it. */
  readonly agents: ReadonlyMap<string, BundleAgent>;
  /** By reference as it is spelled: `prompts/ask.md`, or `ALIAS/NAME` of a component. */
  readonly prompts: ReadonlyMap<string, PromptDocument>;
  /** Contracts in files of their own that steps and agents name, by path. */
  readonly schemas: ReadonlyMap<string, JsonObject>;
  /** By `CATEGORY.ALIAS`, resolved in one environment; `componentOf` finds them with their types. */
  readonly components: Components;
  /** What the handlers of components declare, by entry path, as in `code`. */
  readonly componentHandlers: ReadonlyMap<string, HandlerContract>;
  /**
   * Compiled code by entry path: one ESM file and its source map. Steps have the path that the
   * manifest gives, `code/inventory.ts`; handlers of components `components/CATEGORY/ALIAS/PATH`.
   */
  readonly code: ReadonlyMap<string, CompiledCode>;
  /** Further files that runs read (policies, prompts): path → bytes. */
  readonly files: ReadonlyMap<string, Uint8Array>;
  /**
   * Everything in it but compiled code, byte for byte: manifest, contracts, policies, files, and the
   * components' files as `components/CATEGORY/ALIAS/PATH`. What is made of knowledge stands beside it:
   * `components/knowledge/ALIAS/chunks.json`, a `Chunk[]`.
   */
  readonly sources: ReadonlyMap<string, Uint8Array>;
  /** `sha256:…` over `sources` and compiled code. */
  readonly digest: string;
}

export interface BundleAgent {
  readonly file: AgentFile;
  /** Where the parts of its file stand, for findings. */
  readonly source: SourceMap;
}

export interface HandlerContract {
  /** JSON Schema 2020-12. */
  readonly input: JsonObject;
  readonly output: JsonObject;
}

export interface CompiledCode {
  readonly js: string;
  readonly map: string;
}
