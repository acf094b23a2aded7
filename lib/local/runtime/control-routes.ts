/** `Control` as HTTP routes; `HttpControl` is the other end. */
import { Hono } from "hono";
import { z } from "zod";
import type { Control, RunEvent } from "../../runtime/control.ts";
import { RequestError } from "../../runtime/errors.ts";
import { RUN_STATUSES } from "../../runtime/runs.ts";
import type { Deployment } from "./deployment.ts";
import { DeploymentDocument, deploymentFrom } from "./deployment-document.ts";
import { errorDocument, HEARTBEAT_MS, JsonValue, statusOf } from "./wire.ts";

/** A control that also takes bundles, as the local runtime does. */
export interface DeployableControl extends Control {
  deploy(deployment: Deployment): Promise<void>;
}

const StartRunBody = z.object({
  workflow: z.string(),
  input: JsonValue,
  principal: z.string(),
  customer: z.string().optional(),
  name: z.string().optional(),
});
const RunsQuery = z.object({
  workflow: z.string().optional(),
  status: z.enum(RUN_STATUSES).optional(),
  limit: z.coerce.number().int().min(1).max(1000).optional(),
});
const HistoryQuery = z.object({
  after: z.coerce.number().int().min(0).default(0),
  follow: z.enum(["0", "1"]).default("0"),
});
const ApprovalsQuery = z.object({
  status: z.enum(["open", "approved", "rejected", "expired", "cancelled"]).optional(),
  run: z.string().optional(),
  workflow: z.string().optional(),
  approver: z.string().optional(),
  level: z.coerce.number().int().min(1).optional(),
  overdue: z
    .enum(["true", "false"])
    .transform((text) => text === "true")
    .optional(),
});
const DelegationBody = z.object({
  by: z.string(),
  to: z.string(),
  reason: z.string().optional(),
});
const RevocationBody = z.object({
  by: z.string(),
  approver: z.string().optional(),
  reason: z.string().optional(),
});
const PeriodQuery = z.object({ from: z.string().optional(), to: z.string().optional() });
const RepairBody = z.object({
  step: z.string().optional(),
  iteration: z.string().optional(),
  input: JsonValue.optional(),
  reason: z.string(),
  by: z.string(),
});
const StopBody = z.object({ reason: z.string() });
const DecisionBody = z.object({
  verdict: z.enum(["approved", "rejected"]),
  by: z.string(),
  reason: z.string().optional(),
  category: z.string().optional(),
  edited: JsonValue.optional(),
  evidence: z.string().optional(),
});
const FlipBody = z.object({
  workflow: z.string().nullable(),
  tool: z.string().nullable(),
  off: z.boolean(),
  by: z.string(),
  reason: z.string().nullable(),
});

export function controlRoutes(control: DeployableControl): Hono {
  const app = new Hono();
  app.onError((error, context) => {
    if (error instanceof RequestError)
      return context.json(errorDocument(error), statusOf(error.code));
    if (error instanceof z.ZodError) {
      return context.json({ code: "RequestInvalid", message: z.prettifyError(error) }, 400);
    }
    return context.json(errorDocument(error), 500);
  });

  app.get("/runtime", (context) => context.json({ pid: process.pid }));
  app.get("/workflows", async (context) => context.json(await control.workflows()));
  app.post("/deployments", async (context) => {
    const body = DeploymentDocument.parse(await json(context.req.raw));
    await control.deploy(deploymentFrom(body));
    return context.json({}, 201);
  });

  app.get("/runs", async (context) =>
    context.json(await control.runs(defined(RunsQuery.parse(context.req.query())))),
  );
  app.post("/runs", async (context) => {
    const request = StartRunBody.parse(await json(context.req.raw));
    return context.json(await control.startRun(defined(request)), 201);
  });
  app.get("/runs/:id", async (context) => context.json(await control.run(context.req.param("id"))));
  app.get("/runs/:id/history", async (context) => {
    const { after, follow } = HistoryQuery.parse(context.req.query());
    const id = context.req.param("id");
    // Asked first, so that an unknown run is a 404 and no broken stream. The first event may take
    // days, which is longer than a client waits for headers.
    await control.run(id);
    const stop = new AbortController();
    const events = control.history(id, { after, follow: follow === "1", signal: stop.signal });
    return context.body(historyStream(events[Symbol.asyncIterator](), stop), 200, {
      "content-type": "application/x-ndjson",
    });
  });
  app.get("/runs/:id/journals", async (context) =>
    context.json(await control.journals(context.req.param("id"))),
  );
  app.post("/runs/:id/stop", async (context) => {
    const { reason } = StopBody.parse(await json(context.req.raw));
    await control.stopRun(context.req.param("id"), reason);
    return context.json({});
  });
  app.post("/runs/:id/redrive", async (context) => {
    await control.redriveRun(context.req.param("id"));
    return context.json({});
  });
  app.post("/runs/:id/repair", async (context) => {
    const repair = RepairBody.parse(await json(context.req.raw));
    const run = context.req.param("id");
    return context.json(await control.repairRun({ ...defined(repair), run }));
  });

  app.get("/approvals", async (context) =>
    context.json(await control.approvals(defined(ApprovalsQuery.parse(context.req.query())))),
  );
  app.get("/approvals/:id", async (context) =>
    context.json(await control.approval(context.req.param("id"))),
  );
  app.post("/approvals/:id/decision", async (context) => {
    const decision = DecisionBody.parse(await json(context.req.raw));
    return context.json(await control.decide(context.req.param("id"), defined(decision)));
  });

  app.post("/approvals/:id/delegation", async (context) => {
    const delegation = DelegationBody.parse(await json(context.req.raw));
    return context.json(await control.delegate(context.req.param("id"), defined(delegation)));
  });
  app.post("/approvals/:id/revocation", async (context) => {
    const revocation = RevocationBody.parse(await json(context.req.raw));
    return context.json(await control.revokeLinks(context.req.param("id"), revocation));
  });
  app.get("/approval-stats", async (context) =>
    context.json(await control.approvalStats(defined(PeriodQuery.parse(context.req.query())))),
  );
  app.get("/runs/:id/audit", async (context) =>
    context.json(await control.audit(context.req.param("id"))),
  );
  app.get("/audit", async (context) =>
    context.json(await control.verifyAudit(context.req.query("run"))),
  );

  app.get("/switches", async (context) => context.json(await control.switches()));
  app.post("/switches", async (context) => {
    const flip = FlipBody.parse(await json(context.req.raw));
    return context.json(await control.flipSwitch(flip));
  });

  app.post("/artifacts", async (context) => {
    const name = context.req.header("x-artifact-name");
    const body = context.req.raw.body;
    const ref = await control.putArtifact(body ? chunks(body) : new Uint8Array(), {
      mediaType: context.req.header("content-type") ?? "application/octet-stream",
      ...(name !== undefined && { name: decodeURIComponent(name) }),
    });
    return context.json(ref, 201);
  });
  app.get("/artifacts/:digest", async (context) => {
    const iterator = control.openArtifact(context.req.param("digest"))[Symbol.asyncIterator]();
    const first = await iterator.next();
    return context.body(byteStream(first, iterator), 200, {
      "content-type": "application/octet-stream",
    });
  });
  return app;
}

async function json(request: Request): Promise<unknown> {
  try {
    return await request.json();
  } catch {
    throw new RequestError("InputInvalid", "The body of the request is not JSON.");
  }
}

async function* chunks(body: ReadableStream<Uint8Array>): AsyncGenerator<Uint8Array> {
  const reader = body.getReader();
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      yield value;
    }
  } finally {
    await reader.cancel();
  }
}

function byteStream(
  first: IteratorResult<Uint8Array>,
  rest: AsyncIterator<Uint8Array>,
): ReadableStream<Uint8Array> {
  let next: IteratorResult<Uint8Array> | undefined = first;
  return new ReadableStream({
    async pull(controller) {
      const result: IteratorResult<Uint8Array> = next ?? (await rest.next());
      next = undefined;
      if (result.done) controller.close();
      else controller.enqueue(result.value);
    },
    async cancel() {
      await rest.return?.();
    },
  });
}

/** One event a line; an error that ends the history early is the last line, `{"error": …}`. */
function historyStream(
  events: AsyncIterator<RunEvent>,
  stop: AbortController,
): ReadableStream<Uint8Array> {
  const encoder = new TextEncoder();
  let beat: NodeJS.Timeout | undefined;
  return new ReadableStream({
    start(controller) {
      // Headers go out with the first bytes.
      controller.enqueue(encoder.encode("\n"));
      beat = setInterval(() => controller.enqueue(encoder.encode("\n")), HEARTBEAT_MS);
    },
    async pull(controller) {
      try {
        const result = await events.next();
        if (!result.done) {
          controller.enqueue(encoder.encode(`${JSON.stringify(result.value)}\n`));
          return;
        }
      } catch (error) {
        controller.enqueue(encoder.encode(`${JSON.stringify({ error: errorDocument(error) })}\n`));
      }
      clearInterval(beat);
      controller.close();
    },
    async cancel() {
      clearInterval(beat);
      stop.abort();
      await events.return?.();
    },
  });
}

/** `exactOptionalPropertyTypes` tells "absent" from "undefined", and zod does not. */
function defined<T extends object>(value: T): { [K in keyof T]: Exclude<T[K], undefined> } {
  const entries = Object.entries(value).filter(([, field]) => field !== undefined);
  return Object.fromEntries(entries) as { [K in keyof T]: Exclude<T[K], undefined> };
}
