/** `component.yaml`: what every component says of itself, whatever its kind. */
import { z } from "zod";
import { WorkflowName } from "../values.ts";
import { Version } from "../version.ts";
import { CATEGORIES, COMPONENT_KINDS } from "./kinds.ts";

export const COMPONENT_FILE = "component.yaml";

const KINDS = CATEGORIES.map((category) => COMPONENT_KINDS[category].kind);

export const ComponentFile = z.strictObject({
  apiVersion: z.literal("espalier/v1"),
  component: WorkflowName.describe("The component's name; also that of its folder."),
  kind: z.enum(KINDS),
  version: Version,
  owner: z.string().min(1).describe("Who answers for it."),
  description: z.string().optional(),
});
export type ComponentFile = z.infer<typeof ComponentFile>;
