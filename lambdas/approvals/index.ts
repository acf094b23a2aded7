/** The pages of approvals behind an HTTP API: showing, deciding, the queue, Slack's buttons. */
import type { Context, Hono } from "hono";
import { getConnInfo, handle } from "hono/aws-lambda";
import { lazyDynamo } from "../../lib/aws/lazy-dynamo.ts";
import { lazyS3 } from "../../lib/aws/lazy-s3.ts";
import { lazySfn } from "../../lib/aws/lazy-sfn.ts";
import { approvalPages } from "../../lib/pages/approval-pages.ts";
import { deskOnPorts } from "../../lib/pages/desk-on-ports.ts";
import { slackInteractions } from "../../lib/pages/slack/slack-interactions.ts";
import { functionPorts } from "../function-ports.ts";
import { functionMessenger } from "../messenger.ts";

const ports = functionPorts({ s3: lazyS3(), dynamo: lazyDynamo(), sfn: lazySfn() });
const telling = functionMessenger(ports);

function log(level: "INFO" | "ERROR", message: string, data: object): void {
  const timestamp = ports.clock.now().toISOString();
  const line = { level, message, timestamp, service: "espalier-approvals", ...data };
  process.stdout.write(`${JSON.stringify(line)}\n`);
}

function onError(error: unknown): void {
  const { name, message, stack } = error instanceof Error ? error : new Error(String(error));
  log("ERROR", "A page could not be answered", { error: name, cause: message, stack });
}

function pages(): Hono {
  if (!telling) throw new Error("notify.json is missing beside the code: constructs write it.");
  const { settings, messenger, keys, origin, secret } = telling;
  const { slack, signIn } = settings;
  const writeLine = (line: string) => void process.stdout.write(`${line}\n`);
  const desk = deskOnPorts({ ...ports, messenger, writeLine });
  return approvalPages({
    desk,
    ports,
    keys,
    origins: [origin],
    // API Gateway's own word for it, which no header of the caller changes.
    clientOf: (context: Context) => getConnInfo(context).remote.address ?? "unknown",
    ...(signIn && {
      signIn: {
        issuer: signIn.issuer,
        clientId: signIn.clientId,
        ...(signIn.clientSecret && { clientSecret: secretIn(signIn.clientSecret, secret) }),
        ...(signIn.trustsEmail !== undefined && { trustsEmail: signIn.trustsEmail }),
      },
    }),
    ...(slack && {
      slack: slackInteractions({
        desk,
        ports,
        people: slack,
        access: { token: secretIn(slack.token, secret) },
        signingSecret: secretIn(slack.signingSecret, secret),
        onRefused: (why) => log("INFO", "A request in Slack's name was refused", { why }),
        onError,
      }),
    }),
    onRefused: (refused) => log("INFO", "A request was refused", { ...refused }),
    onError,
  });
}

function secretIn<Place>(place: Place, secret: (place: Place) => Promise<string>) {
  return () => secret(place);
}

export const handler = handle(pages());
