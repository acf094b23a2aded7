/** Which code a function's name means, and running it. */
import { randomUUID } from "node:crypto";
import { existsSync } from "node:fs";
import { join, resolve } from "node:path";
import type { PlannedFunction } from "../../compiler/plan.ts";
import { type TaskCall, TaskError } from "../../engine/index.ts";
import type { Json } from "../../runtime/json.ts";
import {
  FunctionHost,
  type FunctionHostOptions,
  type FunctionWork,
  type HostedFunction,
} from "../functions/index.ts";
import type { BundleStore, StoredBundle } from "./bundle-store.ts";
import type { Deployments } from "./deployments.ts";
import { ACCOUNT, REGION } from "./placeholders.ts";
import type { FunctionAnswer, Functions } from "./task-invoker.ts";

interface FunctionName {
  readonly name: string;
  readonly qualifier: string | undefined;
}

/**
 * Reads a function's name, partial ARN or ARN, with or without a qualifier.
 * https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html
 */
export function parseFunctionName(text: string): FunctionName | undefined {
  const match =
    /^(?:(?:arn:[\w-]+:lambda:[\w-]+:)?\d{12}:function:)?([A-Za-z0-9_-]+)(?::([A-Za-z0-9$_-]+))?$/.exec(
      text,
    );
  return match?.[1] === undefined ? undefined : { name: match[1], qualifier: match[2] };
}

/** Limits of a function from `--functions`, which no manifest describes: Lambda's largest and default. */
const UNPLANNED = { timeout: 900, memory: 512, effect: "none" } as const;

export class LocalFunctions implements Functions {
  readonly #bundles: BundleStore;
  readonly #folder: string | undefined;
  readonly #hostOptions: FunctionHostOptions;
  #host: FunctionHost | undefined;
  #deployments: Deployments | undefined;

  constructor(world: {
    readonly bundles: BundleStore;
    readonly host: FunctionHostOptions;
    readonly folder: string | undefined;
  }) {
    this.#bundles = world.bundles;
    this.#hostOptions = world.host;
    this.#folder = world.folder === undefined ? undefined : resolve(world.folder);
  }

  /** Functions may be named without their version; then the current one of their workflow is meant. */
  useDeployments(deployments: Deployments): void {
    this.#deployments = deployments;
  }

  async invoke(text: string, payload: Json, task: TaskCall): Promise<FunctionAnswer> {
    const found = await this.#find(text);
    if (!found) throw notFound(text);
    // Made when needed: a runtime that only looks has no use for workers.
    this.#host ??= new FunctionHost(this.#hostOptions);
    const answer = await this.#host.invoke(found, payload, task.signal);
    return { payload: answer, version: found.version };
  }

  async close(): Promise<void> {
    await this.#host?.close();
  }

  async #find(text: string): Promise<(HostedFunction & { readonly version: string }) | undefined> {
    const asked = parseFunctionName(text);
    if (!asked) return undefined;
    const { name, qualifier } = asked;
    if (qualifier !== undefined && qualifier !== "$LATEST") {
      return /^[0-9a-f]{64}$/.test(qualifier)
        ? this.#inBundle(name, `sha256:${qualifier}`)
        : undefined;
    }
    return this.#inFolder(name) ?? (await this.#current(name));
  }

  async #inBundle(name: string, digest: string) {
    const bundle = await this.#bundles.load(digest);
    const planned = bundle?.plan.functions.find(
      (each) => name === `${bundle.plan.workflow}-${each.name}`,
    );
    if (!bundle || !planned) return undefined;
    return { ...hosted(planned, bundle), version: digest.slice("sha256:".length) };
  }

  #inFolder(name: string) {
    if (this.#folder === undefined) return undefined;
    const folder = join(this.#folder, name);
    const file = join(folder, "index.mjs");
    if (!existsSync(file)) return undefined;
    const work = { kind: "task", file } as const;
    return { id: file, name, work, files: folder, ...UNPLANNED, version: "$LATEST" };
  }

  async #current(name: string) {
    for (const { workflow, digest } of (await this.#deployments?.list()) ?? []) {
      if (!name.startsWith(`${workflow}-`)) continue;
      const found = await this.#inBundle(name, digest);
      if (found) return found;
    }
    return undefined;
  }
}

/** A function of a plan, as the host runs it. */
function hosted(planned: PlannedFunction, bundle: StoredBundle): HostedFunction {
  const { plan, digest, files, components } = bundle;
  const { timeout, memory, effect } = planned;
  const name = `${plan.workflow}-${planned.name}`;
  return {
    ...{ id: `${name}:${digest}`, name, timeout, memory, effect, files, components },
    work: workOf(planned, bundle),
    callees: (callee) => {
      const isAllowed =
        planned.kind === "agent" && planned.document.tools.some((tool) => tool.function === callee);
      const found = isAllowed && plan.functions.find((each) => each.name === callee);
      return found ? hosted(found, bundle) : undefined;
    },
  };
}

function workOf(planned: PlannedFunction, bundle: StoredBundle): FunctionWork {
  switch (planned.kind) {
    case "task":
    case "tool":
      return { kind: planned.kind, file: bundle.codeOf(planned.entry) };
    case "agent": {
      const { kind, document } = planned;
      return { kind, document, standIn: standInOf(document, bundle) };
    }
    case "model": {
      const { kind, document } = planned;
      return { kind, document, standIn: standInOf(document, bundle) };
    }
    default:
      return planned;
  }
}

function standInOf(
  { standIn }: { readonly standIn: string | null },
  { codeOf }: StoredBundle,
): string | null {
  return standIn === null ? null : codeOf(standIn);
}

/** In Lambda's words, as Step Functions passes them on. */
function notFound(text: string): TaskError {
  const { name, qualifier } = parseFunctionName(text) ?? { name: text, qualifier: undefined };
  const arn = `arn:aws:lambda:${REGION}:${ACCOUNT}:function:${name}:${qualifier ?? "$LATEST"}`;
  return new TaskError(
    "Lambda.ResourceNotFoundException",
    `Function not found: ${arn} (Service: AWSLambda; Status Code: 404; Error Code: ResourceNotFoundException; Request ID: ${randomUUID()}; Proxy: null)`,
  );
}
