import { z } from "zod";
import type { Control } from "../../runtime/control.ts";
import type { SwitchState } from "../../runtime/switch/switch.ts";
import { scopeText } from "../../runtime/switch/switch-text.ts";
import { defineCommand, type Invocation, type Outcome } from "../command.ts";
import { usageFailure } from "../failure.ts";
import { Address, ToolName, WorkflowName } from "../input/option-shapes.ts";
import { driveControl, readControl } from "../runs/open-control.ts";
import { whoActs } from "../runs/who-acts.ts";
import { safeText } from "../text/safe-text.ts";
import { renderTable } from "../text/table.ts";
import { formatInstant } from "../text/time-text.ts";

const WORDS = ["off", "on", "status"] as const;

export const switchCommand = defineCommand({
  name: "switch",
  aws: true,
  summary: "Switch the tools of running agents off, and on again",
  details:
    "Takes effect on the next tool call. Off without --tool takes every tool that changes something (write, send, delete), and reading goes on; off with --tool takes that tool, whatever it does. Without --workflow it holds for every workflow. Each flip is an audit entry.",
  arguments: [
    ["<what>", "tools"],
    ["<state>", "off, on or status"],
  ],
  options: [
    { flags: "--workflow <name>", description: "only in this workflow" },
    { flags: "--tool <name>", description: "only this tool" },
    { flags: "--reason <text>", description: "why; needed for off. People and agents are told" },
    {
      flags: "--as <address>",
      description: "who flips it (default: you, as this machine or AWS knows you)",
    },
  ],
  examples: [
    {
      command: 'espalier switch tools off --reason "wrong mails go out"',
      says: "nothing changes anything any more",
    },
    {
      command: "espalier switch tools on --workflow mailer --tool send --as you@example.com",
      says: "give one tool back",
    },
    { command: "espalier switch tools status", says: "what is off" },
  ],
  shape: {
    args: z.tuple([
      z.literal("tools", { error: "only tools can be switched" }),
      z.enum(WORDS, { error: "expected off, on or status" }),
    ]),
    options: z.object({
      workflow: WorkflowName.optional(),
      tool: ToolName.optional(),
      reason: z.string().max(4000, { error: "expected at most 4000 characters" }).optional(),
      as: Address.optional(),
    }),
  },
  async perform(invocation, [, word], { workflow = null, tool = null, reason = null, as }) {
    if (word === "status") {
      return readControl(
        invocation,
        async (control) => reportStates(invocation, await control.switches()),
        () => reportStates(invocation, []),
      );
    }
    if (word === "off" && !reason?.trim()) {
      throw usageFailure("--reason is missing", "People and agents are told why tools are off.");
    }
    const by = as ?? (await whoActs(invocation));
    return driveControl(invocation, async (control) => {
      const state = await control.flipSwitch({ workflow, tool, off: word === "off", by, reason });
      return reportFlip(invocation, control, state);
    });
  },
});

async function reportFlip(
  invocation: Invocation,
  control: Control,
  state: SwitchState,
): Promise<Outcome> {
  const { out } = invocation;
  const word = state.off ? out.color.red("Off") : out.color.green("On");
  out.line(`${word}, by ${safeText(state.by)}: ${safeText(scopeText(state))}`);
  if (state.workflow !== null) {
    await warnIfUnknown(invocation, control, state.workflow);
  }
  const others = (await control.switches()).filter(
    ({ off, entry }) => off && entry !== state.entry,
  );
  if (others.length > 0) {
    out.line(state.off ? "Off as well:" : "Still off:");
    out.lines(others.map((other) => `  ${safeText(scopeText(other))}`));
  }
  return { exitCode: 0, document: { switch: { ...state } } };
}

/** Flipped all the same: it may be deployed in a minute, and a switch must never be in the way. */
async function warnIfUnknown(
  { out }: Invocation,
  control: Control,
  workflow: string,
): Promise<void> {
  const known = await control.workflows();
  if (!known.some((each) => each.workflow === workflow)) {
    const names = known.map((each) => each.workflow).join(", ") || "none";
    out.warn(`no workflow "${workflow}" is deployed here (deployed: ${names})`);
  }
}

function reportStates({ out, suggest }: Invocation, states: readonly SwitchState[]): Outcome {
  const off = states.filter((state) => state.off);
  if (off.length === 0) {
    out.line("Nothing is off: agents may call their tools.");
  } else {
    out.lines(
      renderTable(
        [
          { title: "WORKFLOW" },
          { title: "TOOL" },
          { title: "SINCE" },
          { title: "BY" },
          { title: "REASON", shrink: true },
        ],
        off.map(({ workflow, tool, at, by, reason }) => [
          workflow === null ? "(every)" : safeText(workflow),
          tool === null ? "(changing)" : safeText(tool),
          formatInstant(at),
          safeText(by),
          safeText(reason ?? ""),
        ]),
        out.width,
      ),
    );
    out.line();
    out.line(`Back on: ${suggest("switch tools on [--workflow W] [--tool T]")}`);
  }
  return { exitCode: 0, document: { switches: states.map((state) => ({ ...state })) } };
}
