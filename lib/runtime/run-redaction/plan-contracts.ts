/** The contracts of a plan, found by whoever they describe: the run, its steps, its tools. */
import { isClassed } from "../classed-values.ts";
import type { Json, JsonObject } from "../json.ts";
import { isObject } from "./json-values.ts";

export type Schema = JsonObject | true;

export interface Contract {
  readonly input?: Schema | null | undefined;
  readonly output?: Schema | null | undefined;
}

/** Of a plan, what says which values are classed. Plans of earlier versions lack `handlers`. */
export interface ClassedPlan {
  readonly contracts?: Contract | undefined;
  /** By step, and by function of a tool: what its code declares. */
  readonly handlers?: { readonly [name: string]: Contract } | undefined;
  readonly functions?:
    | readonly { readonly step: string | null; readonly document?: unknown }[]
    | undefined;
}

interface FunctionDocument extends Contract {
  /** Of an agent: what it must produce. */
  readonly artifact?: Schema;
  readonly tools?: readonly (Contract & {
    readonly name: string;
    readonly function?: string;
    readonly redact?: readonly string[];
  })[];
}

export class PlanContracts {
  readonly run: Contract;
  /** Names of properties that contracts declare. */
  readonly names: ReadonlySet<string>;
  /** Whether any contract classes anything. */
  readonly isClassed: boolean;
  readonly #steps = new Map<string, Contract[]>();
  readonly #tools = new Map<string, Contract[]>();
  readonly #paths = new Map<string, readonly string[]>();

  constructor({ contracts, handlers = {}, functions = [] }: ClassedPlan) {
    this.run = contracts ?? {};
    for (const [name, contract] of Object.entries(handlers)) add(this.#steps, name, contract);
    for (const { step, document } of functions) {
      const { input, output, artifact, tools } = (document ?? {}) as FunctionDocument;
      if (step !== null) add(this.#steps, step, { input, output: output ?? artifact });
      // The function of an MCP server has its tools by name; agents say again what they class.
      const own = Array.isArray(tools) ? (tools as NonNullable<FunctionDocument["tools"]>) : [];
      for (const { name, function: runs, redact = [], ...contract } of own) {
        for (const each of [contract, handlers[runs ?? ""] ?? {}]) add(this.#tools, name, each);
        if (redact.length > 0) this.#paths.set(name, redact);
      }
    }
    const all = [this.run, ...[...this.#steps.values(), ...this.#tools.values()].flat()];
    const schemas = all.flatMap(({ input, output }) => [input, output]).filter(isSchema);
    const names = new Set<string>();
    for (const schema of schemas) namesIn(schema, names);
    this.names = names;
    this.isClassed = this.#paths.size > 0 || schemas.some(isClassed);
  }

  ofStep(step: string): readonly Contract[] {
    return this.#steps.get(step) ?? [];
  }

  /** Undefined for the reserved tools, which have none. */
  ofTool(tool: string): readonly Contract[] | undefined {
    return this.#tools.get(tool);
  }

  /** Paths in values of a tool that its agent has masked. */
  pathsOf(tool: string): readonly string[] {
    return this.#paths.get(tool) ?? [];
  }
}

function add(map: Map<string, Contract[]>, name: string, contract: Contract): void {
  map.set(name, [...(map.get(name) ?? []), contract]);
}

/** Names of properties that contracts declare: they are no data, whatever values are called. */
function namesIn(schema: Json, names: Set<string>): void {
  if (typeof schema !== "object" || schema === null) return;
  if (isObject(schema) && isObject(schema.properties)) {
    for (const name of Object.keys(schema.properties)) names.add(name);
  }
  for (const member of Object.values(schema)) namesIn(member, names);
}

function isSchema(value: Schema | null | undefined): value is JsonObject {
  return value !== true && value !== null && value !== undefined;
}
