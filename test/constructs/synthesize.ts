/** Stacks of a platform and a workflow, on functions of one line each. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { App, Stack } from "aws-cdk-lib";
import { Template } from "aws-cdk-lib/assertions";
import { afterAll } from "vitest";
import {
  Platform,
  type PlatformProps,
  type PreparedBundle,
  Workflow,
  type WorkflowProps,
} from "../../lib/constructs/index.ts";

export const HANDLERS = resolve(import.meta.dirname, "fixtures/handlers");
export const ORDERS = resolve(import.meta.dirname, "fixtures/orders");
/** An express workflow. */
export const PINGS = resolve(import.meta.dirname, "fixtures/pings");
/** With an agent: two tools, of which a person decides on one. */
export const REFUND = resolve(import.meta.dirname, "../deploy/bundles/refund");
export const LICENSE_REVIEW = resolve(import.meta.dirname, "../../bundles/license-review");

export interface Synthesized {
  readonly app: App;
  readonly platform: Template;
  readonly workflow: Template;
  readonly construct: Workflow;
}

type Props = Omit<PlatformProps, "handlers">;

const outputs = mkdtempSync(join(tmpdir(), "espalier-cdk-"));
afterAll(() => rmSync(outputs, { recursive: true, force: true }));

/** Validating templates takes a second each time; `findings.test.ts` does it once for all. */
export function makeApp(context: Record<string, unknown> = {}): App {
  process.env.CDK_VALIDATION = "false";
  return new App({
    analyticsReporting: false,
    context,
    outdir: mkdtempSync(join(outputs, "app-")),
  });
}

/** Without the functions' real code, which has tests of its own and takes time to bundle. */
export function addPlatform(app: App, props: Props = {}): Platform {
  return new Platform(new Stack(app, "platform"), "Platform", { ...props, handlers: HANDLERS });
}

export function synthesize(
  bundle: PreparedBundle | string,
  props: Props = {},
  workflow: Omit<WorkflowProps, "platform" | "bundle"> = {},
  context: Record<string, unknown> = {},
): Synthesized {
  const app = makeApp(context);
  const platform = addPlatform(app, props);
  const own = new Stack(app, "workflow");
  const construct = new Workflow(own, "Workflow", { platform, bundle, ...workflow });
  return {
    app,
    construct,
    platform: Template.fromStack(Stack.of(platform)),
    workflow: Template.fromStack(own),
  };
}

export function synthesizePlatform(props: Props = {}): Template {
  return Template.fromStack(Stack.of(addPlatform(makeApp(), props)));
}

/** The properties of all resources of a type. */
export function propertiesOf(template: Template, type: string): Record<string, unknown>[] {
  return Object.values(template.findResources(type)).map(
    (resource) => (resource as { Properties: Record<string, unknown> }).Properties,
  );
}
