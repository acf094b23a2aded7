/** The pages of approvals behind an HTTP API: showing, deciding, the queue, Slack's buttons. */
import { setTimeout as sleep } from "node:timers/promises";
import type { Context, Hono } from "hono";
import { getConnInfo, handle } from "hono/aws-lambda";
import { lazyDynamo } from "../../lib/aws/lazy-dynamo.ts";
import { lazyS3 } from "../../lib/aws/lazy-s3.ts";
import { lazySfn } from "../../lib/aws/lazy-sfn.ts";
import { approvalPages } from "../../lib/pages/approval-pages.ts";
import { deskOnPorts } from "../../lib/pages/desk-on-ports.ts";
import { slackInteractions } from "../../lib/pages/slack/slack-interactions.ts";
import { announcePending } from "../../lib/runtime/approval/announce.ts";
import { deliverPending } from "../../lib/runtime/approval/deliver.ts";
import { functionPorts } from "../function-ports.ts";
import { functionMessenger } from "../messenger.ts";

const ports = functionPorts({ s3: lazyS3(), dynamo: lazyDynamo(), sfn: lazySfn() });
const telling = functionMessenger(ports);
const deskPorts = {
  ...ports,
  messenger: telling?.messenger,
  writeLine: (line: string) => void process.stdout.write(`${line}\n`),
};

/** No function lives longer: a decision that is older is nobody's who is still at it. */
const DELIVERED_BY_THEN_MS = 60_000;
/** Somebody waits for the page. What is left then is the schedule's. */
const SWEEP_MS = 3_000;

function log(level: "INFO" | "ERROR", message: string, data: object): void {
  const timestamp = ports.clock.now().toISOString();
  const line = { level, message, timestamp, service: "espalier-approvals", ...data };
  process.stdout.write(`${JSON.stringify(line)}\n`);
}

function report(what: string, error: unknown): void {
  const { name, message, stack } = error instanceof Error ? error : new Error(String(error));
  log("ERROR", what, { error: name, cause: message, stack });
}

const onError = (error: unknown): void => report("A page could not be answered", error);

function pages(): Hono {
  if (!telling) throw new Error("notify.json is missing beside the code: constructs write it.");
  const { settings, keys, origin, secret } = telling;
  const { slack, signIn } = settings;
  const desk = deskOnPorts(deskPorts);
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

const serve = handle(pages());
let swept: Promise<unknown> | undefined;

/**
 * A function that starts anew may follow one that died between a decision and its delivery: what that
 * left is looked after beside the first request, and not only when the schedule of the sweep comes.
 */
function sweepOnce(): Promise<unknown> {
  const sweep = async () => {
    await deliverPending(deskPorts, DELIVERED_BY_THEN_MS);
    await announcePending(deskPorts, DELIVERED_BY_THEN_MS);
  };
  swept ??= Promise.race([sweep(), sleep(SWEEP_MS)]).catch((error: unknown) =>
    report("What was left at the start could not be looked after", error),
  );
  return swept;
}

export const handler: typeof serve = async (event, context) => {
  const [answer] = await Promise.all([serve(event, context), sweepOnce()]);
  return answer;
};
