/**
 * Deciding in Slack: `POST /slack/interactions`. Whoever presses a button is known by Slack's signature
 * and the environment's list of users; the rules are those of the page. A policy that wants a sign-in is
 * decided on the page alone.
 */
import { type Approval, normaliseAddress } from "../../runtime/approval/approval.ts";
import { NotifyFailed } from "../../runtime/approval/notifier.ts";
import { RequestError } from "../../runtime/errors.ts";
import type { JsonObject } from "../../runtime/json.ts";
import { addressOfUser, type SlackPeople } from "../../runtime/notify/notify-slack.ts";
import { callSlack, type SlackAccess } from "../../runtime/notify/slack-api.ts";
import { readButtonValue, SLACK_ACTIONS, slackEscaped } from "../../runtime/notify/slack-blocks.ts";
import type { Ports } from "../../runtime/ports.ts";
import type { Desk, PageDecision } from "../desk.ts";
import { type Pressed, readInteraction, type Submitted } from "./interaction.ts";
import {
  CATEGORY,
  type Filled,
  type Pending,
  REASON,
  readDialog,
  reasonDialog,
} from "./reason-dialog.ts";
import { type SlackFault, slackFault } from "./verify-request.ts";

export interface SlackWorld {
  readonly desk: Desk;
  readonly ports: Pick<Ports, "records" | "clock">;
  readonly people: SlackPeople;
  readonly access: SlackAccess;
  readonly signingSecret: () => Promise<string>;
  /** Where answers to messages may be posted. Default: Slack's own. */
  readonly answers?: string | undefined;
  /** Milliseconds until Slack is answered, whatever is still to be done; Slack waits for three seconds. */
  readonly patience?: number | undefined;
  /** Told of requests that are not Slack's. */
  readonly onRefused?: ((why: SlackFault) => void) | undefined;
  /** Told of what is our fault. */
  readonly onError?: ((error: unknown) => void) | undefined;
}

const PATIENCE_MS = 2500;
const ANSWERS = "https://hooks.slack.com/";
const ANSWER_MS = 2000;

export function slackInteractions(world: SlackWorld): (request: Request) => Promise<Response> {
  return async (request) => {
    const body = await request.text();
    const secret = await world.signingSecret();
    const fault = await slackFault({ headers: request.headers, body }, secret, world.ports);
    if (fault !== undefined) {
      world.onRefused?.(fault);
      return new Response(null, { status: 401 });
    }
    const interaction = readInteraction(body);
    if (!interaction) return new Response(null, { status: 400 });
    const isPressed = interaction.type === "block_actions";
    // Once Slack was answered, what goes wrong is told where the button was pressed.
    let isLate = false;
    const work = isPressed
      ? pressed(interaction, world)
      : submitted(interaction, world, () => isLate);
    const guarded = work.catch((error: unknown) => {
      world.onError?.(error);
      return new Response(null, { status: 500 });
    });
    let timer: ReturnType<typeof setTimeout> | undefined;
    const late = new Promise<Response>((resolve) => {
      timer = setTimeout(() => {
        isLate = true;
        resolve(done());
      }, world.patience ?? PATIENCE_MS);
    });
    return Promise.race([guarded, late]).finally(() => clearTimeout(timer));
  };
}

async function pressed(interaction: Pressed, world: SlackWorld): Promise<Response> {
  const { user, actions, trigger_id, response_url: answer = "" } = interaction;
  const { action_id: action, value = "" } = actions[0] ?? { action_id: "" };
  if (action === SLACK_ACTIONS.open) return done();
  const verdict = verdictOf(action);
  const about = readButtonValue(value);
  if (!verdict || !about) return new Response(null, { status: 400 });
  const by = addressOfUser(world.people, user.id);
  if (by === undefined) {
    await say(answer, "Your Slack user belongs to no approver here.", world);
    return done();
  }
  const pending: Pending = { ...about, verdict, answer };
  try {
    const approval = await world.desk.approvalFor(about.id, by);
    if (verdict === "rejected" || approval.policy.reasons.approve === "required") {
      refuseStrangers(approval, by);
      const view = reasonDialog(approval, pending);
      await callSlack("views.open", { trigger_id, view }, world.access);
    } else {
      await decide({ pending, reason: null, category: null }, approval, by, world);
    }
  } catch (error) {
    await say(answer, problemOf(error, world), world);
  }
  return done();
}

async function submitted(
  interaction: Submitted,
  world: SlackWorld,
  isLate: () => boolean,
): Promise<Response> {
  const filled = readDialog(interaction);
  if (!filled) return new Response(null, { status: 400 });
  const by = addressOfUser(world.people, interaction.user.id);
  try {
    if (by === undefined) {
      throw new RequestError("NameInvalid", "Your Slack user belongs to no approver here.");
    }
    const approval = await world.desk.approvalFor(filled.pending.id, by);
    await decide(filled, approval, by, world);
    return done();
  } catch (error) {
    const problem = problemOf(error, world);
    if (isLate()) await say(filled.pending.answer, problem, world);
    const isCategory = error instanceof RequestError && error.message.includes("category");
    const hasCategories = CATEGORY in interaction.view.state.values;
    const block = isCategory && hasCategories ? CATEGORY : REASON;
    return Response.json({ response_action: "errors", errors: { [block]: problem } });
  }
}

async function decide(
  { pending, reason, category }: Filled,
  { policy }: Approval,
  by: string,
  world: SlackWorld,
): Promise<void> {
  const { id, verdict, evidence, answer } = pending;
  const chosen = category === null ? null : (policy.reasons.categories[Number(category)] ?? null);
  const decision: PageDecision = {
    verdict,
    by,
    evidence,
    reason,
    category: chosen,
    edited: null,
    signIn: null,
  };
  const { status, quorum, votes } = await world.desk.decide(id, decision);
  if (status !== "open") return;
  const left = quorum - votes.length;
  await say(
    answer,
    `Your approval counts. ${left} more ${left === 1 ? "is" : "are"} needed.`,
    world,
  );
}

/** Before a dialog asks them for a reason; the core refuses them in any case. */
function refuseStrangers({ approvers }: Approval, by: string): void {
  if (approvers.includes("*") || approvers.includes(normaliseAddress(by))) return;
  throw new RequestError("ApproverNotAllowed", "You are not asked about this.");
}

function verdictOf(action: string): "approved" | "rejected" | undefined {
  if (action === SLACK_ACTIONS.approve) return "approved";
  return action === SLACK_ACTIONS.reject ? "rejected" : undefined;
}

function problemOf(error: unknown, { onError }: SlackWorld): string {
  if (error instanceof RequestError) {
    return error.code === "EvidenceStale"
      ? "What is to be decided has changed since this message was sent. Open the request, and look at it again."
      : error.message;
  }
  onError?.(error);
  if (error instanceof NotifyFailed)
    return "Slack did not open the dialog. Try again, or open the request.";
  return "That did not work, and it is our fault. Try again, or open the request.";
}

/** A line under the message that only this person sees. */
async function say(
  answer: string,
  text: string,
  { answers = ANSWERS, onError }: SlackWorld,
): Promise<void> {
  // It was signed by Slack; all the same, nothing else is ever called.
  if (!answer.startsWith(answers)) return;
  const body: JsonObject = {
    response_type: "ephemeral",
    replace_original: false,
    text: slackEscaped(text, 3000),
  };
  await fetch(answer, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(body),
    redirect: "error",
    signal: AbortSignal.timeout(ANSWER_MS),
  }).then(
    (response) => response.body?.cancel(),
    (error: unknown) => onError?.(error),
  );
}

/** Nothing more to say: closes a dialog, leaves a message as it is. */
function done(): Response {
  return new Response(null, { status: 200 });
}
