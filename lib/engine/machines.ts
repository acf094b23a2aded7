/** The state machines, and every definition that an execution may still run. */
import { randomUUID } from "node:crypto";
import type { Definitions } from "./definitions.ts";
import { EngineError } from "./errors.ts";
import type { Machine } from "./machine.ts";

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
  /** Of the definitions that several engines may share, those that this one has written down. */
  readonly #written = new Set<string>();
  readonly #definitions: Definitions;
  readonly #place: { readonly region: string; readonly account: string };
  readonly #write: (record: MachineRecord) => void;

  constructor(
    place: { region: string; account: string },
    definitions: Definitions,
    write: (record: MachineRecord) => void,
  ) {
    this.#place = place;
    this.#definitions = definitions;
    this.#write = write;
  }

  restore(record: MachineRecord): void {
    if ("text" in record) {
      this.#definitions.restore(record.definition, record.text);
      this.#written.add(record.definition);
    } else if ("machine" in record) this.#machines.set(record.machine.arn, record.machine);
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
    return this.#definitions.text(definition);
  }

  compiled(definition: string): Machine {
    return this.#definitions.compiled(definition);
  }

  #keep(definition: string | object): string {
    const text = typeof definition === "string" ? definition : JSON.stringify(definition);
    const name = this.#definitions.check(text);
    if (this.#written.has(name)) return name;
    this.#written.add(name);
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

/** Names of machines and executions: https://docs.aws.amazon.com/step-functions/latest/apireference/API_CreateStateMachine.html */
export function checkName(name: string): void {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: AWS forbids exactly these.
  const forbidden = /[\s<>{}[\]?*"#%\\^|~`$&,;:/\u0000-\u001f\u007f-\u009f]/;
  if (name.length >= 1 && name.length <= 80 && !forbidden.test(name)) return;
  throw new EngineError("InvalidName", `Invalid Name: '${name}'`);
}
