/**
 * Compares what AWS recorded with what the engine gives. The recordings have placeholders where
 * their text was volatile: `<anything>`, `date`, `lambda_function_name`, the account's number.
 */

/** Whole values that stand for a time, a role or a random number. */
const ANYTHING = new Set([
  "timestamp",
  "date",
  "datetime",
  "start-time",
  "entered-time",
  "snf_role_arn",
  "RandomNumberGenerated",
]);

/** Parts of a text that stand for another text; names of functions are such parts too. */
const PART = /<[A-Za-z_][\w:-]*>|lambda_function(?:_\d)?_name/g;

/** What the invoker's side adds to an answer or an error, not the engine. */
const NOT_THE_ENGINE = new Set([
  "SdkHttpMetadata",
  "SdkResponseMetadata",
  "ExecutedVersion",
  "requestId",
  "stackTrace",
  "trace",
]);

/** Where the two differ, as a path; undefined if they agree. */
export function difference(expected: unknown, actual: unknown, path = ""): string | undefined {
  if (typeof expected === "string" && ANYTHING.has(expected)) return undefined;
  if (typeof actual === "string" && typeof expected !== "string") {
    // Payloads are JSON texts on the wire; the recordings have them parsed where they were objects.
    const parsed = parse(actual);
    return typeof parsed === "string"
      ? differ(expected, actual, path)
      : difference(expected, parsed, path);
  }
  if (typeof expected === "string" && typeof actual === "string") {
    return sameText(expected, actual) ? undefined : differ(expected, actual, path);
  }
  if (Array.isArray(expected) && Array.isArray(actual)) {
    if (expected.length !== actual.length) return differ(expected, actual, path);
    return first(expected.keys(), (i) => difference(expected[i], actual[i], `${path}[${i}]`));
  }
  if (isObject(expected) && isObject(actual)) {
    const names = new Set([...Object.keys(expected), ...Object.keys(actual)]);
    return first(names, (name) =>
      NOT_THE_ENGINE.has(name)
        ? undefined
        : difference(expected[name], actual[name], `${path}/${name}`),
    );
  }
  return expected === actual ? undefined : differ(expected, actual, path);
}

function sameText(expected: string, actual: string): boolean {
  if (expected === actual) return true;
  const [a, b] = [parse(expected), parse(actual)];
  if (typeof a === "object" && a !== null) return difference(a, b) === undefined;
  const parts = expected.split(PART).map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, "\\$&"));
  return parts.length > 1 && new RegExp(`^${parts.join("[^]*?")}$`).test(actual);
}

function first<T>(items: Iterable<T>, find: (item: T) => string | undefined): string | undefined {
  for (const item of items) {
    const found = find(item);
    if (found !== undefined) return found;
  }
  return undefined;
}

function differ(expected: unknown, actual: unknown, path: string): string {
  return `${path || "value"}: AWS ${JSON.stringify(expected)}, here ${JSON.stringify(actual)}`;
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
