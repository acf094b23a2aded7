/** The functions that an environment has once, each from a file of `functions/`. */
import { Alias, type IVersion } from "aws-cdk-lib/aws-lambda";
import { Construct } from "constructs";
import { LIVE } from "../../runtime/deployed.ts";
import type { KitFunction } from "../kit-function.ts";
import { makeApproval, makeApprovals } from "./functions/approval-functions.ts";
import { OwnFunctionMaker, type OwnFunctionsProps } from "./functions/own-function-maker.ts";
import { rotateLinkKeys } from "./functions/rotate-link-keys.ts";
import { makeRuns, watchRuns } from "./functions/runs-function.ts";
import { makeSnapshot } from "./functions/snapshot-function.ts";

export class OwnFunctions extends Construct {
  readonly approval: KitFunction;
  /** The pages; undefined where nobody is told of them. */
  readonly approvals: KitFunction | undefined;
  readonly runs: KitFunction;
  readonly snapshot: KitFunction;
  /** What machines call: an ARN that no deployment of the platform changes. */
  readonly approvalAlias: Alias;

  constructor(scope: Construct, id: string, props: OwnFunctionsProps) {
    super(scope, id);
    const own = new OwnFunctionMaker(this, props);
    this.approval = makeApproval(own);
    this.approvalAlias = new Alias(this.approval, "Alias", {
      aliasName: LIVE,
      version: this.approval.function.currentVersion as IVersion,
    });
    const { telling } = props;
    this.approvals = telling && makeApprovals(own, telling);
    if (telling) rotateLinkKeys(own, telling);
    this.runs = makeRuns(own, this.approvalAlias);
    this.snapshot = makeSnapshot(own);
    watchRuns(own, this.runs);
  }
}
