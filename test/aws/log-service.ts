/**
 * A test's stand-in for CloudWatch Logs: what an express machine writes, FilterLogEvents on it, and
 * what a subscription filter hands over.
 */
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { gzipSync } from "node:zlib";
import type { HistoryEvent } from "../../lib/engine/index.ts";

interface Line {
  readonly group: string;
  readonly timestamp: number;
  readonly message: string;
}

interface FilterRequest {
  readonly logGroupName: string;
  readonly filterPattern: string;
  readonly startTime: number;
  readonly endTime: number;
  readonly nextToken?: string;
}

export interface LogService {
  readonly url: string;
  /** What there is, in the order in which it came. */
  readonly lines: Line[];
  /** Numbers of requests that find nothing yet, as a log that lags. */
  lag: number;
  close(): Promise<void>;
}

export async function startLogs(): Promise<LogService> {
  const service = { lines: [] as Line[], lag: 0 };
  const filter = (request: FilterRequest): [number, object] => {
    const { logGroupName, filterPattern, startTime, endTime, nextToken = "0" } = request;
    const groups = new Set(service.lines.map(({ group }) => group));
    if (!groups.has(logGroupName)) return [400, { __type: "ResourceNotFoundException" }];
    if (service.lag > 0) {
      service.lag -= 1;
      return [200, { events: [] }];
    }
    const wanted = /^\{ \$\.execution_arn = "([^"]+)" \}$/.exec(filterPattern)?.[1];
    if (wanted === undefined) return [400, { __type: "InvalidParameterException" }];
    const found = service.lines.filter(({ group, timestamp, message }) => {
      const { execution_arn: arn } = JSON.parse(message) as { execution_arn: string };
      const fits = wanted.endsWith("*") ? arn.startsWith(wanted.slice(0, -1)) : arn === wanted;
      return fits && group === logGroupName && timestamp >= startTime && timestamp <= endTime;
    });
    // Three a page, newest first, and an empty page at the end: no order is promised.
    const at = Number(nextToken);
    const events = [...found].reverse().slice(at, at + 3);
    return [200, { events, ...(events.length > 0 && { nextToken: String(at + 3) }) }];
  };
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      const isFilter = String(request.headers["x-amz-target"]).endsWith(".FilterLogEvents");
      const body = Buffer.concat(chunks).toString();
      const [status, answer] = isFilter
        ? filter(JSON.parse(body) as FilterRequest)
        : [400, { __type: "UnknownOperationException" }];
      response.writeHead(status, { "content-type": "application/x-amz-json-1.1" });
      response.end(JSON.stringify(answer));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return Object.assign(service, {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  });
}

/** An event of an execution as Step Functions logs it. */
export function logLine(executionArn: string, event: HistoryEvent): Line {
  const machine = executionArn.split(":")[6];
  const details = Object.entries(event).find(([name]) => name.endsWith("EventDetails"))?.[1];
  const message = {
    id: String(event.id),
    type: event.type,
    details: details ?? {},
    previous_event_id: String(event.previousEventId ?? 0),
    event_timestamp: String(event.timestamp.getTime()),
    execution_arn: executionArn,
    redrive_count: "0",
  };
  return {
    group: `/aws/vendedlogs/states/${machine}`,
    timestamp: event.timestamp.getTime(),
    message: JSON.stringify(message),
  };
}

/** What a function gets of a subscription filter: https://docs.aws.amazon.com/lambda/latest/dg/services-cloudwatchlogs.html */
export function delivery(lines: readonly Line[], messageType = "DATA_MESSAGE"): object {
  const content = {
    messageType,
    owner: "000000000000",
    logGroup: lines[0]?.group ?? "",
    logStream: "states/machine/2026-11-21-09-00/00000000",
    subscriptionFilters: ["runs"],
    logEvents: lines.map(({ timestamp, message }, index) => ({
      id: String(index),
      timestamp,
      message,
    })),
  };
  return { awslogs: { data: gzipSync(JSON.stringify(content)).toString("base64") } };
}
