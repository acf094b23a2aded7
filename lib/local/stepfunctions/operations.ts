/** What each operation of the Step Functions API does with the engine. */
import { checkDefinition, type Engine, EngineError } from "../../engine/index.ts";
import type { Operation, RequestOf } from "./requests.ts";

export type Operations = {
  readonly [O in Operation]: (request: RequestOf<O>) => Promise<object>;
};

export function operations(engine: Engine): Operations {
  const publish = async (stateMachineArn: string) => {
    const { stateMachineVersionArn } = await engine.publishStateMachineVersion({ stateMachineArn });
    return { stateMachineVersionArn };
  };
  return {
    async CreateStateMachine({ publish: asVersion, ...request }) {
      const created = await engine.createStateMachine(request);
      return asVersion === true
        ? { ...created, ...(await publish(created.stateMachineArn)) }
        : created;
    },
    async UpdateStateMachine({ publish: asVersion, ...request }) {
      const updated = await engine.updateStateMachine(request);
      return asVersion === true
        ? { ...updated, ...(await publish(request.stateMachineArn)) }
        : updated;
    },
    async DeleteStateMachine(request) {
      await engine.deleteStateMachine(request);
      return {};
    },
    async DescribeStateMachine({ stateMachineArn }) {
      const { versions, updateDate, ...described } = await engine.describeStateMachine({
        stateMachineArn,
      });
      return {
        ...described,
        stateMachineArn,
        loggingConfiguration: { level: "OFF", includeExecutionData: false },
        tracingConfiguration: { enabled: false },
      };
    },
    DescribeStateMachineForExecution: (request) => engine.describeStateMachineForExecution(request),
    ListStateMachines: (request) => engine.listStateMachines(request),
    PublishStateMachineVersion: (request) => engine.publishStateMachineVersion(request),
    async ListStateMachineVersions({ stateMachineArn }) {
      const { versions } = await engine.describeStateMachine({ stateMachineArn });
      return { stateMachineVersions: [...versions].reverse() };
    },
    async ValidateStateMachineDefinition({ definition }) {
      const { problems } = checkDefinition(definition);
      return {
        result: problems.length === 0 ? "OK" : "FAIL",
        diagnostics: problems.map((problem) => ({ severity: "ERROR", ...problem })),
        truncated: false,
      };
    },
    StartExecution: (request) => engine.startExecution(request),
    async StartSyncExecution(request) {
      const { redriveCount, redriveStatus, redriveStatusReason, ...described } =
        await engine.startSyncExecution(request);
      return {
        ...described,
        billingDetails: { billedMemoryUsedInMB: 64, billedDurationInMilliseconds: 100 },
      };
    },
    DescribeExecution: (request) => engine.describeExecution(request),
    async ListExecutions({ statusFilter, ...request }) {
      if (statusFilter === "PENDING_REDRIVE") return { executions: [] };
      return engine.listExecutions({ ...request, statusFilter });
    },
    GetExecutionHistory: (request) => engine.getExecutionHistory(request),
    StopExecution: (request) => engine.stopExecution(request),
    RedriveExecution: (request) => engine.redriveExecution(request),
    SendTaskSuccess: (request) => nothing(engine.sendTaskSuccess(request)),
    SendTaskFailure: (request) => nothing(engine.sendTaskFailure(request)),
    SendTaskHeartbeat: (request) => nothing(engine.sendTaskHeartbeat(request)),
    TagResource: ({ resourceArn }) => noTags(resourceArn),
    UntagResource: ({ resourceArn }) => noTags(resourceArn),
    async ListTagsForResource({ resourceArn }) {
      await noTags(resourceArn);
      return { tags: [] };
    },
  };

  /** Tags are accepted and not kept. */
  async function noTags(resourceArn: string): Promise<object> {
    try {
      await engine.describeStateMachine({ stateMachineArn: resourceArn });
    } catch {
      throw new EngineError("ResourceNotFound", `Resource not found: '${resourceArn}'`);
    }
    return {};
  }
}

async function nothing(done: Promise<void>): Promise<object> {
  await done;
  return {};
}
