/** `npm run test:deploy`: the stacks, deployed onto an AWS emulator by the CDK's own CLI, and run. */
import { mkdirSync, mkdtempSync } from "node:fs";
import { join } from "node:path";
import { Aws } from "./aws.ts";
import { startFront } from "./front.ts";
import { freePort, installMiniStack, NotInstallable, startMiniStack } from "./ministack.ts";
import { endAllNow } from "./processes.ts";
import { Report } from "./report.ts";
import { scenario } from "./scenario.ts";
import { CACHE, Workspace } from "./workspace.ts";

process.once("exit", endAllNow);
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
  process.once(signal, () => process.exit(1));
}

mkdirSync(CACHE, { recursive: true });
try {
  const installed = await installMiniStack(CACHE);
  const report = new Report();
  const folder = mkdtempSync(join(CACHE, "deploy-"));
  const port = await freePort();
  const front = await startFront(`http://127.0.0.1:${port}`);
  const log = join(folder, "ministack.log");
  const emulator = await startMiniStack(installed, { port, reachedBy: front.endpoint, log });
  const workspace = new Workspace(folder, front.endpoint);
  try {
    await scenario(workspace, new Aws(emulator.endpoint), report);
  } catch (error) {
    report.broken(error);
  } finally {
    front.close();
    await emulator.stop();
    if (report.failed === 0) workspace.remove();
    else report.note(`what was deployed, and the emulator's log: ${folder}`);
  }
  console.log(`\n${report.summary()}`);
  process.exitCode = report.failed > 0 ? 1 : 0;
} catch (error) {
  if (!(error instanceof NotInstallable)) throw error;
  console.log(`test:deploy was not run: MiniStack cannot be installed here (${error.message}).`);
}
