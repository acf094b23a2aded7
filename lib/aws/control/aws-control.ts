import { closeApprovalsOfRun } from "../../runtime/approvals.ts";
import type {
  Control,
  DeployedWorkflow,
  RunDetail,
  RunEvent,
  RunRecord,
  StartRun,
} from "../../runtime/control.ts";
import { ControlOnPorts } from "../../runtime/control-on-ports.ts";
import { machineName } from "../../runtime/deployed.ts";
import { RequestError } from "../../runtime/errors.ts";
import type { Json } from "../../runtime/json.ts";
import { getRun, recordStatus } from "../../runtime/runs.ts";
import type { AwsAccess } from "../client-settings.ts";
import type { AwsClients } from "../clients.ts";
import { lazyDynamo } from "../lazy-dynamo.ts";
import { lazyLambda } from "../lazy-lambda.ts";
import { lazyS3 } from "../lazy-s3.ts";
import { lazySfn } from "../lazy-sfn.ts";
import { lazySsm } from "../lazy-ssm.ts";
import { awsPorts } from "../ports.ts";
import { S3Objects } from "../s3-objects.ts";
import { isServiceError } from "../service-error.ts";
import { executionArnOf } from "../start-execution.ts";
import { describeExecution, type Execution, inputOf, reportOf } from "../status-change.ts";
import {
  type FoundEnvironment,
  findEnvironment,
  findWorkflow,
  listWorkflows,
} from "./environment.ts";
import { followHistory } from "./follow-history.ts";
import { keptEnds, keptHistory, keptSteps, locationOf } from "./kept-run.ts";
import { askIntake } from "./start-run.ts";
import { withRetries } from "./with-retries.ts";

export interface AwsControlOptions extends AwsAccess {
  readonly environment: string;
}

type Clients = Pick<AwsClients, "s3" | "dynamo" | "sfn"> & {
  readonly lambda: ReturnType<typeof lazyLambda>;
  readonly ssm: ReturnType<typeof lazySsm>;
};

/** Finds the environment. Throws `RequestError` `RuntimeUnreachable`, and what the SDK throws. */
export async function openAwsControl({
  environment,
  ...access
}: AwsControlOptions): Promise<Control> {
  const clients: Clients = {
    s3: lazyS3(access),
    dynamo: lazyDynamo(access),
    sfn: lazySfn(access),
    lambda: lazyLambda(access),
    ssm: lazySsm(access),
  };
  return new AwsControl(await findEnvironment(environment, clients.ssm), clients);
}

class AwsControl extends ControlOnPorts implements Control {
  readonly #found: FoundEnvironment;
  readonly #clients: Clients;
  readonly #runs: S3Objects;
  readonly #bundles: S3Objects;
  readonly #closed = new AbortController();

  constructor(found: FoundEnvironment, clients: Clients) {
    super(awsPorts(found.parts, clients));
    this.#found = found;
    this.#clients = clients;
    this.#runs = new S3Objects(found.parts.runsBucket, clients.s3);
    this.#bundles = new S3Objects(found.parts.bundlesBucket, clients.s3);
  }

  get #environment(): string {
    return this.#found.parts.environment;
  }

  async workflows(): Promise<readonly DeployedWorkflow[]> {
    const all = await listWorkflows(this.#environment, this.#clients.ssm);
    return all.map(({ workflow, version, digest, description }) => {
      return { workflow, version, digest, description };
    });
  }

  async startRun(request: StartRun): Promise<RunRecord> {
    const { ssm, lambda } = this.#clients;
    const { intake } = await findWorkflow(this.#environment, request.workflow, ssm);
    const run = await askIntake(intake, request, lambda);
    // What was started a moment ago may not be known everywhere yet.
    const execution = await withRetries(() => this.#describe(request.workflow, run), isUnknown);
    await this.#record(execution);
    return getRun(run, this.ports);
  }

  async run(id: string): Promise<RunDetail> {
    const known = await this.#known(id);
    const execution = await this.#find(known);
    // The record follows the execution at a small distance; who asks for one run gets it as it is.
    if (execution) await this.#record(execution);
    const record = execution ? await getRun(id, this.ports) : known;
    const ends = execution
      ? { input: inputOf(execution), output: outputOf(execution) }
      : await keptEnds(id, this.#runs);
    return {
      ...record,
      ...ends,
      waitingFor: await this.waitingFor(record),
      steps: await keptSteps(record.digest, this.#bundles),
      location: locationOf(id, this.#runs),
    };
  }

  async *history(
    id: string,
    { after = 0, follow = false, signal }: NonNullable<Parameters<Control["history"]>[1]> = {},
  ): AsyncGenerator<RunEvent> {
    const known = await this.#known(id);
    const closed = this.#closed.signal;
    try {
      yield* followHistory(this.#arnOf(known.workflow, id), this.#clients.sfn, {
        after,
        follow,
        signal: signal ? AbortSignal.any([signal, closed]) : closed,
      });
    } catch (error) {
      if (!isUnknown(error)) throw error;
      for await (const event of keptHistory(id, this.#runs)) if (event.id > after) yield event;
    }
  }

  async stopRun(id: string, reason: string): Promise<void> {
    const { workflow } = await this.#known(id);
    const executionArn = this.#arnOf(workflow, id);
    const [client, { sfn }] = await Promise.all([this.#clients.sfn(), import("../sfn-calls.ts")]);
    await client.send(new sfn.stop({ executionArn, error: "Stopped", cause: reason }));
    await this.#record(await this.#describe(workflow, id));
    await closeApprovalsOfRun(id, this.ports);
  }

  async redriveRun(id: string): Promise<void> {
    const { workflow } = await this.#known(id);
    const executionArn = this.#arnOf(workflow, id);
    const [client, { sfn }] = await Promise.all([this.#clients.sfn(), import("../sfn-calls.ts")]);
    try {
      await client.send(new sfn.redrive({ executionArn }));
    } catch (error) {
      const isRefused = isServiceError(error, "ExecutionNotRedrivable", "ExecutionDoesNotExist");
      if (!isRefused) throw error;
      const message = `The run "${id}" cannot be redriven: ${error.message}`;
      throw new RequestError("RunNotRedrivable", message);
    }
    await this.#record(await this.#describe(workflow, id));
  }

  async close(): Promise<void> {
    this.#closed.abort();
  }

  #arnOf(workflow: string, run: string): string {
    return executionArnOf(
      `${this.#found.machines}${machineName(this.#environment, workflow)}`,
      run,
    );
  }

  #describe(workflow: string, run: string): Promise<Execution> {
    return describeExecution(this.#arnOf(workflow, run), this.#clients.sfn);
  }

  /**
   * The record of a run. One whose beginning has not been reported (yet) is looked for among the
   * executions of each workflow, and recorded. Throws `RequestError` `RunNotFound`.
   */
  async #known(id: string): Promise<RunRecord> {
    try {
      return await getRun(id, this.ports);
    } catch (error) {
      const isMissing = error instanceof RequestError && error.code === "RunNotFound";
      if (!isMissing || !/^[\w-]{1,80}$/.test(id)) throw error;
      for (const { workflow } of await this.workflows()) {
        const execution = await this.#find({ workflow, id });
        if (!execution) continue;
        await this.#record(execution);
        return getRun(id, this.ports);
      }
      throw error;
    }
  }

  /** Undefined once Step Functions has forgotten it. */
  async #find({
    workflow,
    id,
  }: Pick<RunRecord, "workflow" | "id">): Promise<Execution | undefined> {
    try {
      return await this.#describe(workflow, id);
    } catch (error) {
      if (isUnknown(error)) return undefined;
      throw error;
    }
  }

  async #record(execution: Execution): Promise<void> {
    const report = await reportOf(execution, this.#environment, this.#clients.sfn);
    await recordStatus(report, this.ports);
  }
}

function isUnknown(error: unknown): boolean {
  return isServiceError(error, "ExecutionDoesNotExist");
}

function outputOf({ output }: Execution): Json {
  return typeof output === "string" ? (JSON.parse(output) as Json) : null;
}
