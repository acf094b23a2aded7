/** What the kit's own functions have in common: the call of a step, ports, log, and a time limit. */
import type { StepCall } from "../../../runtime/call.ts";
import type { StepPorts } from "../../../runtime/invoke-step.ts";
import { type KitCallOptions, type KitCallWorld, withKitCall } from "../../../runtime/kit-call.ts";
import { openPorts, systemClock } from "../../ports/index.ts";
import type { WorkerStart } from "../protocol.ts";
import { type Handler, writeLine } from "../worker-loop.ts";

export interface KitWorld extends KitCallWorld {
  readonly ports: StepPorts;
  readonly deadline: Date;
  /** Names this invocation. */
  readonly holder: string;
  /** Knows of other invocations that they are over. */
  readonly isGone: (holder: string) => boolean;
}

/**
 * `input`: the schema of what a call carries; fields that it classes are masked in the log.
 * `hasEffect`: whether the function may change the world.
 */
export function kitHandler<Call extends StepCall>(
  { ports: folder, logLevel }: WorkerStart,
  perform: (call: Call, world: KitWorld) => Promise<unknown>,
  { input = true, hasEffect = false }: Pick<KitCallOptions, "input" | "hasEffect"> = {},
): Handler {
  const ports: StepPorts = { ...openPorts(folder), clock: systemClock };
  return ({ payload, id: holder, deadline: endsAt, alive }) => {
    const deadline = new Date(endsAt);
    const isGone = (other: string) => !alive.includes(other);
    const { artifacts } = ports;
    const options = {
      ...{ deadline, writeLine, clock: systemClock, artifacts, logLevel, input, hasEffect },
    };
    return withKitCall<Call, unknown>(payload, options, (call, around) =>
      perform(call, { ...around, ports, deadline, holder, isGone }),
    );
  };
}
