import { type App, Stack } from "aws-cdk-lib";
import type { FunctionCode } from "./code.ts";
import { PlainPlatform } from "./platform.ts";
import { PlainWorkflow } from "./workflow.ts";

export function makePlainStacks(app: App, code: FunctionCode): void {
  const platform = new PlainPlatform(new Stack(app, "plain-platform"), "Platform", code);
  new PlainWorkflow(new Stack(app, "plain-orders"), "Workflow", platform, code);
}
