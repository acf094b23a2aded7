/** Which adapter answers models in an environment, and where it stands. */
import { z } from "zod";
import { issue } from "../issue.ts";
import { quoted } from "../quoted.ts";
import { staysInside } from "../values.ts";
import { Region } from "./region.ts";
import { SecretReference } from "./secret-reference.ts";

export const MODEL_ADAPTERS = ["stand-in", "bedrock", "openai", "recording"] as const;
export type ModelAdapter = (typeof MODEL_ADAPTERS)[number];

/** Keys beside `adapter`: which adapter reads them, and which cannot do without. */
const KEYS: Readonly<Record<ModelAdapter, { readonly [key: string]: "optional" | "required" }>> = {
  "stand-in": {},
  bedrock: { region: "optional", endpoint: "optional" },
  openai: { endpoint: "required", apiKey: "optional" },
  recording: { recordings: "required", from: "optional" },
};

/** Of keys that an adapter cannot do without. */
const EXAMPLES: Readonly<Record<string, string>> = {
  endpoint: "http://127.0.0.1:11434/v1",
  recordings: "recordings",
};

const Url = z
  .string()
  .regex(
    /^https?:\/\/[a-zA-Z0-9.[\]:-]+(\/[^\s]*)?$/,
    "Write a URL such as http://127.0.0.1:11434/v1.",
  )
  .describe("URL of the service: http://127.0.0.1:11434/v1.");

const ApiKey = SecretReference.describe(
  "Where the key is read from: an environment variable, or AWS Secrets Manager.",
);

const SERVICE = {
  endpoint: Url.optional(),
  region: Region.optional(),
  apiKey: ApiKey.optional(),
};

/** Whoever is asked for what is not recorded yet: anybody but recordings. */
const Asked = z
  .strictObject({ adapter: z.enum(["stand-in", "bedrock", "openai"]), ...SERVICE })
  .check(({ value, issues }) => checkKeys(value, issues))
  .describe(
    "Who is asked where nothing is recorded, and recorded; absent: such a call is refused.",
  );

export const ModelSettings = z
  .strictObject({
    adapter: z.enum(MODEL_ADAPTERS),
    ...SERVICE,
    recordings: z
      .string()
      .check((ctx) => {
        if (staysInside(ctx.value)) return;
        ctx.issues.push(
          issue(ctx.value, {
            code: "ESP204",
            message: `${quoted(ctx.value)} is no path inside of the project`,
            hint: "Write a relative path with forward slashes: recordings/reader.",
          }),
        );
      })
      .describe("Folder of recorded answers, from the project's folder.")
      .optional(),
    from: Asked.optional(),
  })
  .check(({ value, issues }) => checkKeys(value, issues));
export type ModelSettings = z.infer<typeof ModelSettings>;

function checkKeys(
  settings: { readonly adapter: ModelAdapter },
  issues: z.core.$ZodRawIssue[],
): void {
  const { adapter, ...given } = settings;
  const known = KEYS[adapter];
  for (const key of Object.keys(given)) {
    if (key in known) continue;
    const readers = MODEL_ADAPTERS.filter((one) => key in KEYS[one]);
    issues.push(
      issue(
        settings,
        {
          code: "ESP207",
          message: `"${key}" means nothing to the adapter ${adapter}`,
          hint: `It belongs to ${readers.join(" and ")}.`,
          atKey: true,
        },
        [key],
      ),
    );
  }
  for (const [key, need] of Object.entries(known)) {
    if (need === "optional" || key in given) continue;
    issues.push(
      issue(settings, {
        code: "ESP202",
        message: `the adapter ${adapter} needs the key "${key}" here`,
        hint: `Add \`${key}: ${EXAMPLES[key] ?? "…"}\`.`,
      }),
    );
  }
}
