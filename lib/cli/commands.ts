import type { CliCommand } from "./command.ts";
import { approvals } from "./commands/approvals.ts";
import { audit } from "./commands/audit.ts";
import { bundle } from "./commands/bundle.ts";
import { capture } from "./commands/capture.ts";
import { check } from "./commands/check.ts";
import { compile } from "./commands/compile.ts";
import { cost } from "./commands/cost.ts";
import { decide } from "./commands/decide.ts";
import { demo } from "./commands/demo.ts";
import { deploy } from "./commands/deploy.ts";
import { destroy } from "./commands/destroy.ts";
import { dev } from "./commands/dev.ts";
import { diff } from "./commands/diff.ts";
import { explain } from "./commands/explain.ts";
import { init } from "./commands/init.ts";
import { lock } from "./commands/lock.ts";
import { publish } from "./commands/publish.ts";
import { pull } from "./commands/pull.ts";
import { redrive } from "./commands/redrive.ts";
import { repair } from "./commands/repair.ts";
import { replay } from "./commands/replay.ts";
import { run } from "./commands/run.ts";
import { runs } from "./commands/runs.ts";
import { show } from "./commands/show.ts";
import { stop } from "./commands/stop.ts";
import { switchCommand } from "./commands/switch.ts";
import { test } from "./commands/test.ts";
import { toolset } from "./commands/toolset.ts";

/** Every command, in the order in which help lists them: the order in which a newcomer needs them. */
export const COMMANDS: readonly CliCommand[] = [
  demo,
  init,
  check,
  compile,
  lock,
  publish,
  bundle,
  diff,
  run,
  runs,
  show,
  explain,
  pull,
  replay,
  capture,
  test,
  approvals,
  decide,
  audit,
  stop,
  redrive,
  repair,
  dev,
  switchCommand,
  toolset,
  cost,
  deploy,
  destroy,
];
