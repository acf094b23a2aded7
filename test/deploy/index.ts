/** `npm run test:deploy`: the stacks, deployed onto an AWS emulator by the CDK's own CLI, and run. */
import { mkdirSync, mkdtempSync } from "node:fs";
import { join } from "node:path";
import { startRegistry } from "../../bundles/license-review/test/package/local-registry.ts";
import { replyOf } from "./agents.ts";
import { Aws } from "./aws.ts";
import { startConverse } from "./converse.ts";
import { startFront } from "./front.ts";
import { freePort, installMiniStack, NotInstallable, startMiniStack } from "./ministack.ts";
import { endAllNow } from "./processes.ts";
import { Report } from "./report.ts";
import { PACKAGES } from "./review.ts";
import { scenario } from "./scenario.ts";
import { startStepFunctions } from "./step-functions.ts";
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
  const direct = new Aws(`http://127.0.0.1:${port}`);
  const bedrock = await startConverse(replyOf);
  const registry = await startRegistry(PACKAGES);
  const executions = await startStepFunctions(direct);
  const front = await startFront(direct.endpoint, executions);
  const log = join(folder, "ministack.log");
  const emulator = await startMiniStack(installed, {
    port,
    reachedBy: front.endpoint,
    registry: registry.url,
    log,
  });
  const endpoints = { aws: front.endpoint, bedrock: bedrock.endpoint };
  const workspace = new Workspace(folder, endpoints);
  try {
    await scenario(workspace, new Aws(front.endpoint), bedrock, report);
    await executions.close();
  } catch (error) {
    report.broken(error);
  } finally {
    front.close();
    bedrock.close();
    await registry.close();
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
