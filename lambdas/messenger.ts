/** Telling people, as a function of the platform does it: by the settings beside its code. */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { lambdaClock } from "../lib/aws/clock.ts";
import { variable } from "../lib/aws/function-variables.ts";
import { lazySes } from "../lib/aws/lazy-ses.ts";
import { lazySns } from "../lib/aws/lazy-sns.ts";
import { secretKeys } from "../lib/aws/link-keys.ts";
import { awsNotifiers } from "../lib/aws/notifiers.ts";
import { secretReader } from "../lib/aws/read-secret.ts";
import type { KeySource } from "../lib/runtime/approval/key-ring.ts";
import { linkPath } from "../lib/runtime/approval/link.ts";
import type { Messenger } from "../lib/runtime/approval/notifier.ts";
import { makeMessenger } from "../lib/runtime/notify/messenger.ts";
import type {
  NotifyDocument,
  NotifySettings,
  SecretPlace,
} from "../lib/runtime/notify/notify-settings.ts";
import type { Ports } from "../lib/runtime/ports.ts";

export interface FunctionMessenger {
  readonly settings: NotifySettings;
  readonly messenger: Messenger;
  readonly keys: KeySource;
  /** `https://…`. */
  readonly origin: string;
  readonly secret: (place: SecretPlace) => Promise<string>;
}

/** Undefined where the environment says nothing of `notify`: nobody is told. */
export function functionMessenger(
  ports: Pick<Ports, "records" | "clock">,
): FunctionMessenger | undefined {
  const path = join(process.env.LAMBDA_TASK_ROOT ?? process.cwd(), "notify.json");
  if (!existsSync(path)) return undefined;
  // Written by `lib/constructs` from what the grammar has checked, and so trusted.
  const { settings } = JSON.parse(readFileSync(path, "utf8")) as NotifyDocument;
  const origin = variable("pages");
  const read = secretReader();
  const secret = secretOf(read);
  const keys = secretKeys(variable("linkKeys"), read);
  const clients = { ses: lazySes(), sns: lazySns() };
  const messenger = makeMessenger({
    ...ports,
    notifiers: awsNotifiers(settings, { ...clients, secret, clock: lambdaClock }),
    link: async (approval, to) =>
      origin + linkPath(approval, to, { ring: await keys(), now: ports.clock.now() }),
    writeLine: (line) => process.stdout.write(`${line}\n`),
  });
  return { settings, messenger, keys, origin, secret };
}

function secretOf(read: (arn: string) => Promise<string>) {
  return async (place: SecretPlace): Promise<string> => {
    if ("secret" in place) return read(place.secret);
    // The constructs refuse these; a function has no variables but its own.
    throw new TypeError(`The variable ${place.env} is not there in a function.`);
  };
}
