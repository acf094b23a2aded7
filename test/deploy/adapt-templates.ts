/**
 * Rewrites synthesized templates where the emulator does not do what AWS does; docs/decisions/0040
 * has the list. The product is synthesized as it is, validation included; only copies are changed.
 */
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import * as z from "zod";

const Template = z.looseObject({
  Resources: z.record(
    z.string(),
    z.looseObject({
      Type: z.string(),
      Properties: z.record(z.string(), z.unknown()).optional(),
      DeletionPolicy: z.string().optional(),
    }),
  ),
});
type Template = z.infer<typeof Template>;

const Reference = z.strictObject({ Ref: z.string() });

/** Stands in each task; the emulator's context object has no number of attempts. */
const RETRY_COUNT = "{% $states.context.State.RetryCount %}";

export function readTemplates(assembly: string): ReadonlyMap<string, Template> {
  const files = readdirSync(assembly).filter((file) => file.endsWith(".template.json"));
  return new Map(
    files.map((file) => [
      file,
      Template.parse(JSON.parse(readFileSync(join(assembly, file), "utf8"))),
    ]),
  );
}

/** Returns how many machines were changed. */
export function adaptTemplates(assembly: string): number {
  let machines = 0;
  for (const [file, template] of readTemplates(assembly)) {
    const versions = new Map<string, string>();
    for (const [id, { Type, Properties }] of Object.entries(template.Resources)) {
      const name = Reference.safeParse(Properties?.FunctionName);
      if (Type === "AWS::Lambda::Version" && name.success) versions.set(id, name.data.Ref);
    }
    for (const resource of Object.values(template.Resources)) {
      if (resource.Type !== "AWS::StepFunctions::StateMachine") continue;
      resource.Properties = adapt(resource.Properties, versions) as Record<string, unknown>;
      machines += 1;
    }
    writeFileSync(join(assembly, file), JSON.stringify(template, null, 1));
  }
  return machines;
}

/** The definition is a join of texts and references; `versions` has the function of each version. */
function adapt(value: unknown, versions: ReadonlyMap<string, string>): unknown {
  if (typeof value === "string") return value.replaceAll(RETRY_COUNT, "{% 0 %}");
  if (Array.isArray(value)) return value.map((member) => adapt(member, versions));
  if (typeof value !== "object" || value === null) return value;
  const version = Reference.safeParse(value).data?.Ref ?? "";
  const owner = versions.get(version);
  if (owner !== undefined) {
    const qualified = [
      { "Fn::GetAtt": [owner, "Arn"] },
      ":",
      { "Fn::GetAtt": [version, "Version"] },
    ];
    return { "Fn::Join": ["", qualified] };
  }
  return Object.fromEntries(
    Object.entries(value).map(([name, member]) => [name, adapt(member, versions)]),
  );
}
