/** The pages of approvals at the address of a local runtime. Loaded when the first of them is asked for. */
import type { HttpBindings } from "@hono/node-server";
import type { Context, Hono, MiddlewareHandler } from "hono";
import type { Origins, SignInSettings } from "../../pages/index.ts";
import type { DecisionPorts } from "../../runtime/approval/decide.ts";
import type { NotifySettings } from "../../runtime/notify/notify-settings.ts";
import { localSecret } from "../outbox/local-secret.ts";
import type { Outbox } from "../outbox/outbox.ts";
import { readLinkKeys } from "./link-keys.ts";

export interface PagesOptions {
  readonly directory: string;
  readonly ports: DecisionPorts;
  readonly outbox: Outbox;
  /** Of local.yaml. */
  readonly signIn: NotifySettings["signIn"];
  readonly onError: (error: unknown) => void;
}

/** Everything else at the address is for programs, and refuses browsers (`guard.ts`). */
const PATHS = /^\/(a\/|in\/|assets\/|queue$|outbox(\/|$)|export\.|sign-in$|sign-out$|signed-in$)/;

/** Answers what browsers ask for; `port` is known once the server listens. */
export function servePages(options: PagesOptions, port: () => number): MiddlewareHandler {
  let app: Promise<Hono> | undefined;
  return async (context, next) => {
    if (!PATHS.test(context.req.path)) return next();
    app ??= openPages(options, port);
    // Not kept: what was in the way may be gone the next time.
    app.catch(() => {
      app = undefined;
    });
    return (await app).fetch(context.req.raw, context.env);
  };
}

async function openPages(
  { directory, ports, outbox, signIn, onError }: PagesOptions,
  port: () => number,
): Promise<Hono> {
  const [{ Hono }, { approvalPages }, { outboxPages }, { deskOnPorts }, ring] = await Promise.all([
    import("hono"),
    import("../../pages/index.ts"),
    import("../../pages/outbox/outbox-pages.ts"),
    import("../../pages/desk-on-ports.ts"),
    readLinkKeys(directory),
  ]);
  const origins = () => originsOf(port());
  const keys = async () => ring;
  const app = new Hono();
  const messages = outboxPages({
    list: () => outbox.list(origins()[0]),
    read: (id) => outbox.read(id, origins()[0]),
    keys,
    origins,
    now: () => ports.clock.now(),
  });
  app.route("/", messages);
  const pages = approvalPages({
    desk: deskOnPorts(ports),
    ports,
    keys,
    origins,
    clientOf,
    signIn: signIn && signInHere(signIn),
    onError,
  });
  app.route("/", pages);
  // What a sub-app would answer to what it does not know is lost in another app.
  app.notFound((context) => pages.fetch(context.req.raw, context.env));
  app.onError((error, context) => {
    onError(error);
    return context.text("Something went wrong.", 500);
  });
  return app;
}

function signInHere({
  clientSecret,
  ...settings
}: NonNullable<NotifySettings["signIn"]>): SignInSettings {
  return { ...settings, ...(clientSecret && { clientSecret: () => localSecret(clientSecret) }) };
}

function originsOf(port: number): Origins {
  return [`http://127.0.0.1:${port}`, `http://localhost:${port}`, `http://[::1]:${port}`];
}

function clientOf(context: Context<{ Bindings: Partial<HttpBindings> }>): string {
  return context.env.incoming?.socket.remoteAddress ?? "unknown";
}
