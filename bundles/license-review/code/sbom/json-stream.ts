/** Reads a JSON object piece by piece, so that a document of any size needs little memory. */
import {
  Tokenizer,
  TokenizerError,
  TokenParser,
  TokenParserError,
  TokenType,
} from "@streamparser/json";

/** Deeper documents are attacks on parsers. */
const MAX_DEPTH = 200;

export type Shape = "object" | "array" | "string" | "number" | "boolean" | "null";

/** The text is not JSON; `message` says at which byte. */
export class NotJson extends Error {
  override readonly name = "NotJson";
}

export interface Found {
  readonly value: unknown;
  /** Path as the selectors spell it, with the real keys: `$.components.12`. */
  readonly path: readonly (string | number)[];
}

/**
 * Calls `take` with each value that one of the `selectors` (`$.name`, `$.list.*`) selects, as soon as
 * it is complete, and forgets it. Returns the shapes of the document and of its members.
 */
export async function streamJson(
  chunks: AsyncIterable<Uint8Array>,
  selectors: readonly string[],
  take: (found: Found) => void,
): Promise<{ readonly root: Shape; readonly members: ReadonlyMap<string, Shape> }> {
  const members = new Map<string, Shape>();
  let root: Shape | undefined;
  let depth = 0;
  let lastString = "";
  let key: string | undefined;

  const values = new TokenParser({ paths: [...selectors], keepStack: false });
  values.onValue = ({ value, key, stack }) => {
    take({
      value,
      path: [...stack.slice(1).map((item) => item.key ?? ""), key ?? ""],
    });
  };
  const tokens = new Tokenizer();
  // Errors are thrown by write() and end().
  tokens.onToken = (token) => {
    const shape = shapeOf(token.token);
    if (shape) {
      root ??= shape;
      if (depth === 1 && key !== undefined) members.set(key, shape);
      key = undefined;
      if (shape === "string") lastString = String(token.value);
    }
    if (token.token === TokenType.COLON) key = lastString;
    if (token.token === TokenType.LEFT_BRACE || token.token === TokenType.LEFT_BRACKET) {
      depth += 1;
      if (depth > MAX_DEPTH) throw new NotJson(`it is nested more than ${MAX_DEPTH} levels deep`);
    }
    if (token.token === TokenType.RIGHT_BRACE || token.token === TokenType.RIGHT_BRACKET)
      depth -= 1;
    values.write(token);
  };

  try {
    for await (const chunk of chunks) tokens.write(chunk);
    tokens.end();
  } catch (error) {
    // Its messages begin with what was found where: `Unexpected "<" at chunk position ...`.
    if (error instanceof TokenizerError || error instanceof TokenParserError) {
      throw new NotJson(
        error.message.replace(
          / at chunk position "\d+" \(absolute position "(\d+)"\).*/,
          " at byte $1",
        ),
      );
    }
    throw error;
  }
  if (root === undefined) throw new NotJson("it is empty");
  if (!values.isEnded) throw new NotJson("it ends in the middle: the document is cut off");
  return { root, members };
}

function shapeOf(token: TokenType): Shape | undefined {
  switch (token) {
    case TokenType.LEFT_BRACE:
      return "object";
    case TokenType.LEFT_BRACKET:
      return "array";
    case TokenType.STRING:
      return "string";
    case TokenType.NUMBER:
      return "number";
    case TokenType.TRUE:
    case TokenType.FALSE:
      return "boolean";
    case TokenType.NULL:
      return "null";
    default:
      return undefined;
  }
}
