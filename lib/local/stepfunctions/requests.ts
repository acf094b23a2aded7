/**
 * The requests of the Step Functions API, as far as it is served here.
 * https://docs.aws.amazon.com/step-functions/latest/apireference/API_Operations.html
 */
import { z } from "zod";

/** Absent members may come as null. */
const optional = <T extends z.ZodType>(schema: T) =>
  schema.nullish().transform((value) => value ?? undefined);

const text = z.string();
const pageOf = {
  maxResults: optional(z.number().int().min(0).max(1000)),
  nextToken: optional(text.min(1)),
};
const onMachine = z.object({ stateMachineArn: text });
const onExecution = z.object({ executionArn: text });
const start = z.object({
  stateMachineArn: text,
  name: optional(text),
  input: optional(text),
});

export const requests = {
  CreateStateMachine: z.object({
    name: text,
    definition: text,
    roleArn: optional(text),
    type: optional(z.enum(["STANDARD", "EXPRESS"])),
    publish: optional(z.boolean()),
  }),
  UpdateStateMachine: z.object({
    stateMachineArn: text,
    definition: optional(text),
    roleArn: optional(text),
    publish: optional(z.boolean()),
  }),
  DeleteStateMachine: onMachine,
  DescribeStateMachine: onMachine,
  DescribeStateMachineForExecution: onExecution,
  ListStateMachines: z.object(pageOf),
  PublishStateMachineVersion: onMachine,
  ListStateMachineVersions: onMachine,
  ValidateStateMachineDefinition: z.object({ definition: text, type: optional(text) }),
  StartExecution: start,
  StartSyncExecution: start,
  DescribeExecution: onExecution,
  ListExecutions: z.object({
    stateMachineArn: optional(text),
    statusFilter: optional(
      z.enum(["RUNNING", "SUCCEEDED", "FAILED", "TIMED_OUT", "ABORTED", "PENDING_REDRIVE"]),
    ),
    ...pageOf,
  }),
  GetExecutionHistory: z.object({
    executionArn: text,
    reverseOrder: optional(z.boolean()),
    includeExecutionData: optional(z.boolean()),
    ...pageOf,
  }),
  StopExecution: z.object({
    executionArn: text,
    error: optional(text.max(256)),
    cause: optional(text.max(32_768)),
  }),
  RedriveExecution: onExecution,
  SendTaskSuccess: z.object({ taskToken: text, output: text }),
  SendTaskFailure: z.object({
    taskToken: text,
    error: optional(text.max(256)),
    cause: optional(text.max(32_768)),
  }),
  SendTaskHeartbeat: z.object({ taskToken: text }),
  TagResource: z.object({ resourceArn: text }),
  UntagResource: z.object({ resourceArn: text }),
  ListTagsForResource: z.object({ resourceArn: text }),
} as const;

export type Operation = keyof typeof requests;
export type RequestOf<O extends Operation> = z.infer<(typeof requests)[O]>;
