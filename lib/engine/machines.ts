/** The state machines, and every definition that an execution may still run. */
import { createHash, randomUUID } from "node:crypto";
import { EngineError } from "./errors.ts";
import type { JsonObject } from "./json.ts";
import { compileMachine, type Machine } from "./machine.ts";
import { checkDefinition, type Problem } from "./validate.ts";

export type MachineType = "STANDARD" | "EXPRESS";

export interface StoredMachine {
  readonly arn: string;
  readonly name: string;
  readonly type: MachineType;
  readonly roleArn: string;
  /** Names the definition. */
  readonly definition: string;
  readonly revisionId: string;
  /** Unix milliseconds. */
  readonly creationDate: number;
  readonly updateDate: number;
  /** Published versions, from 1. */
  readonly versions: readonly { readonly definition: string; readonly creationDate: number }[];
}

/** What is written down, in order, so that a restart knows the machines again. */
export type MachineRecord =
  | { readonly definition: string; readonly text: string }
  | { readonly machine: StoredMachine }
  | { readonly deleted: string };

export interface CreateStateMachine {
  readonly name: string;
  readonly definition: string | object;
  readonly type?: MachineType | undefined;
  readonly roleArn?: string | undefined;
}

const DEFAULT_ROLE = "role/local";

export class Machines {
  readonly #machines = new Map<string, StoredMachine>();
  readonly #definitions = new Map<string, string>();
  readonly #compiled = new Map<string, Machine>();
  readonly #place: { readonly region: string; readonly account: string };
  readonly #write: (record: MachineRecord) => void;

  constructor(place: { region: string; account: string }, write: (record: MachineRecord) => void) {
    this.#place = place;
    this.#write = write;
  }

  restore(record: MachineRecord): void {
    if ("text" in record) this.#definitions.set(record.definition, record.text);
    else if ("machine" in record) this.#machines.set(record.machine.arn, record.machine);
    else this.#machines.delete(record.deleted);
  }

  /** Creates a machine; creating the same one again is no error. */
  create(request: CreateStateMachine, now: number): StoredMachine {
    checkName(request.name);
    const { region, account } = this.#place;
    const arn = `arn:aws:states:${region}:${account}:stateMachine:${request.name}`;
    const definition = this.#keep(request.definition);
    const type = request.type ?? "STANDARD";
    const roleArn = request.roleArn ?? `arn:aws:iam::${account}:${DEFAULT_ROLE}`;
    const existing = this.#machines.get(arn);
    if (existing !== undefined) {
      const same =
        existing.definition === definition &&
        existing.type === type &&
        existing.roleArn === roleArn;
      if (same) return existing;
      throw new EngineError("StateMachineAlreadyExists", `State Machine Already Exists: '${arn}'`);
    }
    return this.#store({
      arn,
      name: request.name,
      type,
      roleArn,
      definition,
      revisionId: randomUUID(),
      creationDate: now,
      updateDate: now,
      versions: [],
    });
  }

  /** Executions under way keep the definition that they started with. */
  update(
    arn: string,
    change: {
      readonly definition?: string | object | undefined;
      readonly roleArn?: string | undefined;
    },
    now: number,
  ): StoredMachine {
    const machine = this.get(arn);
    if (change.definition === undefined && change.roleArn === undefined) {
      throw new EngineError(
        "MissingRequiredParameter",
        "Either the definition or the role ARN must be given",
      );
    }
    return this.#store({
      ...machine,
      definition:
        change.definition === undefined ? machine.definition : this.#keep(change.definition),
      roleArn: change.roleArn ?? machine.roleArn,
      revisionId: randomUUID(),
      updateDate: now,
    });
  }

  publish(arn: string, now: number): { readonly arn: string; readonly machine: StoredMachine } {
    const machine = this.get(arn);
    const last = machine.versions.at(-1);
    if (last?.definition === machine.definition) {
      return { arn: `${machine.arn}:${machine.versions.length}`, machine };
    }
    const versions = [...machine.versions, { definition: machine.definition, creationDate: now }];
    const stored = this.#store({ ...machine, versions });
    return { arn: `${machine.arn}:${versions.length}`, machine: stored };
  }

  delete(arn: string): void {
    const { machine } = splitVersion(arn);
    if (this.#machines.delete(machine)) this.#write({ deleted: machine });
  }

  /** Finds a machine by its ARN or a version's. Throws StateMachineDoesNotExist. */
  get(arn: string): StoredMachine {
    const { machine, version } = splitVersion(arn);
    const found = this.#machines.get(machine);
    const published = version === undefined ? undefined : found?.versions[version - 1];
    if (found === undefined || (version !== undefined && published === undefined)) {
      throw new EngineError("StateMachineDoesNotExist", `State Machine Does Not Exist: '${arn}'`);
    }
    return published === undefined ? found : { ...found, definition: published.definition };
  }

  list(): readonly StoredMachine[] {
    return [...this.#machines.values()].sort((a, b) => b.creationDate - a.creationDate);
  }

  text(definition: string): string {
    const text = this.#definitions.get(definition);
    if (text === undefined) throw new Error(`unknown definition ${definition}`);
    return text;
  }

  compiled(definition: string): Machine {
    const known = this.#compiled.get(definition);
    if (known !== undefined) return known;
    const machine = compileMachine(JSON.parse(this.text(definition)) as JsonObject);
    this.#compiled.set(definition, machine);
    return machine;
  }

  #keep(definition: string | object): string {
    const text = typeof definition === "string" ? definition : JSON.stringify(definition);
    const name = createHash("sha256").update(text).digest("hex").slice(0, 32);
    if (this.#definitions.has(name)) return name;
    const { problems } = checkDefinition(text);
    if (problems.length > 0) throw invalidDefinition(problems);
    this.#definitions.set(name, text);
    this.#write({ definition: name, text });
    return name;
  }

  #store(machine: StoredMachine): StoredMachine {
    this.#machines.set(machine.arn, machine);
    this.#write({ machine });
    return machine;
  }
}

function splitVersion(arn: string): { machine: string; version: number | undefined } {
  const match = /^(arn:[^:]+:states:[^:]*:[^:]*:stateMachine:[^:]+)(?::(\d+))?$/.exec(arn);
  if (match === null) throw new EngineError("InvalidArn", `Invalid Arn: '${arn}'`);
  return {
    machine: match[1] ?? "",
    version: match[2] === undefined ? undefined : Number(match[2]),
  };
}

function invalidDefinition(problems: readonly Problem[]): EngineError {
  const all = problems.map(
    ({ code, message, location }) => `${code}: ${message} at ${location || null}`,
  );
  return new EngineError(
    "InvalidDefinition",
    `Invalid State Machine Definition: '${all.join(", ")}'`,
  );
}

/** Names of machines and executions: https://docs.aws.amazon.com/step-functions/latest/apireference/API_CreateStateMachine.html */
export function checkName(name: string): void {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: AWS forbids exactly these.
  const forbidden = /[\s<>{}[\]?*"#%\\^|~`$&,;:/\u0000-\u001f\u007f-\u009f]/;
  if (name.length >= 1 && name.length <= 80 && !forbidden.test(name)) return;
  throw new EngineError("InvalidName", `Invalid Name: '${name}'`);
}
