import { Duration, RemovalPolicy } from "aws-cdk-lib";
import type { IKey } from "aws-cdk-lib/aws-kms";
import { Secret } from "aws-cdk-lib/aws-secretsmanager";
import type { Construct } from "constructs";
import { environmentPrefix } from "../../runtime/deployed.ts";

/** Older than every key that replaces it. */
const CREATED_AT = "2000-01-01T00:00:00.000Z";

/** Longer than any link lives: the key before the present one verifies until the next rotation. */
export const ROTATION = Duration.days(60);

/**
 * The keys that sign links to approvals. The first is generated where nobody sees it; `lib/aws/link-keys.ts`
 * makes a ring of it. It outlives the stack, since links that it has signed are on their way.
 */
export function makeLinkKeys(
  scope: Construct,
  id: string,
  {
    environment,
    encryptionKey,
    retain,
  }: {
    readonly environment: string;
    readonly encryptionKey?: IKey | undefined;
    readonly retain: boolean;
  },
): Secret {
  return new Secret(scope, id, {
    description: `Keys of ${environmentPrefix(environment)} that sign links to approvals`,
    generateSecretString: {
      secretStringTemplate: JSON.stringify({ createdAt: CREATED_AT }),
      generateStringKey: "generated",
      passwordLength: 64,
      excludePunctuation: true,
    },
    removalPolicy: retain ? RemovalPolicy.RETAIN : RemovalPolicy.DESTROY,
    ...(encryptionKey && { encryptionKey }),
  });
}
