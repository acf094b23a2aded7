import { RemovalPolicy } from "aws-cdk-lib";
import {
  AttributeType,
  BillingMode,
  ProjectionType,
  Table,
  TableEncryption,
} from "aws-cdk-lib/aws-dynamodb";
import type { IKey } from "aws-cdk-lib/aws-kms";
import type { Construct } from "constructs";
import { INDEXES, indexKeys, TABLE } from "../../runtime/deployed.ts";

/**
 * The one table of an environment, with every index that `deployed.ts` lists. An existing table gets
 * one further index a deployment.
 */
export function makeTable(
  scope: Construct,
  id: string,
  {
    encryptionKey,
    retain,
  }: { readonly encryptionKey?: IKey | undefined; readonly retain: boolean },
): Table {
  const table = new Table(scope, id, {
    partitionKey: { name: TABLE.partition, type: AttributeType.STRING },
    sortKey: { name: TABLE.sort, type: AttributeType.STRING },
    billingMode: BillingMode.PAY_PER_REQUEST,
    pointInTimeRecoverySpecification: { pointInTimeRecoveryEnabled: true },
    timeToLiveAttribute: TABLE.expiresAt,
    deletionProtection: retain,
    removalPolicy: retain ? RemovalPolicy.RETAIN : RemovalPolicy.DESTROY,
    ...(encryptionKey && { encryption: TableEncryption.CUSTOMER_MANAGED, encryptionKey }),
  });
  for (const index of INDEXES) {
    const { partition, sort } = indexKeys(index);
    table.addGlobalSecondaryIndex({
      indexName: index,
      partitionKey: { name: partition, type: AttributeType.STRING },
      sortKey: { name: sort, type: AttributeType.STRING },
      projectionType: ProjectionType.ALL,
    });
  }
  return table;
}
