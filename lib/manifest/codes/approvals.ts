import { agentText, USES } from "./agent-example.ts";
import type { Code } from "./code.ts";

const STEPS = "- id: asked\n  approval: approvals/own.yaml\n";

/** A policy that is sound but for what is added. */
const own = (keys: string) => ({
  steps: STEPS,
  files: {
    "approvals/own.yaml": `approval: own\ntitle: May it?\napprovers: [ada@example.com]\n${keys}`,
  },
});

const HEAD = `apiVersion: espalier/v1
workflow: example
version: 1.0.0
owners: { business: a@example.com, platform: b@example.com, risk: c@example.com }
`;

const HOURS = 'hours: { mon: "09:00-17:00" }';

/** ESP51x: what approval policies say. */
export const APPROVAL_CODES = {
  ESP510: {
    title: "No time zone",
    explanation:
      "Business hours are kept in a time zone of the IANA database, so that they follow its clocks in summer and winter.",
    example: own(`deadline: 1d\nbusinessHours: { timeZone: Berlin, ${HOURS} }\n`),
  },
  ESP511: {
    title: "No business hours",
    explanation:
      "A day's hours are one span or several that do not overlap, such as `09:00-17:00`; an end before its beginning lies on the next day. At least one day has some.",
    example: own('deadline: 1d\nbusinessHours: { timeZone: UTC, hours: { mon: "9-17" } }\n'),
  },
  ESP512: {
    title: "No day of the calendar",
    explanation: "A holiday is a day that exists, written as year, month and day.",
    example: own(
      `deadline: 1d\nbusinessHours: { timeZone: UTC, ${HOURS}, holidays: [2026-02-30] }\n`,
    ),
  },
  ESP513: {
    title: "Reminder out of place",
    explanation:
      "A reminder comes a while before the deadline, and after the request: it is shorter than the deadline, and no two come at once. In business hours, a `d` is a business day.",
    example: own("deadline: 1d\nreminders: [2d]\n"),
  },
  ESP514: {
    title: "Level too short",
    explanation: "Whoever a request escalates to needs time to read a message: more than a minute.",
    example: own("deadline: 1d\nescalation: [{ approvers: [grace@example.com], within: 30s }]\n"),
  },
  ESP515: {
    title: "Key without its ground",
    explanation:
      "`afterHours` says what happens outside of `businessHours`, and `page` who is told then: each needs the other.",
    example: own("deadline: 1d\nafterHours: reject\n"),
  },
  ESP516: {
    title: "Quorum out of reach",
    explanation:
      "So many different people as `quorum` says cannot approve where a level names fewer. Addresses that differ only in case are one person's.",
    example: own("deadline: 1d\nquorum: 2\n"),
  },
  ESP517: {
    title: "Approver that the evidence does not have",
    explanation:
      "`{ from: path }` names whoever the step's `with` holds at that path. Where its shape is known and has no such field, nobody would be asked.",
    example: {
      steps: "- id: asked\n  approval: approvals/own.yaml\n  with: { owner: ada@example.com }\n",
      files: {
        "approvals/own.yaml":
          "approval: own\ntitle: May it?\napprovers: [{ from: request.owner }]\ndeadline: 1d\n",
      },
    },
  },
  ESP518: {
    title: "Edit of what is not proposed",
    explanation:
      "`edit` names fields of the proposal, which is `proposal` in the step's `with` (or `after`, beside `before`); of an agent, the arguments of the calls that it asks about. This field is in none.",
    example: own("deadline: 1d\nedit: [title]\n"),
  },
  ESP519: {
    title: "Approver that a model would choose",
    explanation:
      "What an agent asks about is a call that a model wrote: nothing in it may say who approves. Name addresses or a group.",
    example: {
      manifest: `${HEAD}${USES}steps:\n  - { id: found, agent: agents/finder.yaml, with: { question: Where } }\n`,
      files: {
        "agents/finder.yaml": agentText({
          tools: "{ files: [write_file] }",
          approve: "approve: { policy: approvals/own.yaml, tools: [write_file] }\n",
        }),
        "approvals/own.yaml":
          "approval: own\ntitle: May it?\napprovers: [{ from: arguments.owner }]\ndeadline: 1d\n",
      },
    },
  },
  ESP520: {
    title: "Sign-in without an issuer",
    explanation:
      "`signIn: required` lets only those decide who have signed in, and the environment names no issuer to sign in with (`notify.signIn`): nobody could decide there. An error where it would be deployed; on this machine, where a run can be begun all the same, a warning.",
    example: own("deadline: 1d\nsignIn: required\n"),
  },
} as const satisfies Record<string, Code>;
