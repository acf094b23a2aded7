/** `/a/TOKEN`: GET shows, POST decides. */
import { type Context, Hono } from "hono";
import type { Approval } from "../runtime/approval/approval.ts";
import { evidenceJson } from "../runtime/approval/evidence.ts";
import { isSameMark } from "../runtime/approval/signed-text.ts";
import { RequestError, type RequestErrorCode } from "../runtime/errors.ts";
import { type Admitted, admit, countRefusal } from "./admit.ts";
import { approvalPage } from "./approval-page.ts";
import { formMark, hasLinkCookie, setLinkCookie } from "./csrf.ts";
import type { FormState } from "./decision-form.ts";
import { applyEdits, editFields } from "./edit-fields.ts";
import { FormRefused, readForm } from "./form-body.ts";
import { html } from "./markup.ts";
import { messagePage, NO_SUCH_LINK } from "./message-page.ts";
import { isForeign } from "./origin.ts";
import type { PageWorld } from "./page-world.ts";
import { type Session, sessionOf } from "./session.ts";

const FIELDS = new Set(["mark", "evidence", "action", "reason", "category", "to"]);
const isKnownField = (name: string) => FIELDS.has(name) || /^edit\.\d{1,2}$/.test(name);

export function approvalRoutes(world: PageWorld): Hono {
  const app = new Hono();
  app.get("/a/:token", (context) => show(context, world));
  app.post("/a/:token", (context) => take(context, world));
  app.get("/a/:token/evidence.json", (context) => download(context, world));
  app.get("/a/:token/sign-in", (context) => beginSignIn(context, world));
  return app;
}

async function show(context: Context, world: PageWorld): Promise<Response> {
  const admitted = await admit(context, world);
  if (admitted instanceof Response) return admitted;
  const identity = await identify(context, admitted, world);
  if (identity instanceof Response) return identity;
  // Programs that look at links in mails fetch them, too; none of them comes back with a cookie.
  const isBack = hasLinkCookie(context, admitted, { isSecure: world.isSecure() });
  if (context.req.raw.method === "GET") {
    const how = isBack || identity.session ? "person" : "fetched";
    // That it was looked at could not be recorded: no reason to keep anybody from deciding.
    await world.desk
      .opened(admitted.approval, admitted.link.approver, how)
      .catch((error: unknown) => world.onError?.(error));
  }
  return render(context, admitted, world);
}

async function download(context: Context, world: PageWorld): Promise<Response> {
  const admitted = await admit(context, world);
  if (admitted instanceof Response) return admitted;
  const identity = await identify(context, admitted, world);
  if (identity instanceof Response) return identity;
  const { id, evidence, evidenceDigest } = admitted.approval;
  const text = JSON.stringify({ approval: id, evidenceDigest, evidence: evidenceJson(evidence) });
  return context.body(text, 200, {
    "content-type": "application/json; charset=utf-8",
    "content-disposition": `attachment; filename="evidence-${id}.json"`,
  });
}

async function beginSignIn(context: Context, world: PageWorld): Promise<Response> {
  const admitted = await admit(context, world);
  if (admitted instanceof Response) return admitted;
  if (!world.signIn) return context.html(NO_SUCH_LINK, 404);
  const [origin] = world.origins();
  return world.signIn.begin(context, admitted.path, {
    ring: admitted.ring,
    now: world.now(),
    origin,
  });
}

async function take(context: Context, world: PageWorld): Promise<Response> {
  const admitted = await admit(context, world);
  if (admitted instanceof Response) return admitted;
  const answer = await taken(context, admitted, world);
  // What decides comes first: the run waits for it, and the browser can wait a moment longer.
  if (answer.status !== 303) await countRefusal(admitted, world);
  return answer;
}

async function taken(context: Context, admitted: Admitted, world: PageWorld): Promise<Response> {
  const typed = await formOf(context, admitted, world);
  if (typed instanceof Response) return typed;
  const identity = await identify(context, admitted, world);
  if (identity instanceof Response) return identity;
  try {
    const state = await act(admitted, typed, identity.session?.subject ?? null, world);
    if (state) return await render(context, admitted, world, { status: 422, form: state });
  } catch (error) {
    if (!(error instanceof RequestError)) throw error;
    return refused(context, admitted, world, { error, typed });
  }
  return context.redirect(admitted.path, 303);
}

/** What was posted, if the page of this link posted it. */
async function formOf(
  context: Context,
  admitted: Admitted,
  world: PageWorld,
): Promise<ReadonlyMap<string, string> | Response> {
  const refuse = (why: string, text: string, status: 400 | 403 | 415) => {
    world.onRefused?.({ what: "form", why, request: admitted.approval.id });
    const back = html`<p><a href="${admitted.path}">Open the request again</a></p>`;
    return context.html(messagePage("Nothing was decided", text, back), status);
  };
  if (isForeign(context, world.origins())) {
    return refuse("foreign", "This did not come from the page of the request.", 403);
  }
  let typed: ReadonlyMap<string, string>;
  try {
    typed = await readForm(context, isKnownField);
  } catch (error) {
    if (!(error instanceof FormRefused)) throw error;
    return refuse("form", error.message, error.status);
  }
  const isMarked = isSameMark(typed.get("mark") ?? "", formMark(admitted));
  if (isMarked && hasLinkCookie(context, admitted, { isSecure: world.isSecure() })) return typed;
  return refuse(
    isMarked ? "cookie" : "mark",
    "The form was open for too long, or the browser keeps no cookies for this page. Open the request again, and decide there.",
    403,
  );
}

/** Does what the form asks for; what it lacks otherwise. Throws the core's refusals. */
async function act(
  { approval, link }: Admitted,
  typed: ReadonlyMap<string, string>,
  signIn: string | null,
  { desk }: PageWorld,
): Promise<FormState | undefined> {
  const text = (name: string) => typed.get(name)?.replaceAll("\r\n", "\n").trim() || null;
  const reason = text("reason");
  const evidence = typed.get("evidence") ?? "";
  const vote = { by: link.approver, evidence, reason, category: text("category"), signIn };
  switch (typed.get("action")) {
    case "approve": {
      const fields = editFields(approval);
      // Fields of another proposal than the one that stands would be put into the wrong places.
      const isSame = evidence === approval.evidenceDigest;
      const { edited, problems } = isSame
        ? applyEdits(approval.evidence.proposal, fields, typed)
        : { edited: null, problems: new Map<string, string>() };
      if (problems.size > 0) {
        return { problem: "A field that you changed cannot be read.", typed, problems };
      }
      await desk.decide(approval.id, { ...vote, verdict: "approved", edited });
      return undefined;
    }
    case "reject": {
      await desk.decide(approval.id, { ...vote, verdict: "rejected", edited: null });
      return undefined;
    }
    case "delegate": {
      const to = text("to");
      if (to === null) return { problem: "Say to whom it is to go.", field: "to", typed };
      await desk.delegate(approval.id, { by: link.approver, to, reason });
      return undefined;
    }
    default:
      return { problem: "Choose: approve, or reject.", typed };
  }
}

const STATUS: { readonly [code in RequestErrorCode]?: 403 | 409 | 422 } = {
  ReasonRequired: 422,
  InputInvalid: 422,
  EditNotAllowed: 422,
  NameInvalid: 422,
  DelegationNotAllowed: 422,
  ApproverNotAllowed: 403,
  SignInRequired: 403,
};

/** The page as it stands now, with what was typed, and why that did not count. */
async function refused(
  context: Context,
  admitted: Admitted,
  world: PageWorld,
  { error, typed }: { readonly error: RequestError; readonly typed: ReadonlyMap<string, string> },
): Promise<Response> {
  const approval = await world.desk.approvalFor(admitted.approval.id, admitted.link.approver);
  const stale = error.code === "EvidenceStale";
  const problem = stale
    ? "What is to be decided has changed since you opened the page. Look at it again."
    : error.message;
  const field = error.code === "DelegationNotAllowed" ? "to" : fieldOf(error, typed);
  // What was typed over an older proposal is not put into the fields of the new one.
  const kept = new Map([...typed].filter(([name]) => !stale || !name.startsWith("edit.")));
  return render(context, { ...admitted, approval }, world, {
    status: STATUS[error.code] ?? 409,
    form: { problem, field, typed: kept },
  });
}

function fieldOf({ code, message }: RequestError, typed: ReadonlyMap<string, string>) {
  if (typed.get("action") === "delegate") return "to";
  if (code !== "ReasonRequired" && code !== "InputInvalid") return undefined;
  return message.includes("category") ? "category" : "reason";
}

function render(
  context: Context,
  { approval, link, key, path }: Admitted,
  world: PageWorld,
  {
    status = 200,
    form,
  }: { readonly status?: 200 | 403 | 409 | 422; readonly form?: FormState } = {},
): Response | Promise<Response> {
  const now = world.now();
  setLinkCookie(context, { link, key }, { path, isSecure: world.isSecure(), now });
  const mark = formMark({ link, key });
  return context.html(approvalPage({ approval, link, path, mark, now, form }), status);
}

/** Who is signed in, where the policy asks for it; else a page that says what to do. */
async function identify(
  context: Context,
  { approval, link, ring, path }: Admitted,
  world: PageWorld,
): Promise<{ readonly session: Session | undefined } | Response> {
  const session = sessionOf(context, { ring, now: world.now(), isSecure: world.isSecure() });
  const isSelf = session?.email === link.approver && session.subject !== null;
  if (!wantsSignIn(approval)) return { session: isSelf ? session : undefined };
  if (isSelf) return { session };
  return context.html(signInPage(path, session, world), session ? 403 : 401);
}

function wantsSignIn({ policy }: Approval): boolean {
  return policy.signIn === "required";
}

/** Before the sign-in, nothing of the request is shown: the mail may have been forwarded. */
function signInPage(path: string, session: Session | undefined, { signIn }: PageWorld) {
  if (!signIn) {
    return messagePage(
      "Signing in is not set up",
      "This request can be seen and decided only by somebody who is signed in, and no issuer is configured here. Whoever runs this can name one under `notify.signIn` of the environment.",
    );
  }
  const other = session?.subject
    ? "You are signed in as somebody whom this link was not sent to. "
    : "";
  return messagePage(
    "Sign in to go on",
    `${other}This request can be seen and decided only by the person whom the link was sent to.`,
    html`<p><a class="button" href="${path}/sign-in">Sign in</a></p>`,
  );
}
