/** Which bundle each workflow runs now, and which one an execution began with. */

import { z } from "zod";
import { fillPolicies } from "../../compiler/fill-policies.ts";
import type { Engine } from "../../engine/index.ts";
import type { DeployedWorkflow } from "../../runtime/control.ts";
import { RequestError } from "../../runtime/errors.ts";
import type { JsonObject } from "../../runtime/json.ts";
import type { Records } from "../../runtime/ports.ts";
import type { BundleStore, StoredBundle } from "./bundle-store.ts";
import type { Deployment } from "./deployment.ts";
import { isEngineError } from "./engine-calls.ts";
import { digestOf, localDefinition, machineArn } from "./placeholders.ts";

const PARTITION = "workflows";

const Deployed = z.object({
  workflow: z.string(),
  version: z.string(),
  digest: z.string(),
  description: z.string().nullable(),
}) satisfies z.ZodType<DeployedWorkflow>;

export class Deployments {
  readonly #engine: Engine;
  readonly #store: BundleStore;
  readonly #records: Records;
  /** By definition: executions keep theirs, and few differ. */
  readonly #digests = new Map<string, string | undefined>();
  #last: Promise<unknown> = Promise.resolve();

  constructor(engine: Engine, store: BundleStore, records: Records) {
    this.#engine = engine;
    this.#store = store;
    this.#records = records;
  }

  /** Makes the bundle the one that new runs of its workflow get. Runs under way keep theirs. */
  deploy(deployment: Deployment): Promise<void> {
    const done = this.#last.then(() => this.#deploy(deployment));
    this.#last = done.catch(() => undefined);
    return done;
  }

  /** Sorted by name. */
  async list(): Promise<readonly DeployedWorkflow[]> {
    const found: DeployedWorkflow[] = [];
    let after: string | undefined;
    do {
      const query = { partition: PARTITION, limit: 1000 };
      const page = await this.#records.query(after === undefined ? query : { ...query, after });
      found.push(...page.items.map(({ data }) => Deployed.parse(data)));
      after = page.next;
    } while (after !== undefined);
    return found;
  }

  /** Throws `RequestError` `WorkflowNotFound`. */
  async current(workflow: string): Promise<StoredBundle> {
    const item = await this.#records.get({ partition: PARTITION, sort: workflow });
    const bundle = item && (await this.#store.load(Deployed.parse(item.data).digest));
    if (bundle) return bundle;
    const known = (await this.list()).map((deployed) => deployed.workflow);
    throw new RequestError(
      "WorkflowNotFound",
      `No workflow "${workflow}" is deployed here.`,
      known.length === 0
        ? "Nothing is deployed yet: `espalier run BUNDLE` and `espalier dev` deploy what they find."
        : `Deployed: ${known.join(", ")}.`,
    );
  }

  /** The bundle that an execution runs; undefined where no bundle made its machine. */
  async bundleOf(executionArn: string): Promise<StoredBundle | undefined> {
    const { definition } = await this.#engine.describeStateMachineForExecution({ executionArn });
    let digest = this.#digests.get(definition);
    if (digest === undefined && !this.#digests.has(definition)) {
      digest = digestOf(JSON.parse(definition) as JsonObject);
      this.#digests.set(definition, digest);
    }
    return digest === undefined ? undefined : this.#store.load(digest);
  }

  async #deploy(deployment: Deployment): Promise<void> {
    const { plan, digest } = await this.#store.save(deployment);
    const name = plan.workflow;
    // What is kept under the digest is the bundle's; who is asked, this machine's environment says.
    const people = new Map(
      deployment.plan.approvals.map(({ policy }) => [policy.approval, policy]),
    );
    const definition = JSON.stringify(localDefinition(fillPolicies(plan, people), digest));
    try {
      await this.#engine.createStateMachine({ name, definition });
    } catch (error) {
      if (!isEngineError(error, "StateMachineAlreadyExists")) throw error;
      await this.#engine.updateStateMachine({ stateMachineArn: machineArn(name), definition });
    }
    const deployed = {
      workflow: name,
      version: plan.version,
      digest,
      description: plan.description,
    };
    await this.#records.put({ key: { partition: PARTITION, sort: name }, data: deployed });
  }
}
