import type { FetchLike } from "@modelcontextprotocol/sdk/shared/transport.js";

export interface BodyWatch {
  readonly maxBytes: number;
  /** The answer in this body will not come: too large, broken off, or ended without one. */
  readonly onBroken: (error: Error) => void;
}

/** A body was larger than it may be. */
export class TooLarge extends Error {
  override readonly name = "TooLarge";
}

/** A body may end a moment before the message in it has been read. */
const GRACE_MS = 1000;

/**
 * `fetch` for one conversation, one request after the other: bodies have a limit, and what goes wrong
 * with them is told, where the SDK would wait until its time is up. A stream of the server's own (GET)
 * is refused: nobody would listen.
 */
export function boundedFetch({ maxBytes, onBroken }: BodyWatch): FetchLike {
  let latest = 0;
  return async (url, init) => {
    if (init?.method === "GET") return new Response(null, { status: 405 });
    const own = ++latest;
    const onEnd = () => {
      // Whoever has its answer goes on with another request, or is done long before.
      const check = () => own === latest && onBroken(new Error("It ended without a result."));
      setTimeout(check, GRACE_MS).unref();
    };
    const response = await fetch(url, init);
    const { status, statusText, headers, body } = response;
    if (!body) return response;
    const watched = watchBody(body, { maxBytes, onBroken }, onEnd);
    return new Response(ReadableStream.from(watched) as ReadableStream<Uint8Array>, {
      status,
      statusText,
      headers,
    });
  };
}

async function* watchBody(
  body: ReadableStream<Uint8Array>,
  { maxBytes, onBroken }: BodyWatch,
  onEnd: () => void,
): AsyncGenerator<Uint8Array> {
  let bytes = 0;
  try {
    for await (const chunk of body) {
      bytes += chunk.byteLength;
      if (bytes > maxBytes) throw new TooLarge(`It has more than ${maxBytes} bytes.`);
      yield chunk;
    }
  } catch (error) {
    onBroken(error instanceof Error ? error : new Error(String(error)));
    throw error;
  }
  onEnd();
}
