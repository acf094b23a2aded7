/**
 * Signing in with any OpenID Connect issuer (Cognito and others): authorization code with PKCE. What is
 * to be remembered while the person is at the issuer travels in a signed cookie of ten minutes.
 * https://openid.net/specs/openid-connect-core-1_0.html, RFC 7636, RFC 9207.
 */
import type { Context } from "hono";
import { deleteCookie, getCookie, setCookie } from "hono/cookie";
import * as oauth from "oauth4webapi";
import * as z from "zod";
import { normaliseAddress } from "../runtime/approval/approval.ts";
import type { KeyRing } from "../runtime/approval/key-ring.ts";
import { readSigned, signText } from "../runtime/approval/signed-text.ts";

export interface SignInSettings {
  /** As the issuer names itself, `https://…`; plain HTTP only on this machine. */
  readonly issuer: string;
  readonly clientId: string;
  /** Absent for a client without one. */
  readonly clientSecret?: (() => Promise<string>) | undefined;
  /** True: the issuer knows the addresses of its people and does not say so (`email_verified`). */
  readonly trustsEmail?: boolean | undefined;
}

/** The person cannot be let in; the message is for them. */
export class SignInRefused extends Error {
  override readonly name = "SignInRefused";
}

export const CALLBACK = "/signed-in";
const PURPOSE = "signin";
const MINUTES_10_S = 600;
const MAX_LENGTH = 4096;
/** How long what the issuer says of itself is kept. */
const METADATA_MS = 3_600_000;
const ANSWER_MS = 10_000;

const Pending = z.strictObject({
  state: z.string(),
  nonce: z.string(),
  verifier: z.string(),
  to: z.string().regex(/^\/(queue|a\/[A-Za-z0-9._-]+)$/),
  end: z.int(),
});

interface Place {
  readonly ring: KeyRing;
  readonly now: Date;
  readonly origin: string;
}

export class SignIn {
  readonly #settings: SignInSettings;
  readonly #client: oauth.Client;
  #metadata:
    | { readonly at: number; readonly server: Promise<oauth.AuthorizationServer> }
    | undefined;

  constructor(settings: SignInSettings) {
    this.#settings = settings;
    this.#client = { client_id: settings.clientId };
  }

  /** Sends the browser to the issuer; `to` is a path of ours, for the way back. */
  async begin(context: Context, to: string, { ring, now, origin }: Place): Promise<Response> {
    const server = await this.#server();
    if (server.authorization_endpoint === undefined) {
      throw new TypeError(`The issuer ${this.#settings.issuer} names no authorization_endpoint.`);
    }
    const pending = Pending.parse({
      state: oauth.generateRandomState(),
      nonce: oauth.generateRandomNonce(),
      verifier: oauth.generateRandomCodeVerifier(),
      to,
      end: Math.floor(now.getTime() / 1000) + MINUTES_10_S,
    });
    const url = new URL(server.authorization_endpoint);
    const asked = {
      client_id: this.#settings.clientId,
      redirect_uri: origin + CALLBACK,
      response_type: "code",
      scope: "openid email",
      state: pending.state,
      nonce: pending.nonce,
      code_challenge: await oauth.calculatePKCECodeChallenge(pending.verifier),
      code_challenge_method: "S256",
    };
    for (const [name, value] of Object.entries(asked)) url.searchParams.set(name, value);
    setCookie(context, cookieName(origin), signText(PURPOSE, pending, ring), {
      path: CALLBACK,
      httpOnly: true,
      // The browser comes from the issuer's site.
      sameSite: "Lax",
      secure: isSecure(origin),
      maxAge: MINUTES_10_S,
    });
    return context.redirect(url.href, 302);
  }

  /** Who came back, and where they wanted to go. Throws `SignInRefused`. */
  async finish(
    context: Context,
    { ring, now, origin }: Place,
  ): Promise<{ readonly email: string; readonly subject: string; readonly to: string }> {
    const pending = readPending(getCookie(context, cookieName(origin)) ?? "", ring, now);
    deleteCookie(context, cookieName(origin), { path: CALLBACK, secure: isSecure(origin) });
    if (!pending) {
      throw new SignInRefused(
        "The sign-in took too long, or was begun in another browser. Begin again.",
      );
    }
    const claims = await this.#claims(new URL(context.req.url).searchParams, pending, origin);
    const { email, email_verified: verified, sub: subject } = claims;
    if (typeof email !== "string" || email.length > 254) {
      throw new SignInRefused("The issuer did not say which address is yours.");
    }
    if (verified !== true && this.#settings.trustsEmail !== true) {
      throw new SignInRefused("The issuer has not verified your address.");
    }
    return { email: normaliseAddress(email), subject, to: pending.to };
  }

  async #claims(
    parameters: URLSearchParams,
    { state, nonce, verifier }: z.infer<typeof Pending>,
    origin: string,
  ): Promise<oauth.IDToken> {
    const client = this.#client;
    const server = await this.#server();
    // Not inside of what follows: a secret that cannot be read is our fault, and not the person's.
    const secret = await this.#settings.clientSecret?.();
    try {
      const validated = oauth.validateAuthResponse(server, client, parameters, state);
      const authentication = secret === undefined ? oauth.None() : oauth.ClientSecretBasic(secret);
      const answer = await oauth.authorizationCodeGrantRequest(
        server,
        client,
        authentication,
        validated,
        origin + CALLBACK,
        verifier,
        this.#options(),
      );
      const tokens = await oauth.processAuthorizationCodeResponse(server, client, answer, {
        expectedNonce: nonce,
        requireIdToken: true,
      });
      // The token came over a connection to the issuer itself; its signature is looked at all the same.
      await oauth.validateApplicationLevelSignature(server, answer, this.#options());
      const claims = oauth.getValidatedIdTokenClaims(tokens);
      if (!claims) throw new SignInRefused("The issuer did not say who you are.");
      return claims;
    } catch (error) {
      if (error instanceof SignInRefused || error instanceof TypeError) throw error;
      // What the issuer has written is not shown: anybody can put a text into that address.
      throw new SignInRefused(
        "The issuer did not let you in, or its answer was not meant for here.",
        {
          cause: error,
        },
      );
    }
  }

  #server(): Promise<oauth.AuthorizationServer> {
    const known = this.#metadata;
    if (known && performance.now() - known.at < METADATA_MS) return known.server;
    const server = this.#discover();
    this.#metadata = { at: performance.now(), server };
    server.catch(() => {
      this.#metadata = undefined;
    });
    return server;
  }

  async #discover(): Promise<oauth.AuthorizationServer> {
    const issuer = new URL(this.#settings.issuer);
    const answer = await oauth.discoveryRequest(issuer, this.#options());
    return oauth.processDiscoveryResponse(issuer, answer);
  }

  #options() {
    const { hostname } = new URL(this.#settings.issuer);
    return {
      [oauth.allowInsecureRequests]: hostname === "127.0.0.1",
      signal: AbortSignal.timeout(ANSWER_MS),
    };
  }
}

function readPending(text: string, ring: KeyRing, now: Date): z.infer<typeof Pending> | undefined {
  const signed = readSigned(PURPOSE, text, { ring, maxLength: MAX_LENGTH });
  const read = Pending.safeParse("body" in signed ? signed.body : undefined);
  return read.success && now.getTime() < read.data.end * 1000 ? read.data : undefined;
}

function isSecure(origin: string): boolean {
  return origin.startsWith("https:");
}

function cookieName(origin: string): string {
  return isSecure(origin) ? "__Secure-espalier-signin" : "espalier-signin";
}
