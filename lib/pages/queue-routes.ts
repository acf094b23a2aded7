/** `/queue` and the exports, for people who are signed in. */
import { type Context, Hono } from "hono";
import type { Approval } from "../runtime/approval/approval.ts";
import type { KeyRing } from "../runtime/approval/key-ring.ts";
import { linkPath } from "../runtime/approval/link.ts";
import { exportCsv, exportRow } from "./approval-export.ts";
import { html } from "./markup.ts";
import { messagePage, NO_SUCH_LINK } from "./message-page.ts";
import type { PageWorld } from "./page-world.ts";
import { queuePage } from "./queue-page.ts";
import { endSession, readEntry, type Session, sessionOf, setSession } from "./session.ts";
import { SignInRefused } from "./sign-in.ts";

export function queueRoutes(world: PageWorld): Hono {
  const app = new Hono();
  const isSecure = () => world.isSecure();

  app.get("/in/:entry", async (context) => {
    const place = { ring: await world.keys(), now: world.now(), isSecure: isSecure() };
    const session = readEntry(new URL(context.req.raw.url).pathname.slice("/in/".length), place);
    if (!session) return context.html(NO_SUCH_LINK, 404);
    setSession(context, session, place);
    return context.redirect("/queue", 303);
  });

  app.get("/queue", async (context) => {
    const { ring, session } = await whoIs(context, world);
    if (!session) return stranger(context, world);
    const open = await world.desk.queue(session.seesAll ? undefined : session.email);
    return context.html(
      queuePage({
        open,
        now: world.now(),
        who: session.email,
        linksFor: (approval) => linksFor(approval, session, ring, world.now()),
      }),
    );
  });

  app.get("/export.csv", async (context) => {
    const found = await exported(context, world);
    if (found instanceof Response) return found;
    return context.body(exportCsv(found), 200, {
      "content-type": "text/csv; charset=utf-8; header=present",
      "content-disposition": 'attachment; filename="approvals.csv"',
    });
  });
  app.get("/export.json", async (context) => {
    const found = await exported(context, world);
    if (found instanceof Response) return found;
    return context.body(`${JSON.stringify({ approvals: found.map(exportRow) }, null, 2)}\n`, 200, {
      "content-type": "application/json; charset=utf-8",
      "content-disposition": 'attachment; filename="approvals.json"',
    });
  });

  app.get("/sign-in", async (context) => {
    if (!world.signIn) return context.html(NO_SUCH_LINK, 404);
    const [origin] = world.origins();
    return world.signIn.begin(context, "/queue", {
      ring: await world.keys(),
      now: world.now(),
      origin,
    });
  });
  app.get("/signed-in", async (context) => {
    if (!world.signIn) return context.html(NO_SUCH_LINK, 404);
    const ring = await world.keys();
    const now = world.now();
    const [origin] = world.origins();
    try {
      const { email, subject, to } = await world.signIn.finish(context, { ring, now, origin });
      setSession(context, { email, subject, seesAll: false }, { ring, now, isSecure: isSecure() });
      return context.redirect(to, 303);
    } catch (error) {
      if (!(error instanceof SignInRefused)) throw error;
      world.onRefused?.({ what: "sign-in", why: causeText(error) });
      return context.html(messagePage("You are not signed in", error.message), 403);
    }
  });
  app.get("/sign-out", (context) => {
    endSession(context, { isSecure: isSecure() });
    return context.html(messagePage("Signed out", "You are signed out here."));
  });
  return app;
}

async function whoIs(context: Context, world: PageWorld) {
  const ring = await world.keys();
  const place = { ring, now: world.now(), isSecure: world.isSecure() };
  return { ring, session: sessionOf(context, place) };
}

function stranger(context: Context, { signIn }: PageWorld): Response | Promise<Response> {
  if (!signIn) return context.html(NO_SUCH_LINK, 404);
  const button = html`<p><a class="button" href="/sign-in">Sign in</a></p>`;
  return context.html(
    messagePage("Sign in to go on", "The queue is for people who are signed in.", button),
    401,
  );
}

async function exported(
  context: Context,
  world: PageWorld,
): Promise<readonly Approval[] | Response> {
  const { session } = await whoIs(context, world);
  if (!session) return stranger(context, world);
  const all = await world.desk.all();
  return session.seesAll ? all : all.filter((approval) => concerns(approval, session.email));
}

function concerns({ approvers, votes, delegations }: Approval, email: string): boolean {
  return (
    approvers.includes(email) ||
    votes.some(({ by }) => by === email) ||
    delegations.some(({ from, to }) => from === email || to === email)
  );
}

/** One's own link; whoever runs the runtime gets one for each approver, to see what they see. */
function linksFor(approval: Approval, { email, seesAll }: Session, ring: KeyRing, now: Date) {
  const names = seesAll ? approval.approvers.slice(0, 10) : [email];
  return names.map((name) => {
    const approver = name === "*" ? email : name;
    return { name: approver, path: linkPath(approval, approver, { ring, now }) };
  });
}

function causeText(error: SignInRefused): string {
  const { cause } = error;
  if (!(cause instanceof Error)) return error.message;
  return "code" in cause ? `${cause.name} ${String(cause.code)}` : cause.name;
}
