/** What Step Functions knows of executions, in the words of the runtime. */
import type { RunIdentity } from "../runtime/call.ts";
import type { Json, JsonObject } from "../runtime/json.ts";
import type { AwsClients } from "./clients.ts";
import type { HistoryEvent } from "./sfn-calls.ts";

type Client = AwsClients["sfn"];

/** Which bundle an execution runs; empty texts where its definition does not say. */
export type RunBundle = Pick<RunIdentity, "workflow" | "version" | "digest"> & {
  /** Digest of its plan; absent where the definition does not say. */
  readonly plan?: string | undefined;
};

/** All events of an execution, oldest first unless `newestFirst`, page by page. */
export async function* readHistory(
  executionArn: string,
  client: Client,
  { newestFirst = false }: { readonly newestFirst?: boolean } = {},
): AsyncGenerator<HistoryEvent> {
  const [sender, { sfn }] = await Promise.all([client(), import("./sfn-calls.ts")]);
  let nextToken: string | undefined;
  do {
    const page = await sender.send(
      new sfn.history({
        executionArn,
        maxResults: newestFirst ? 100 : 1000,
        reverseOrder: newestFirst,
        includeExecutionData: true,
        nextToken,
      }),
    );
    yield* page.events ?? [];
    nextToken = page.nextToken;
  } while (nextToken !== undefined);
}

/**
 * Reads from the definition that the execution keeps which bundle made it: every call of a step, an
 * approval or an event carries it as literals, and the comment names the digests.
 */
export async function bundleOfExecution(executionArn: string, client: Client): Promise<RunBundle> {
  const [sender, { sfn }] = await Promise.all([client(), import("./sfn-calls.ts")]);
  const { definition, name } = await sender.send(new sfn.describeMachine({ executionArn }));
  return bundleOfDefinition(definition ?? "{}", name ?? "");
}

export function bundleOfDefinition(definition: string, machine: string): RunBundle {
  const parsed = JSON.parse(definition) as JsonObject;
  const comment = typeof parsed.Comment === "string" ? parsed.Comment : "";
  const [, commented, plan] =
    /\(bundle (sha256:[0-9a-f]{64})(?:, plan (sha256:[0-9a-f]{64}))?\)/.exec(comment) ?? [];
  const literal = findIdentity(parsed);
  return {
    workflow: literal?.workflow ?? machine,
    version: literal?.version ?? "",
    digest: literal?.digest ?? commented ?? "",
    plan,
  };
}

/** Which bundle the arguments of a call, as JSON text, belong to. */
export function identityIn(text: string): RunBundle | undefined {
  if (!text.includes('"digest"')) return undefined;
  try {
    return findIdentity(JSON.parse(text) as Json);
  } catch {
    return undefined; // Cut off by AWS.
  }
}

function findIdentity(value: Json): RunBundle | undefined {
  if (typeof value !== "object" || value === null) return undefined;
  if (!Array.isArray(value)) {
    const { workflow, version, digest } = value;
    const isIdentity =
      typeof workflow === "string" &&
      typeof version === "string" &&
      typeof digest === "string" &&
      /^sha256:[0-9a-f]{64}$/.test(digest);
    if (isIdentity) return { workflow, version, digest };
  }
  for (const member of Object.values(value)) {
    const found = findIdentity(member);
    if (found) return found;
  }
  return undefined;
}
