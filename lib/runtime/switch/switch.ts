/**
 * The switch that takes tools out of running agents' hands, at their next tool call.
 *
 * | question               | where                                                           |
 * | ---------------------- | --------------------------------------------------------------- |
 * | what is off right now  | `switch#tools` / `all`, `workflow#W`, `tool#T`, `workflow#W#tool#T` |
 *
 * Off without a tool takes every tool with an effect beyond `read`; reading goes on. Off for a named
 * tool takes that tool, whatever it does. One item that is off suffices.
 */
import { appendAudit } from "../audit.ts";
import { type Effect, isEffectful } from "../effect.ts";
import type { Ports, RecordItem, RecordKey } from "../ports.ts";
import { updateRecord } from "../update-record.ts";
import { checkFlip } from "./check-flip.ts";

/** Which tools: all, those of a workflow, those of a name, or the one of that name in a workflow. */
export interface SwitchScope {
  readonly workflow: string | null;
  readonly tool: string | null;
}

export interface SwitchFlip extends SwitchScope {
  readonly off: boolean;
  /** Address of the person. */
  readonly by: string;
  /** Needed to switch off. */
  readonly reason: string | null;
}

export interface SwitchState extends SwitchFlip {
  /** ISO 8601. */
  readonly at: string;
  /** Number of the audit entry, in the stream `switch`. */
  readonly entry: number;
}

export const SWITCH_STREAM = "switch";

const PARTITION = "switch#tools";

/**
 * Switches tools off or on again. The audit entry comes first: there may be one of a flip that then
 * failed and was tried again, and never a flip without one. Of several at once the one with the last
 * entry stands. Throws `RequestError` `ReasonRequired`, `NameInvalid`, `InputInvalid`.
 */
export async function flipSwitch(
  flip: SwitchFlip,
  ports: Pick<Ports, "records" | "clock">,
): Promise<SwitchState> {
  const { workflow, tool, off, by, reason } = checkFlip(flip);
  const { number: entry, at } = await appendAudit(
    SWITCH_STREAM,
    { actor: by, event: off ? "tools.off" : "tools.on", data: { workflow, tool, reason } },
    ports,
  );
  const state: SwitchState = { workflow, tool, off, by, reason, at, entry };
  const { item } = await updateRecord(
    keyOf({ workflow, tool }),
    (standing) =>
      standing && stateOf(standing).entry > entry
        ? { keep: undefined }
        : { write: { data: { ...state } }, result: undefined },
    ports,
  );
  return item ? stateOf(item) : state;
}

/** Every switch that was ever flipped, as it stands: first all tools, then by workflow and tool. */
export async function switchStates({
  records,
}: Pick<Ports, "records">): Promise<readonly SwitchState[]> {
  const states: SwitchState[] = [];
  let after: string | undefined;
  do {
    const page = await records.query({
      partition: PARTITION,
      limit: 1000,
      ...(after !== undefined && { after }),
    });
    states.push(...page.items.map(stateOf));
    after = page.next;
  } while (after !== undefined);
  return states;
}

export interface ToolQuestion {
  readonly workflow: string;
  readonly tool: string;
  readonly effect: Effect;
}

/**
 * What keeps a tool from being called right now, or undefined. Asked before each call, with one
 * strongly consistent query and nothing remembered: a switch that was flipped before is seen.
 */
export async function findDisabling(
  { workflow, tool, effect }: ToolQuestion,
  ports: Pick<Ports, "records">,
): Promise<SwitchState | undefined> {
  const states = await switchStates(ports);
  return states.find(
    (state) =>
      state.off &&
      (state.workflow === null || state.workflow === workflow) &&
      (state.tool === null ? isEffectful(effect) : state.tool === tool),
  );
}

/** Names hold no `#`, so no two scopes share a key. */
function keyOf({ workflow, tool }: SwitchScope): RecordKey {
  const parts = [
    ...(workflow === null ? [] : ["workflow", workflow]),
    ...(tool === null ? [] : ["tool", tool]),
  ];
  return { partition: PARTITION, sort: parts.length === 0 ? "all" : parts.join("#") };
}

/** Only this file writes these items. */
function stateOf({ data }: RecordItem): SwitchState {
  return data as unknown as SwitchState;
}
