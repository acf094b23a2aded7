/**
 * What somebody would write who wants the resources of an Espalier environment with one workflow, and
 * has only the CDK: the yardstick for the time that `cdk synth` takes. Run in a folder with
 * `handlers/*.ts`, with one argument: how the functions get their code.
 */
import { App } from "aws-cdk-lib";
import { functionCode } from "./code.ts";
import { makePlainStacks } from "./stacks.ts";

makePlainStacks(new App(), functionCode(process.argv[2], process.cwd()));
