/** Functions in worker threads. */
export { FunctionHost, type FunctionHostOptions } from "./function-host.ts";
export type { FunctionWork, HostedFunction } from "./hosted-function.ts";
export type { ModelHosting } from "./model-hosting.ts";
