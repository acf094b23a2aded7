/** Rotates the keys of links, as Secrets Manager asks for it. */
import { lazySecrets } from "../../lib/aws/lazy-secrets.ts";
import { RotationStep, rotateLinkKeys } from "../../lib/aws/rotate-link-keys.ts";

const secrets = lazySecrets();

/** https://docs.aws.amazon.com/secretsmanager/latest/userguide/rotate-secrets_lambda-functions.html */
export async function handler(event: unknown): Promise<void> {
  await rotateLinkKeys(RotationStep.parse(event), secrets);
}
