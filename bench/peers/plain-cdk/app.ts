/**
 * What somebody would write who wants the resources of an Espalier environment with one workflow, and
 * has only the CDK: the yardstick for the time that `cdk synth` takes. Run in a folder with
 * `handlers/*.ts`, with one argument: how the functions get their code.
 */
import { App, Stack } from "aws-cdk-lib";
import { functionCode } from "./code.ts";
import { PlainPlatform } from "./platform.ts";
import { PlainWorkflow } from "./workflow.ts";

const app = new App();
const code = functionCode(process.argv[2], process.cwd());
const platform = new PlainPlatform(new Stack(app, "plain-platform"), "Platform", code);
new PlainWorkflow(new Stack(app, "plain-orders"), "Workflow", platform, code);
