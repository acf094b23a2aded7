/** Functions in worker threads. */
export { FunctionHost, type FunctionHostOptions, type HostedFunction } from "./function-host.ts";
