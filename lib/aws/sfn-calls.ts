/** The calls of Step Functions that functions and `Control` use. Loaded on first use, through `lazy`. */
import {
  DescribeExecutionCommand,
  DescribeStateMachineCommand,
  DescribeStateMachineForExecutionCommand,
  GetExecutionHistoryCommand,
  RedriveExecutionCommand,
  SendTaskFailureCommand,
  SendTaskHeartbeatCommand,
  SendTaskSuccessCommand,
  SFNClient,
  StartExecutionCommand,
  StopExecutionCommand,
} from "@aws-sdk/client-sfn";
import { type AwsAccess, clientSettings } from "./client-settings.ts";

export const sfn = {
  describe: DescribeExecutionCommand,
  describeMachine: DescribeStateMachineForExecutionCommand,
  fail: SendTaskFailureCommand,
  heartbeat: SendTaskHeartbeatCommand,
  history: GetExecutionHistoryCommand,
  machine: DescribeStateMachineCommand,
  redrive: RedriveExecutionCommand,
  start: StartExecutionCommand,
  stop: StopExecutionCommand,
  succeed: SendTaskSuccessCommand,
} as const;

export type { HistoryEvent, SFNClient } from "@aws-sdk/client-sfn";

export function makeSfnClient(access?: AwsAccess): SFNClient {
  return new SFNClient(clientSettings(access));
}
