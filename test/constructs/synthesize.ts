/** Stacks of a platform and a workflow, on functions of one line each. */
import { resolve } from "node:path";
import { App, Stack } from "aws-cdk-lib";
import { Template } from "aws-cdk-lib/assertions";
import {
  Platform,
  type PlatformProps,
  type PreparedBundle,
  Workflow,
  type WorkflowProps,
} from "../../lib/constructs/index.ts";

export const HANDLERS = resolve(import.meta.dirname, "fixtures/handlers");
export const ORDERS = resolve(import.meta.dirname, "fixtures/orders");
export const LICENSE_REVIEW = resolve(import.meta.dirname, "../../bundles/license-review");

export interface Synthesized {
  readonly app: App;
  readonly platform: Template;
  readonly workflow: Template;
  readonly construct: Workflow;
}

export function synthesize(
  bundle: PreparedBundle | string,
  props: Omit<PlatformProps, "handlers"> = {},
  workflow: Omit<WorkflowProps, "platform" | "bundle"> = {},
): Synthesized {
  const app = new App({ analyticsReporting: false });
  const shared = new Stack(app, "platform");
  const platform = new Platform(shared, "Platform", { ...props, handlers: HANDLERS });
  const own = new Stack(app, "workflow");
  const construct = new Workflow(own, "Workflow", { platform, bundle, ...workflow });
  return {
    app,
    construct,
    platform: Template.fromStack(shared),
    workflow: Template.fromStack(own),
  };
}

export function synthesizePlatform(props: Omit<PlatformProps, "handlers"> = {}): Template {
  const stack = new Stack(new App({ analyticsReporting: false }), "platform");
  new Platform(stack, "Platform", { ...props, handlers: HANDLERS });
  return Template.fromStack(stack);
}
