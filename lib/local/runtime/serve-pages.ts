/** The pages of approvals at the address of a local runtime. Loaded when the first of them is asked for. */
import type { HttpBindings } from "@hono/node-server";
import type { Context, Hono, MiddlewareHandler } from "hono";
import type { Origins } from "../../pages/index.ts";
import type { Ports } from "../../runtime/ports.ts";
import { readLinkKeys } from "./link-keys.ts";

export interface PagesOptions {
  readonly directory: string;
  readonly ports: Ports;
  readonly onError: (error: unknown) => void;
}

/** Everything else at the address is for programs, and refuses browsers (`guard.ts`). */
const PATHS = /^\/(a\/|in\/|assets\/|queue$|export\.|sign-in$|sign-out$|signed-in$)/;

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
  { directory, ports, onError }: PagesOptions,
  port: () => number,
): Promise<Hono> {
  const [{ approvalPages }, { deskOnPorts }, ring] = await Promise.all([
    import("../../pages/index.ts"),
    import("../../pages/desk-on-ports.ts"),
    readLinkKeys(directory),
  ]);
  return approvalPages({
    desk: deskOnPorts(ports),
    ports,
    keys: async () => ring,
    origins: () => originsOf(port()),
    clientOf,
    onError,
  });
}

function originsOf(port: number): Origins {
  return [`http://127.0.0.1:${port}`, `http://localhost:${port}`, `http://[::1]:${port}`];
}

function clientOf(context: Context<{ Bindings: Partial<HttpBindings> }>): string {
  return context.env.incoming?.socket.remoteAddress ?? "unknown";
}
