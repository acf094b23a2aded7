import { z } from "espalier";
import { Component } from "../sbom/component.ts";
import { Verdict } from "./verdict.ts";

/** A component and what the policy says of it by its declaration alone. */
export const Judged = z.object({
  /** Position in the inventory. */
  key: z.int(),
  component: Component,
  verdict: Verdict,
  licence: z.string(),
  reason: z.string(),
  /** Why its files were not looked into, where that might have helped. */
  notInspected: z.string().nullable(),
});
export type Judged = z.infer<typeof Judged>;
