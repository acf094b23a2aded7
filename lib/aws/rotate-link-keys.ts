/**
 * One rotation of the keys of links: a new key signs, the one before verifies until the next rotation.
 * Links live for 32 days at most, so that rotations at least so far apart end no link before its time.
 */
import * as z from "zod";
import { rotateKeyRing } from "../runtime/approval/key-ring.ts";
import type { lazySecrets } from "./lazy-secrets.ts";
import { generatedKey, ringOfSecret } from "./link-keys.ts";
import { isServiceError } from "./service-error.ts";

export const RotationStep = z.object({
  Step: z.enum(["createSecret", "setSecret", "testSecret", "finishSecret"]),
  SecretId: z.string().min(1),
  ClientRequestToken: z.string().min(1),
});
export type RotationStep = z.infer<typeof RotationStep>;

const CURRENT = "AWSCURRENT";
const PENDING = "AWSPENDING";

/** Each step may come more than once. Throws what the service throws, and `TypeError` for a ring that is none. */
export async function rotateLinkKeys(
  { Step, SecretId, ClientRequestToken: version }: RotationStep,
  client: ReturnType<typeof lazySecrets>,
  now = new Date(),
): Promise<void> {
  const [sender, { secrets }] = await Promise.all([client(), import("./secrets-calls.ts")]);
  const read = async (VersionStage: string, VersionId?: string) => {
    const asked = { SecretId, VersionStage, ...(VersionId !== undefined && { VersionId }) };
    return sender.send(new secrets.get(asked));
  };
  switch (Step) {
    case "createSecret": {
      try {
        await read(PENDING, version);
        return;
      } catch (error) {
        if (!isServiceError(error, "ResourceNotFoundException")) throw error;
      }
      const { SecretString = "" } = await read(CURRENT);
      const next = rotateKeyRing(ringText(SecretString), now, 1);
      const VersionStages = [PENDING];
      const ClientRequestToken = version;
      await sender.send(
        new secrets.put({ SecretId, ClientRequestToken, SecretString: next, VersionStages }),
      );
      return;
    }
    case "setSecret":
      return;
    case "testSecret": {
      const { SecretString = "" } = await read(PENDING, version);
      ringOfSecret(SecretString);
      return;
    }
    case "finishSecret": {
      const { VersionId } = await read(CURRENT);
      if (VersionId === version) return;
      const moved = { MoveToVersionId: version, RemoveFromVersionId: VersionId };
      await sender.send(new secrets.move({ SecretId, VersionStage: CURRENT, ...moved }));
      return;
    }
    default:
      Step satisfies never;
  }
}

/** The text of a ring; what Secrets Manager has generated is made one. */
function ringText(text: string): string {
  const key = generatedKey(text);
  if (!key) return text;
  const { id, createdAt } = key;
  const secret = Buffer.from(key.secret).toString("base64url");
  return JSON.stringify({ keys: [{ id, secret, createdAt }] });
}
