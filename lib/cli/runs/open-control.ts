import { existsSync } from "node:fs";
import { join } from "node:path";
import type { Deployment } from "../../local/runtime/deployment.ts";
import type { Control } from "../../runtime/control.ts";
import { RequestError } from "../../runtime/errors.ts";
import { driveAws } from "../aws/drive-aws.ts";
import type { Invocation } from "../command.ts";
import { Failure } from "../failure.ts";
import { safeText } from "../text/safe-text.ts";
import { localSettings } from "./local-settings.ts";
import type { LocalPlace } from "./place.ts";

/**
 * Opens the runtime of the data folder, and closes it afterwards, however `use` ends. With `deploy`,
 * those bundles become its current ones, and unfinished runs go on as long as it is open. The
 * environment of this machine is that in the folder `environments`, else the one of this project.
 */
export async function driveLocal<T>(
  invocation: Invocation,
  deploy: readonly Deployment[],
  use: (control: Control, place: LocalPlace) => Promise<T>,
  environments: string = join(invocation.io.cwd, "bundles", "environments"),
): Promise<T> {
  return withLocal(invocation, { perform: true, deploy, environments }, use);
}

/** Opens what the command line names: a deployed environment, or the runtime of the data folder. */
export async function driveControl<T>(
  invocation: Invocation,
  use: (control: Control) => Promise<T>,
): Promise<T> {
  if (invocation.aws !== undefined) {
    return driveAws(invocation.aws, use);
  }
  return existsSync(invocation.dataDir) ? driveLocal(invocation, [], use) : nothingRan(invocation);
}

/** How often a look is begun again whose runtime, another command's, ended in the middle of it. */
const LOOKS = 3;

/**
 * As `driveControl`, for commands that only look: nothing is performed, and no folder is made. Without
 * a data folder the result is that of `absent`. `use` is begun again where the command whose runtime
 * answered has ended meanwhile: it prints only once it knows.
 */
export async function readControl<T>(
  invocation: Invocation,
  use: (control: Control) => Promise<T>,
  absent: () => T,
): Promise<T> {
  if (invocation.aws !== undefined) {
    return driveAws(invocation.aws, use);
  }
  if (!existsSync(invocation.dataDir)) return absent();
  for (let look = 1; ; look += 1) {
    try {
      return await withLocal(invocation, { perform: false, deploy: [], environments: null }, use);
    } catch (error) {
      const isGone = error instanceof RequestError && error.code === "RuntimeUnreachable";
      if (!isGone || look === LOOKS) throw error;
    }
  }
}

/** For what cannot be found where nothing ever ran. */
export function nothingRan(invocation: Invocation): never {
  throw new Failure("NoData", `Nothing has run here: there is no folder ${invocation.dataDir}`, {
    hint: "Start something with espalier run WORKFLOW, or name the folder with --data.",
  });
}

async function withLocal<T>(
  { dataDir, out, debug }: Invocation,
  options: {
    readonly perform: boolean;
    readonly deploy: readonly Deployment[];
    /** Null where nothing is performed. */
    readonly environments: string | null;
  },
  use: (control: Control, place: LocalPlace) => Promise<T>,
): Promise<T> {
  // Loaded when needed: help and `check` do without the engine.
  const { openControl } = await import("../../local/runtime/open-control.ts");
  const { environments } = options;
  const settings = environments === null ? {} : await localSettings(environments);
  const { control, url, embedded } = await openControl(
    {
      ...settings,
      directory: dataDir,
      perform: options.perform,
      onError: (error) => out.warn(messageOf(error, debug)),
      // Lines that functions write are for whoever looks for a defect.
      onLog: ({ function: name, text }) => {
        if (debug) {
          out.note(`${safeText(name)}: ${safeText(text)}`);
        }
      },
    },
    options.deploy,
  );
  try {
    return await use(control, { kind: "local", url, embedded });
  } finally {
    await control.close();
  }
}

function messageOf(error: unknown, debug: boolean): string {
  if (!(error instanceof Error)) {
    return safeText(String(error));
  }
  return debug ? (error.stack ?? error.message) : safeText(error.message);
}
