/**
 * Who may talk to a local runtime. It listens on 127.0.0.1, but so does the browser: a page of any
 * site may send requests there, also under a name of its own that resolves to 127.0.0.1. Hence no
 * foreign `Host`, no `Origin` at all (nothing here is a page), and a secret that only the owner of
 * the data folder can read.
 */
import { createHash, timingSafeEqual } from "node:crypto";
import type { MiddlewareHandler } from "hono";

const HOSTS = new Set(["127.0.0.1", "localhost", "[::1]"]);

/** Refuses requests that a browser may have been talked into. */
export const refuseForeign: MiddlewareHandler = async (context, next) => {
  const host = (context.req.header("host") ?? "").replace(/:\d+$/, "").toLowerCase();
  if (!HOSTS.has(host)) {
    return context.json(
      { code: "Forbidden", message: `Requests for the host "${host}" are not answered here.` },
      403,
    );
  }
  if (context.req.header("origin") !== undefined) {
    return context.json(
      { code: "Forbidden", message: "Requests from web pages are not answered here." },
      403,
    );
  }
  return next();
};

/** Asks for the token of `runtime.json`. */
export function requireToken(token: string): MiddlewareHandler {
  const expected = digest(`Bearer ${token}`);
  return async (context, next) => {
    const given = digest(context.req.header("authorization") ?? "");
    if (timingSafeEqual(given, expected)) return next();
    return context.json(
      {
        code: "Unauthorized",
        message:
          "The token of the data folder's runtime.json is wanted, as `Authorization: Bearer`.",
      },
      401,
    );
  };
}

/** Of equal length whatever the text, which `timingSafeEqual` asks for. */
function digest(text: string): Buffer {
  return createHash("sha256").update(text).digest();
}
