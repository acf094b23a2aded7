import { closeApprovalsOfRun } from "../../runtime/approval/find-approvals.ts";
import type { ApprovalPorts } from "../../runtime/approval/request-approval.ts";
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
import type { WorkflowParts } from "../../runtime/deployed-workflow.ts";
import { RequestError } from "../../runtime/errors.ts";
import { expressArns, type WorkflowType } from "../../runtime/express.ts";
import type { Json } from "../../runtime/json.ts";
import type { DeployedControl, KeptFiles } from "../../runtime/kept-files.ts";
import { getRun, recordStatus } from "../../runtime/runs.ts";
import { functionAnnouncer } from "../announcer.ts";
import type { AwsAccess } from "../client-settings.ts";
import type { AwsClients } from "../clients.ts";
import { executionOf, expressReport } from "../express/report.ts";
import { lazyDynamo } from "../lazy-dynamo.ts";
import { lazyLambda } from "../lazy-lambda.ts";
import { lazyLogs } from "../lazy-logs.ts";
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
import {
  claimedRun,
  type ExpressPlace,
  followLog,
  loggedRun,
  notRedrivable,
  notStoppable,
} from "./express-runs.ts";
import { followHistory, untilGoesOn } from "./follow-history.ts";
import { keptFiles } from "./kept-files.ts";
import { keptEnds, keptHistory, keptSteps, locationOf } from "./kept-run.ts";
import { askIntake } from "./start-run.ts";
import { withRetries } from "./with-retries.ts";

export interface AwsControlOptions extends AwsAccess {
  readonly environment: string;
}

type Clients = Pick<AwsClients, "s3" | "dynamo" | "sfn"> & {
  readonly lambda: ReturnType<typeof lazyLambda>;
  readonly ssm: ReturnType<typeof lazySsm>;
  readonly logs: ReturnType<typeof lazyLogs>;
};

/** Finds the environment. Throws `RequestError` `RuntimeUnreachable`, and what the SDK throws. */
export async function openAwsControl({
  environment,
  ...access
}: AwsControlOptions): Promise<DeployedControl> {
  const clients: Clients = {
    s3: lazyS3(access),
    dynamo: lazyDynamo(access),
    sfn: lazySfn(access),
    lambda: lazyLambda(access),
    ssm: lazySsm(access),
    logs: lazyLogs(access),
  };
  return new AwsControl(await findEnvironment(environment, clients.ssm), clients);
}

type RunEnds = Pick<RunDetail, "input" | "output">;

class AwsControl extends ControlOnPorts implements DeployedControl {
  readonly #found: FoundEnvironment;
  readonly #clients: Clients;
  readonly #runs: S3Objects;
  readonly #bundles: S3Objects;
  readonly #closed = new AbortController();
  readonly #types = new Map<string, WorkflowType>();

  constructor(found: FoundEnvironment, clients: Clients) {
    super(awsPorts(found.parts, clients));
    this.#found = found;
    this.#clients = clients;
    this.#runs = new S3Objects(found.parts.runsBucket, clients.s3);
    this.#bundles = new S3Objects(found.parts.bundlesBucket, clients.s3);
  }

  get kept(): KeptFiles {
    return keptFiles(this.#runs, this.#bundles);
  }

  get #environment(): string {
    return this.#found.parts.environment;
  }

  /** Who operates an environment may not send in its name: its function of approvals does. */
  protected override get approvalPorts(): ApprovalPorts {
    const { approval } = this.#found.parts;
    const announcer =
      approval === undefined
        ? async () => undefined
        : functionAnnouncer(approval, this.#clients.lambda);
    return { ...this.ports, announcer };
  }

  async workflows(): Promise<readonly DeployedWorkflow[]> {
    const all = await listWorkflows(this.#environment, this.#clients.ssm);
    return all.map(({ workflow, version, digest, description }) => {
      return { workflow, version, digest, description };
    });
  }

  async startRun(request: StartRun): Promise<RunRecord> {
    const { ssm, lambda } = this.#clients;
    const parts = await findWorkflow(this.#environment, request.workflow, ssm);
    const run = await askIntake(parts.intake, request, lambda);
    if (parts.type === "express") {
      await this.#recordClaim(parts, run);
      return getRun(run, this.ports);
    }
    // What was started a moment ago may not be known everywhere yet.
    const execution = await withRetries(() => this.#describe(request.workflow, run), isUnknown);
    await this.#record(execution);
    return getRun(run, this.ports);
  }

  async run(id: string): Promise<RunDetail> {
    const known = await this.#known(id);
    if (await this.#isExpress(known.workflow)) return this.#expressRun(known);
    const execution = await this.#find(known);
    // The record follows the execution at a small distance; who asks for one run gets it as it is.
    if (execution) await this.#record(execution);
    const record = execution ? await getRun(id, this.ports) : known;
    const ends = execution
      ? { input: inputOf(execution), output: outputOf(execution) }
      : await keptEnds(id, this.#runs);
    return this.#detail(record, ends);
  }

  async #detail(record: RunRecord, ends: RunEnds): Promise<RunDetail> {
    return {
      ...record,
      ...ends,
      waitingFor: await this.waitingFor(record),
      steps: await keptSteps(record.digest, this.#bundles),
      location: locationOf(record.id, this.#runs),
    };
  }

  /** From the snapshot; before there is one, from the log, which may know of the end earlier. */
  async #expressRun(known: RunRecord): Promise<RunDetail> {
    const ends = await keptEnds(known.id, this.#runs);
    if (ends.input !== null) return this.#detail(await getRun(known.id, this.ports), ends);
    const logged = await loggedRun(this.#placeOf(known), this.#clients.logs);
    if (!logged) return this.#detail(known, ends);
    if (logged.last) {
      const report = await expressReport(logged, this.#environment, this.#clients.sfn);
      await recordStatus(report, this.ports);
    }
    const execution = executionOf(logged);
    return this.#detail(await getRun(known.id, this.ports), {
      input: inputOf(execution),
      output: outputOf(execution),
    });
  }

  async *history(
    id: string,
    { after = 0, follow = false, signal }: NonNullable<Parameters<Control["history"]>[1]> = {},
  ): AsyncGenerator<RunEvent> {
    const known = await this.#known(id);
    const closed = this.#closed.signal;
    const options = { after, follow, signal: signal ? AbortSignal.any([signal, closed]) : closed };
    if (await this.#isExpress(known.workflow)) {
      let isKept = false;
      for await (const event of keptHistory(id, this.#runs)) {
        isKept = true;
        if (event.id > after) yield event;
      }
      if (!isKept) yield* followLog(this.#placeOf(known), this.#clients.logs, options);
      return;
    }
    try {
      yield* followHistory(this.#arnOf(known.workflow, id), this.#clients.sfn, options);
    } catch (error) {
      if (!isUnknown(error)) throw error;
      for await (const event of keptHistory(id, this.#runs)) if (event.id > after) yield event;
    }
  }

  async stopRun(id: string, reason: string): Promise<void> {
    const { workflow } = await this.#known(id);
    if (await this.#isExpress(workflow)) throw notStoppable(id);
    const executionArn = this.#arnOf(workflow, id);
    const [client, { sfn }] = await Promise.all([this.#clients.sfn(), import("../sfn-calls.ts")]);
    await client.send(new sfn.stop({ executionArn, error: "Stopped", cause: reason }));
    await this.#record(await this.#describe(workflow, id));
    await closeApprovalsOfRun(id, this.ports);
  }

  async redriveRun(id: string): Promise<void> {
    const { workflow } = await this.#known(id);
    if (await this.#isExpress(workflow)) throw notRedrivable(id);
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
    await untilGoesOn(executionArn, this.#clients.sfn);
    await this.#record(await this.#describe(workflow, id));
  }

  async close(): Promise<void> {
    this.#closed.abort();
  }

  #arnOf(workflow: string, run: string): string {
    return executionArnOf(this.#machineOf(workflow), run);
  }

  #machineOf(workflow: string): string {
    return `${this.#found.machines}${machineName(this.#environment, workflow)}`;
  }

  #placeOf({ workflow, id, startedAt }: RunRecord): ExpressPlace {
    return {
      machine: machineName(this.#environment, workflow),
      execution: expressArns(this.#machineOf(workflow), id),
      at: new Date(startedAt),
    };
  }

  /** Of a workflow that is not deployed (any more), only what is kept of its runs is known. */
  async #isExpress(workflow: string): Promise<boolean> {
    const known = this.#types.get(workflow);
    if (known) return known === "express";
    try {
      const { type } = await findWorkflow(this.#environment, workflow, this.#clients.ssm);
      this.#types.set(workflow, type);
      return type === "express";
    } catch (error) {
      if (error instanceof RequestError && error.code === "WorkflowNotFound") return false;
      throw error;
    }
  }

  /** Whether a run of this name was started, which its record may not say yet. */
  async #recordClaim(parts: WorkflowParts, id: string): Promise<boolean> {
    const run = await claimedRun(parts, id, this.#environment, this.ports);
    if (run) await recordStatus({ run, redrives: 0 }, this.ports);
    return run !== undefined;
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
      for (const parts of await listWorkflows(this.#environment, this.#clients.ssm)) {
        const { workflow, type } = parts;
        if (type === "express") {
          if (await this.#recordClaim(parts, id)) return getRun(id, this.ports);
          continue;
        }
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
