/** The one call of SES that is used. Loaded on first use, through `lazy`. */
import { SESv2Client, SendEmailCommand } from "@aws-sdk/client-sesv2";
import { type AwsAccess, clientSettings } from "./client-settings.ts";

export const ses = { send: SendEmailCommand } as const;

/** Two attempts of its own: whoever sends tries again, and has other channels. */
export function makeSesClient(access?: AwsAccess): SESv2Client {
  return new SESv2Client({ ...clientSettings(access), maxAttempts: 2 });
}
