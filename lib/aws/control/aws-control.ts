/** `Control` on a deployed environment: what the CLI does with `--profile`, `--region`, `--environment`. */
import type { Approval } from "../../runtime/approval.ts";
import { closeApprovalsOfRun, getApproval, listApprovals } from "../../runtime/approvals.ts";
import type {
  Control,
  DeployedWorkflow,
  RunDetail,
  RunEvent,
  RunRecord,
  StartRun,
} from "../../runtime/control.ts";
import { type DecisionRequest, decide } from "../../runtime/decide.ts";
import { machineName } from "../../runtime/deployed.ts";
import { ArtifactNotFound, RequestError } from "../../runtime/errors.ts";
import type { Json } from "../../runtime/json.ts";
import type { ArtifactRef, Ports } from "../../runtime/ports.ts";
import { getRun, listRuns, recordStatus } from "../../runtime/runs.ts";
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

class AwsControl implements Control {
  readonly #found: FoundEnvironment;
  readonly #clients: Clients;
  readonly #ports: Ports;
  readonly #runs: S3Objects;
  readonly #bundles: S3Objects;
  readonly #closed = new AbortController();

  constructor(found: FoundEnvironment, clients: Clients) {
    this.#found = found;
    this.#clients = clients;
    this.#ports = awsPorts(found.parts, clients);
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
    return getRun(run, this.#ports);
  }

  runs(filter: Parameters<Control["runs"]>[0] = {}): Promise<readonly RunRecord[]> {
    return listRuns(filter, this.#ports);
  }

  async run(id: string): Promise<RunDetail> {
    const known = await this.#known(id);
    const execution = await this.#find(known);
    // The record follows the execution at a small distance; who asks for one run gets it as it is.
    if (execution) await this.#record(execution);
    const record = execution ? await getRun(id, this.#ports) : known;
    const ends = execution
      ? { input: inputOf(execution), output: outputOf(execution) }
      : await keptEnds(id, this.#runs);
    const waiting =
      record.status === "RUNNING"
        ? await listApprovals({ run: id, status: "open" }, this.#ports)
        : [];
    return {
      ...record,
      ...ends,
      waitingFor: waiting.map((approval) => approval.id),
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
    await closeApprovalsOfRun(id, this.#ports);
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

  approvals(filter: Parameters<Control["approvals"]>[0] = {}): Promise<readonly Approval[]> {
    return listApprovals(filter, this.#ports);
  }

  approval(id: string): Promise<Approval> {
    return getApproval(id, this.#ports);
  }

  decide(id: string, decision: DecisionRequest): Promise<Approval> {
    return decide(id, decision, this.#ports);
  }

  putArtifact(
    body: Uint8Array | AsyncIterable<Uint8Array>,
    info: { readonly mediaType: string; readonly name?: string },
  ): Promise<ArtifactRef> {
    return this.#ports.artifacts.put(body, info);
  }

  async *openArtifact(digest: string): AsyncGenerator<Uint8Array> {
    try {
      yield* this.#ports.artifacts.open(digest);
    } catch (error) {
      if (!(error instanceof ArtifactNotFound)) throw error;
      throw new RequestError("ArtifactNotFound", `There is no artifact "${digest}".`);
    }
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
      return await getRun(id, this.#ports);
    } catch (error) {
      const isMissing = error instanceof RequestError && error.code === "RunNotFound";
      if (!isMissing || !/^[\w-]{1,80}$/.test(id)) throw error;
      for (const { workflow } of await this.workflows()) {
        const execution = await this.#find({ workflow, id });
        if (!execution) continue;
        await this.#record(execution);
        return getRun(id, this.#ports);
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
    await recordStatus(report, this.#ports);
  }
}

function isUnknown(error: unknown): boolean {
  return isServiceError(error, "ExecutionDoesNotExist");
}

function outputOf({ output }: Execution): Json {
  return typeof output === "string" ? (JSON.parse(output) as Json) : null;
}
