/** The function that keeps bundles as they were deployed. */
import { DefaultStackSynthesizer, Fn, Stack } from "aws-cdk-lib";
import { PolicyStatement } from "aws-cdk-lib/aws-iam";
import type { Construct } from "constructs";
import { OBJECTS, VARIABLES } from "../../../runtime/deployed.ts";
import * as grants from "../../grants.ts";
import type { KitFunction } from "../../kit-function.ts";
import type { OwnFunctionMaker } from "./own-function-maker.ts";

export function makeSnapshot(own: OwnFunctionMaker): KitFunction {
  const { buckets } = own.props;
  const made = own
    .make("snapshot", {
      description: "Copies deployed bundles to where they stay",
      timeout: 300,
      memory: 1024,
      environment: {
        ...own.props.variables,
        [VARIABLES.bundlesBucket]: buckets.bundles.bucketName,
      },
    })
    .allow(
      grants.readObjects(buckets.bundles, OBJECTS.bundles),
      grants.writeObjects(buckets.bundles, OBJECTS.bundles, false),
      grants.listObjects(buckets.bundles),
      new PolicyStatement({ actions: ["s3:GetObject"], resources: [assets(own.scope)] }),
    );
  own.accept(made, [buckets.bundles, OBJECTS.bundles, "one prefix for each bundle"]);
  own.acceptArn(made, assets(own.scope), "the CDK names assets by their content");
  return made;
}

/** Objects of the bucket that `cdk bootstrap` makes, where the CDK puts what it deploys. */
function assets(scope: Construct): string {
  const { bootstrapQualifier } = Stack.of(scope).synthesizer;
  const qualifier = bootstrapQualifier ?? DefaultStackSynthesizer.DEFAULT_QUALIFIER;
  return Fn.sub(
    `arn:\${AWS::Partition}:s3:::cdk-${qualifier}-assets-\${AWS::AccountId}-\${AWS::Region}/*`,
  );
}
