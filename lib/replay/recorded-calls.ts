export * from "../runtime/recorded-calls.ts";
