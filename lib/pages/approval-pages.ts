/**
 * The pages of approvals as one app that knows no platform: `dev` serves it on this machine, a function
 * behind an HTTP API in the cloud. Everything is rendered here; no script runs in the browser.
 */
import { type Context, Hono } from "hono";
import { bodyLimit } from "hono/body-limit";
import { approvalRoutes } from "./approval-routes.ts";
import { MAX_FORM_BYTES } from "./form-body.ts";
import { securityHeaders } from "./headers.ts";
import { BROKEN, messagePage, NO_SUCH_LINK } from "./message-page.ts";
import { isOwnHost } from "./origin.ts";
import type { ApprovalPagesOptions, PageWorld } from "./page-world.ts";
import { queueRoutes } from "./queue-routes.ts";
import { SignIn } from "./sign-in.ts";
import { STYLE, STYLE_PATH } from "./style.ts";

export type { ApprovalPagesOptions, Refused } from "./page-world.ts";

/** Slack's interactions carry the message that they belong to. */
const MAX_SLACK_BYTES = 1024 * 1024;

const METHODS: readonly (readonly [path: string, allow: string])[] = [
  ["/a/:token", "GET, HEAD, POST"],
  ["/a/:token/evidence.json", "GET, HEAD"],
  ["/a/:token/sign-in", "GET, HEAD"],
  ["/in/:entry", "GET, HEAD"],
  ["/queue", "GET, HEAD"],
  ["/export.csv", "GET, HEAD"],
  ["/export.json", "GET, HEAD"],
];

export function approvalPages(options: ApprovalPagesOptions): Hono {
  const world = worldOf(options);
  const app = new Hono();
  app.use((context, next) => securityHeaders({ isSecure: world.isSecure() })(context, next));
  app.use(async (context, next) =>
    isOwnHost(context, world.origins()) ? next() : noSuchLink(context),
  );

  app.get(STYLE_PATH, (context) =>
    context.body(STYLE, 200, {
      "content-type": "text/css; charset=utf-8",
      "cache-control": "public, max-age=31536000, immutable",
    }),
  );
  app.get("/robots.txt", (context) => context.text("User-agent: *\nDisallow: /\n"));
  const { slack } = world;
  if (slack) {
    app.post("/slack/interactions", limit(MAX_SLACK_BYTES), (context) => slack(context.req.raw));
  }
  app.use("/a/*", limit(MAX_FORM_BYTES));
  app.route("/", approvalRoutes(world));
  app.route("/", queueRoutes(world));
  for (const [path, allow] of METHODS) {
    app.all(path, (context) =>
      ["GET", "HEAD"].includes(context.req.method)
        ? noSuchLink(context)
        : context.html(NO_SUCH_LINK, 405, { allow }),
    );
  }
  app.notFound(noSuchLink);
  app.onError((error, context) => {
    world.onError?.(error);
    return context.html(BROKEN, 500);
  });
  return app;
}

function worldOf(options: ApprovalPagesOptions): PageWorld {
  const { origins, signIn, ports } = options;
  const originsOf = typeof origins === "function" ? origins : () => origins;
  return {
    ...options,
    origins: originsOf,
    isSecure: () => originsOf()[0].startsWith("https:"),
    signIn: signIn && new SignIn(signIn),
    now: () => ports.clock.now(),
  };
}

function noSuchLink(context: Context): Response | Promise<Response> {
  return context.html(NO_SUCH_LINK, 404);
}

function limit(maxSize: number) {
  return bodyLimit({
    maxSize,
    onError: (context) =>
      context.html(
        messagePage("Too large", "That was more than the page takes. Nothing was decided."),
        413,
      ),
  });
}
