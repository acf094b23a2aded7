/** Where an approval is asked for, and the pages on which it is decided. */
import { environmentPrefix, OBJECTS, PARTITIONS, VARIABLES } from "../../../runtime/deployed.ts";
import * as grants from "../../grants.ts";
import type { KitFunction } from "../../kit-function.ts";
import type { Telling } from "../telling.ts";
import type { OwnFunctionMaker } from "./own-function-maker.ts";

export function makeApproval(own: OwnFunctionMaker): KitFunction {
  const { table, buckets, environment, telling } = own.props;
  const made = own
    .make("approval", {
      description: "Stores what an approval step asks for, and tells its approvers",
      // Channels are tried one after the other, each some times.
      timeout: 60,
      memory: 512,
      environment: {
        ...own.runsVariables(),
        [VARIABLES.table]: table.tableName,
        [VARIABLES.bundlesBucket]: buckets.bundles.bucketName,
        [VARIABLES.machines]: grants.machineArn(own.scope, ""),
        ...telling?.variables,
      },
      ...(telling && { files: telling.files }),
    })
    .allow(
      grants.items(
        table,
        [PARTITIONS.approval, PARTITIONS.approver, ...(telling ? [PARTITIONS.notified] : [])],
        ["dynamodb:BatchWriteItem", "dynamodb:Query"],
      ),
      own.appendAudit(),
      grants.artifacts(buckets.runs),
      grants.taskTokens(own.scope, environment),
      // The steps of a run so far are part of what its approvers are shown.
      grants.readHistories(own.scope, environment),
      grants.readObjects(buckets.bundles, OBJECTS.bundles),
      grants.listObjects(buckets.bundles),
      ...(telling?.statements ?? []),
    );
  own.accept(
    made,
    [buckets.runs, OBJECTS.artifacts, "artifacts are named by their content"],
    [buckets.bundles, OBJECTS.bundles, "a run may have begun on any bundle that was deployed"],
  );
  own.acceptArn(made, grants.machines(own.scope, environment), "a token names no machine");
  own.acceptArn(
    made,
    grants.executions(own.scope, `${environmentPrefix(environment)}-*`),
    "any run of the environment may ask somebody",
  );
  return made;
}

export function makeApprovals(own: OwnFunctionMaker, telling: Telling): KitFunction {
  const { table, buckets, environment } = own.props;
  const { approval, approver, opened, notified, interaction, link } = PARTITIONS;
  const made = own
    .make("approvals", {
      description: "Pages of approvals: shows requests, takes decisions",
      timeout: 29,
      memory: 1024,
      environment: {
        ...own.runsVariables(),
        [VARIABLES.table]: table.tableName,
        ...telling.variables,
      },
      files: telling.files,
    })
    .allow(
      grants.items(
        table,
        [approval, approver, opened, notified, interaction, link],
        ["dynamodb:BatchWriteItem", "dynamodb:Query"],
      ),
      own.appendAudit(),
      grants.queryIndexes(table, ["all", "status", "run", "queue"]),
      grants.readObjects(buckets.runs, OBJECTS.artifacts),
      grants.taskTokens(own.scope, environment),
      ...telling.statements,
      ...telling.pageStatements,
    );
  own.accept(made, [buckets.runs, OBJECTS.artifacts, "evidence of any run lies there"]);
  own.acceptArn(made, grants.machines(own.scope, environment), "a token names no machine");
  return made;
}
