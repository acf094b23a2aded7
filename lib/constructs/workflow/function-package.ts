/** What a planned function's package consists of: a host of the kit, the bundle's own code, a document. */
import type { PlannedFunction } from "../../compiler/plan.ts";
import { type Handler, handlerPackage, type Package } from "../code/handlers.ts";
import type { PreparedBundle } from "../code/prepared-bundle.ts";
import type { ModelParts } from "./model-parts.ts";

type Files = (readonly [path: string, content: Uint8Array | string])[];

/** @param parts of a model or an agent */
export function functionPackage(
  planned: PlannedFunction,
  bundle: PreparedBundle,
  handlers: string | undefined,
  parts?: ModelParts,
): Package {
  const kit = (name: Handler): Files => [...handlerPackage(name, handlers)];
  switch (planned.kind) {
    case "task":
    case "tool":
      return new Map([
        ...kit("step"),
        ["index.mjs", codeIndex(planned.kind === "task" ? "stepHandler" : "toolHandler")],
        ["step.mjs", codeOf(planned.entry, bundle)],
        ...bundleFiles(bundle.files),
      ]);
    case "agent":
    case "model": {
      const adapters = parts?.adapters ?? [];
      const standIn = parts?.standIn;
      return new Map([
        ...kit(planned.kind),
        ...adapters.flatMap(kit),
        ...(standIn === undefined ? [] : [["stand-in.mjs", codeOf(standIn, bundle)] as const]),
        ["index.mjs", hostIndex(`${planned.kind}Handler`, adapters, standIn !== undefined)],
        documentFile(planned.document),
      ]);
    }
    case "mcp": {
      const { server } = planned.document;
      const needed: readonly Handler[] = "url" in server && server.apiKey ? ["secrets"] : [];
      return new Map([
        ...kit("mcp"),
        ...needed.flatMap(kit),
        ["index.mjs", hostIndex("mcpHandler", needed, false)],
        documentFile(planned.document),
      ]);
    }
    case "retrieve": {
      const { chunks } = planned.document;
      const bytes = bundle.sources.get(chunks);
      if (!bytes) throw new Error(`The bundle has no ${chunks}.`);
      return new Map([
        ...kit("retrieve"),
        documentFile(planned.document),
        ...bundleFiles(new Map([[chunks, bytes]])),
      ]);
    }
    case "memory":
    case "prompt":
      return new Map([...kit(planned.kind), documentFile(planned.document)]);
    default:
      return planned satisfies never;
  }
}

/** The bundle's code stays the file that its digest covers; beside it the host, the same for all. */
function codeIndex(make: "stepHandler" | "toolHandler"): string {
  return `import { ${make} } from "./host.mjs";
import step from "./step.mjs";
export const handler = ${make}(step);
`;
}

/** Name of what an adapter's package exports. */
const EXPORTS = { bedrock: "bedrock", secrets: "secret" } as const satisfies Partial<
  Record<Handler, string>
>;

function hostIndex(make: string, adapters: readonly Handler[], hasStandIn: boolean): string {
  const found = adapters.flatMap((name) =>
    name === "bedrock" || name === "secrets" ? [[name, EXPORTS[name]] as const] : [],
  );
  const lines = [
    `import { ${make} } from "./host.mjs";`,
    ...found.map(([file, name]) => `import { ${name} } from "./${file}.mjs";`),
    ...(hasStandIn ? ['import standIn from "./stand-in.mjs";'] : []),
  ];
  const given = [...found.map(([, name]) => name), ...(hasStandIn ? ["standIn"] : [])];
  const object = given.length === 0 ? "{}" : `{ ${given.join(", ")} }`;
  return `${lines.join("\n")}\nexport const handler = ${make}(${object});\n`;
}

function documentFile(document: object): readonly [string, string] {
  return ["document.json", `${JSON.stringify(document, undefined, 2)}\n`];
}

function bundleFiles(files: ReadonlyMap<string, Uint8Array>): Files {
  return [...files].map(([path, bytes]) => [`files/${path}`, bytes]);
}

function codeOf(entry: string, { code }: PreparedBundle): string {
  const found = code.get(entry);
  if (!found) throw new Error(`The bundle has no compiled code for ${entry}.`);
  return found.js;
}
