/** Where a contract is written: in a file of the bundle, or right where it is needed. */
import { z } from "zod";
import { bundlePath, type Json } from "./values.ts";

export const ContractReference = z
  .union([
    bundlePath(["yaml", "yml", "json"]),
    z.record(
      z.string(),
      z.custom<Json>(() => true),
    ),
  ])
  .describe("JSON Schema 2020-12: a file of the bundle, or the schema itself.");
export type ContractReference = z.infer<typeof ContractReference>;
