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
      Metadata: z.record(z.string(), z.unknown()).optional(),
    }),
  ),
});
export type Templates = ReadonlyMap<string, z.infer<typeof Template>>;
type Resources = z.infer<typeof Template>["Resources"];
type Properties = Resources[string]["Properties"];

const VERSION = "AWS::Lambda::Version";

const Reference = z.strictObject({ Ref: z.string() });

export function readTemplates(assembly: string): Templates {
  const files = readdirSync(assembly).filter((file) => file.endsWith(".template.json"));
  return new Map(
    files.map((file) => [
      file,
      Template.parse(JSON.parse(readFileSync(join(assembly, file), "utf8"))),
    ]),
  );
}

/** What names versions: machines their steps', agents their tools'. */
const CALLERS = ["AWS::StepFunctions::StateMachine", "AWS::Lambda::Function"];

/**
 * Rewrites the templates of `assembly`; `before` has those of the deployment before, as rewritten.
 * Returns how many versions there are.
 */
export function adaptTemplates(assembly: string, before: Templates): number {
  let count = 0;
  for (const [file, template] of readTemplates(assembly)) {
    const { Resources } = template;
    for (const [id, { Type }] of Object.entries(Resources)) {
      // It keeps secrets, and rotates none.
      if (Type === "AWS::SecretsManager::RotationSchedule") delete Resources[id];
    }
    for (const resource of Object.values(Resources)) {
      resource.Properties = withAwsName(resource.Properties) as Properties;
    }
    const versions = new Set<string>();
    for (const resource of Object.values(Resources)) {
      if (!CALLERS.includes(resource.Type)) continue;
      resource.Properties = adapt(resource.Properties, Resources, versions) as Properties;
    }
    count += versions.size;
    for (const id of versions) standIn(id, Resources);
    for (const [id, resource] of Object.entries(before.get(file)?.Resources ?? {})) {
      if (resource.Metadata?.retainedVersion === true) Resources[id] ??= resource;
    }
    writeFileSync(join(assembly, file), JSON.stringify(template, null, 1));
  }
  return count;
}

/**
 * Makes of a version a function with what its function has now: nothing changes it any more. The
 * emulator deletes what a template no longer has; whether AWS would is noted, for the next deployment.
 */
function standIn(id: string, resources: Resources): void {
  const version = resources[id];
  const owner = resources[Reference.parse(version?.Properties?.FunctionName).Ref];
  if (owner?.Type !== "AWS::Lambda::Function")
    throw new Error(`${id} is no version of a function.`);
  const retainedVersion = version?.DeletionPolicy === "Retain";
  resources[id] = { ...structuredClone(owner), Metadata: { retainedVersion } };
}

const Endpoint = z.strictObject({ "Fn::GetAtt": z.tuple([z.string(), z.literal("ApiEndpoint")]) });

/** The name that an HTTP API has on AWS; the emulator's own is none that a URL may have. */
function withAwsName(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withAwsName);
  if (typeof value !== "object" || value === null) return value;
  const id = Endpoint.safeParse(value).data?.["Fn::GetAtt"][0];
  if (id !== undefined) {
    return { "Fn::Join": ["", ["https://", { Ref: id }, ".execute-api.us-east-1.amazonaws.com"]] };
  }
  return Object.fromEntries(
    Object.entries(value).map(([name, member]) => [name, withAwsName(member)]),
  );
}

/** Collects in `versions` those that are named. */
function adapt(value: unknown, resources: Resources, versions: Set<string>): unknown {
  if (Array.isArray(value)) return value.map((member) => adapt(member, resources, versions));
  if (typeof value !== "object" || value === null) return value;
  const id = Reference.safeParse(value).data?.Ref ?? "";
  if (resources[id]?.Type === VERSION) {
    versions.add(id);
    return { "Fn::GetAtt": [id, "Arn"] };
  }
  return Object.fromEntries(
    Object.entries(value).map(([name, member]) => [name, adapt(member, resources, versions)]),
  );
}
