/** Secrets that `notify` of local.yaml names: variables of the process, as this machine has no other place. */
import type { SecretPlace } from "../../runtime/notify/notify-settings.ts";

/** Throws an `Error` that says what to do, and never holds the text of a secret. */
export async function localSecret(place: SecretPlace): Promise<string> {
  if ("secret" in place) {
    throw new Error(
      `The secret ${place.secret} is in AWS, which is not asked here: write { env: NAME } in local.yaml.`,
    );
  }
  const value = process.env[place.env];
  if (value !== undefined && value !== "") return value;
  throw new Error(`The variable ${place.env}, which local.yaml names for a secret, is not set.`);
}
