/** `toolset.yaml` of a toolset component: tools with code of their own, or those of an MCP server. */
import { z } from "zod";
import { OwnToolName, ToolName } from "../agent/tool-name.ts";
import { issue } from "../issue.ts";
import { Permission } from "../permission.ts";
import { bundlePath, duration, INSTEAD_OF_TEXT, type Json } from "../values.ts";
import type { ComponentHandler } from "./component-kind.ts";

const SECONDS = { s: 1, m: 60, h: 3600, d: 86_400 } as const;

const Rate = z
  .string(INSTEAD_OF_TEXT.rate)
  .regex(/^[1-9][0-9]{0,5}\/[smhd]$/, "Write a number of calls and a unit of time, such as 10/m.")
  .describe("Calls in a time, over all runs: 10/m.")
  .transform((text) => ({
    calls: Number.parseInt(text, 10),
    seconds: SECONDS[text.at(-1) as keyof typeof SECONDS],
  }));

const Common = {
  effect: z
    .enum(["none", "read", "write", "send", "delete"])
    .describe("Anything beyond read waits for a person's approval."),
  timeout: duration(900, "15m").default(60),
  rate: Rate.optional(),
  idempotent: z
    .boolean()
    .default(true)
    .describe(
      "False: a call that died half way is not made again with its idempotency key; its outcome is told as unknown.",
    ),
  redact: z
    .array(z.string().regex(/^[^.]+(\.[^.]+)*$/, "Write names with dots between them: user.email."))
    .default([])
    .describe("Paths of arguments and results that nobody is shown."),
};

const Description = z.string().min(1).describe("What models are told of it.");

const Tool = z.strictObject({
  description: Description,
  handler: bundlePath(["ts", "mts", "js", "mjs"]).describe("The handler, inside the component."),
  permissions: z.array(Permission).default([]),
  memory: z.int().min(128).max(10_240).default(512).describe("MiB."),
  ...Common,
});
export type ToolEntry = z.infer<typeof Tool>;

const ApiKey = z.union([
  z.strictObject({
    env: z.string().regex(/^[A-Za-z_][A-Za-z0-9_]*$/, "Write the name of a variable."),
  }),
  z.strictObject({ secret: z.string().regex(/^arn:[a-z-]+:secretsmanager:/, "Write an ARN.") }),
]);

export const McpServer = z.union([
  z.strictObject({
    url: z.string().refine((text) => /^https?:\/\//.test(text) && URL.canParse(text), {
      message: "Write a URL such as https://tools.example.com/mcp.",
    }),
    apiKey: ApiKey.exactOptional().describe("Sent as a bearer token."),
  }),
  z.strictObject({
    command: z.string().min(1).describe("Started on this machine; never where it is deployed."),
    args: z.array(z.string()).default([]),
  }),
]);

const McpTool = z.strictObject({
  description: Description,
  input: z.record(
    z.string(),
    z.custom<Json>(() => true),
  ),
  digest: z
    .string()
    .regex(/^sha256:[0-9a-f]{64}$/, "Let `espalier toolset pin` write it.")
    .describe("Of name, description and schema as the server gave them."),
  ...Common,
});
export type McpToolEntry = z.infer<typeof McpTool>;

const Mcp = z.strictObject({
  server: McpServer,
  tools: z.record(ToolName, McpTool).describe("The contracts that the server is held to."),
});

export const ToolsetFile = z
  .strictObject({
    tools: z.record(OwnToolName, Tool).optional(),
    mcp: Mcp.optional(),
  })
  .check((ctx) => {
    const { tools, mcp } = ctx.value;
    if ((tools === undefined) !== (mcp === undefined)) return;
    ctx.issues.push(
      issue(ctx.value, {
        code: tools === undefined ? "ESP202" : "ESP203",
        message:
          tools === undefined
            ? "a toolset has either tools or an mcp server, and this one neither"
            : "a toolset has either tools or an mcp server, not both",
        hint:
          tools === undefined
            ? "Add `tools: { NAME: … }` for tools of your own, or `mcp: { server: … }`."
            : "Make two toolsets of it, each with its own roles.",
      }),
    );
  });
export type ToolsetFile = z.infer<typeof ToolsetFile>;

export function toolHandlers({ tools }: ToolsetFile): readonly ComponentHandler[] {
  return Object.entries(tools ?? {}).map(([name, { handler }]) => ({
    path: handler,
    at: ["tools", name, "handler"],
  }));
}
