/** Keys of models and MCP servers, from Secrets Manager: never in a variable of a function. */
import { StepError } from "../runtime/errors.ts";
import { lazySecrets } from "./lazy-secrets.ts";
import { isServiceError } from "./service-error.ts";

/** As long as AWS's own cache for functions keeps one, so that a rotated key is taken up. */
const KEEP_MS = 5 * 60_000;

interface Kept {
  readonly value: Promise<string>;
  readonly until: number;
}

/**
 * Reads texts of secrets by ARN, each at most once in five minutes. Throws `Step.Failed` for a secret
 * that cannot be read or holds no text: a fault of the environment.
 */
export function secretReader(
  client: ReturnType<typeof lazySecrets> = lazySecrets(),
): (arn: string) => Promise<string> {
  const kept = new Map<string, Kept>();
  return (arn) => {
    const known = kept.get(arn);
    if (known && Date.now() < known.until) return known.value;
    const value = read(arn, client);
    kept.set(arn, { value, until: Date.now() + KEEP_MS });
    // Not kept: the next caller asks again.
    value.catch(() => kept.delete(arn));
    return value;
  };
}

async function read(arn: string, client: ReturnType<typeof lazySecrets>): Promise<string> {
  const [sender, { secrets }] = await Promise.all([client(), import("./secrets-calls.ts")]);
  let text: string | undefined;
  try {
    ({ SecretString: text } = await sender.send(new secrets.get({ SecretId: arn })));
  } catch (error) {
    const why = isServiceError(error) ? error.name : "no answer";
    throw new StepError(
      "Step.Failed",
      `The secret ${arn} cannot be read (${why}). Is it there, in this region, and does its key's policy let the function decrypt it?`,
      undefined,
      { cause: error },
    );
  }
  if (text !== undefined && text !== "") return text;
  throw new StepError("Step.Failed", `The secret ${arn} holds no text.`);
}
