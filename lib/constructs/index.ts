export { type AppOptions, type BuiltApp, buildApp } from "./app.ts";
export { type PreparedBundle, prepareBundle } from "./code/prepared-bundle.ts";
export { Platform } from "./platform/platform.ts";
export type { PlatformProps } from "./platform/platform-props.ts";
export { Workflow } from "./workflow/workflow.ts";
export type { GradualDeployment, WorkflowProps } from "./workflow/workflow-props.ts";
