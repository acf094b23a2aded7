/**
 * The package `espalier`: what the code of a bundle imports. Everything here ends up in deployed
 * functions, so it holds what a handler needs and nothing else.
 */

// One zod for contracts and handlers: same instance, same version. A handler for which every
// millisecond of a cold start counts writes `import * as z from "zod"` instead (decision 0020).
export * as z from "zod";
