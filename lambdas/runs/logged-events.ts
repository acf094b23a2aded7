/**
 * What CloudWatch Logs hands over of an express workflow's log: beginnings and ends of executions.
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/SubscriptionFilters.html
 */
import { gunzipSync } from "node:zlib";
import * as z from "zod";
import { loggedEvent } from "../../lib/aws/express/log-event.ts";
import { type ExpressWorld, recordLogged } from "../../lib/aws/express/record-run.ts";
import { machineName } from "../../lib/runtime/deployed.ts";
import { expressExecution } from "../../lib/runtime/express.ts";
import { isLastEvent } from "../../lib/runtime/run-snapshot.ts";

export const LogDelivery = z.object({ awslogs: z.object({ data: z.string() }) });
export type LogDelivery = z.infer<typeof LogDelivery>;

const Delivered = z.object({
  messageType: z.string(),
  logEvents: z.array(z.object({ message: z.string() })).default([]),
});

/** Runs that are looked at at the same time: the log is searched for each. */
const AT_ONCE = 4;

interface News {
  readonly execution: string;
  readonly at: Date;
  readonly ended: boolean;
}

/** Takes up all that it can; throws an `AggregateError` if something is left, for Lambda to try again. */
export async function recordDelivery(delivery: LogDelivery, world: ExpressWorld): Promise<void> {
  const news = [...newsIn(delivery, machineName(world.environment, "")).values()];
  const failures: unknown[] = [];
  for (let from = 0; from < news.length; from += AT_ONCE) {
    const part = news.slice(from, from + AT_ONCE).map((one) => recordLogged(one, world));
    for (const result of await Promise.allSettled(part)) {
      if (result.status === "rejected") failures.push(result.reason);
    }
  }
  if (failures.length === 0) return;
  const [first] = failures;
  const said = first instanceof Error ? first.message : String(first);
  throw new AggregateError(failures, `${failures.length} of ${news.length} runs: ${said}`);
}

/** One item for each execution: its end says more than its beginning. */
function newsIn({ awslogs }: LogDelivery, prefix: string): ReadonlyMap<string, News> {
  const text = gunzipSync(Buffer.from(awslogs.data, "base64")).toString();
  const { messageType, logEvents } = Delivered.parse(JSON.parse(text));
  const news = new Map<string, News>();
  // A control message only asks whether somebody is there.
  if (messageType !== "DATA_MESSAGE") return news;
  for (const { message } of logEvents) {
    const logged = loggedEvent(message);
    if (!logged || !expressExecution(logged.execution)?.machine.startsWith(prefix)) continue;
    const ended = isLastEvent(logged.event.type);
    if (!ended && (logged.event.type !== "ExecutionStarted" || news.has(logged.execution)))
      continue;
    news.set(logged.execution, { execution: logged.execution, at: new Date(logged.at), ended });
  }
  return news;
}
