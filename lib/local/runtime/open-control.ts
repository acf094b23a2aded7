import { setTimeout as sleep } from "node:timers/promises";
import type { Control } from "../../runtime/control.ts";
import { RequestError } from "../../runtime/errors.ts";
import type { Deployment } from "./deployment.ts";
import { connectControl } from "./http-control.ts";
import { LocalRuntime } from "./local-runtime.ts";
import type { LocalRuntimeOptions } from "./open-parts.ts";

export interface OpenedControl {
  readonly control: Control;
  /** Where it is served: the control interface, and the Step Functions API. */
  readonly url: string;
  /** False if another process serves it (a `dev`, another `run`); `control.close()` leaves that alone. */
  readonly embedded: boolean;
}

/** How long to wait for a runtime that is about to serve, or about to let go of the folder. */
const PATIENCE_MS = 10_000;

/**
 * What a command works with: the runtime that serves the data folder, or one of its own, which serves
 * it until it is closed. `deployments` become the current bundles of whichever it is.
 *
 * Throws `RequestError`: `DataFolderInUse`, `DataFolderNewer`, `DataFolderUnusable`, `PortInUse`,
 * `RuntimeUnreachable`.
 */
export async function openControl(
  options: LocalRuntimeOptions,
  deployments: readonly Deployment[] = [],
): Promise<OpenedControl> {
  const opened = await connectOrOpen(options);
  try {
    for (const deployment of deployments) await opened.control.deploy(deployment);
  } catch (error) {
    await opened.control.close();
    throw error;
  }
  return opened;
}

async function connectOrOpen(options: LocalRuntimeOptions) {
  const giveUpAt = Date.now() + PATIENCE_MS;
  for (;;) {
    const other = await connectControl(options.directory);
    if (other) return { control: other, url: other.url, embedded: false };
    try {
      const control = await LocalRuntime.open(options);
      return { control, url: control.url, embedded: true };
    } catch (error) {
      // Its holder may be between taking the lock and serving, or between the last answer and the end.
      const held = error instanceof RequestError && error.code === "DataFolderInUse";
      if (!held || Date.now() > giveUpAt) throw error;
      await sleep(50);
    }
  }
}
