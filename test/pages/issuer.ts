/** An OpenID Connect issuer on 127.0.0.1 that speaks the real protocol, and lies when it is told to. */
import { createHash, createSign, generateKeyPairSync, randomBytes } from "node:crypto";
import type { AddressInfo } from "node:net";
import { createAdaptorServer } from "@hono/node-server";
import { Hono } from "hono";

export interface Issuer {
  readonly url: string;
  readonly clientId: string;
  /** Who is at the keyboard. */
  person: {
    readonly sub: string;
    readonly email?: string;
    readonly email_verified?: boolean | string;
  };
  /** Claims that are put into the next token in the place of true ones. */
  lie: Record<string, unknown>;
  /** True: tokens are signed with a key that the issuer does not publish. */
  otherKey: boolean;
  /** Codes that were turned into tokens. */
  readonly used: string[];
  /** Client secrets that came with them (RFC 6749, 2.3.1). */
  readonly secrets: string[];
  close(): Promise<void>;
}

interface Code {
  readonly challenge: string;
  readonly redirect: string;
  readonly nonce: string;
}

export async function startIssuer(clientId = "approvals"): Promise<Issuer> {
  const keys = generateKeyPairSync("rsa", { modulusLength: 2048 });
  const others = generateKeyPairSync("rsa", { modulusLength: 2048 });
  const codes = new Map<string, Code>();
  const app = new Hono();
  const issuer: Issuer = {
    url: "",
    clientId,
    person: { sub: "legal-1", email: "Legal@Example.com", email_verified: true },
    lie: {},
    otherKey: false,
    used: [],
    secrets: [],
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        if ("closeAllConnections" in server) server.closeAllConnections();
      }),
  };
  app.get("/.well-known/openid-configuration", (context) =>
    context.json({
      issuer: issuer.url,
      authorization_endpoint: `${issuer.url}/authorize`,
      token_endpoint: `${issuer.url}/token`,
      jwks_uri: `${issuer.url}/jwks`,
      response_types_supported: ["code"],
      subject_types_supported: ["public"],
      id_token_signing_alg_values_supported: ["RS256"],
      code_challenge_methods_supported: ["S256"],
    }),
  );
  app.get("/jwks", (context) =>
    context.json({
      keys: [{ ...keys.publicKey.export({ format: "jwk" }), kid: "1", use: "sig", alg: "RS256" }],
    }),
  );
  app.get("/authorize", (context) => {
    const asked = context.req.query();
    const isRight =
      asked.client_id === clientId &&
      asked.response_type === "code" &&
      asked.scope?.split(" ").includes("openid") &&
      asked.code_challenge_method === "S256";
    if (!isRight) return context.text("This is not how to ask.", 400);
    const code = randomBytes(16).toString("hex");
    const { code_challenge: challenge = "", redirect_uri: redirect = "", nonce = "" } = asked;
    codes.set(code, { challenge, redirect, nonce });
    const back = new URL(redirect);
    back.searchParams.set("code", code);
    back.searchParams.set("state", asked.state ?? "");
    return context.redirect(back.href);
  });
  app.post("/token", async (context) => {
    const form = await context.req.parseBody();
    const code = codes.get(String(form.code));
    codes.delete(String(form.code));
    const challenge = createHash("sha256").update(String(form.code_verifier)).digest("base64url");
    if (!code || challenge !== code.challenge || form.redirect_uri !== code.redirect) {
      return context.json({ error: "invalid_grant" }, 400);
    }
    issuer.used.push(String(form.code));
    const [, basic] = /^Basic (.*)$/.exec(context.req.header("authorization") ?? "") ?? [];
    if (basic !== undefined) issuer.secrets.push(secretIn(basic));
    const now = Math.floor(Date.now() / 1000);
    const claims = {
      iss: issuer.url,
      aud: clientId,
      iat: now,
      exp: now + 300,
      nonce: code.nonce,
      ...issuer.person,
      ...issuer.lie,
    };
    const key = issuer.otherKey ? others.privateKey : keys.privateKey;
    const head = base64url({ alg: "RS256", kid: "1", typ: "JWT" });
    const signed = `${head}.${base64url(claims)}`;
    const signature = createSign("RSA-SHA256").update(signed).sign(key).toString("base64url");
    return context.json({
      access_token: "unused",
      token_type: "Bearer",
      expires_in: 300,
      id_token: `${signed}.${signature}`,
    });
  });
  const server = createAdaptorServer({ fetch: app.fetch });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  Object.assign(issuer, { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` });
  return issuer;
}

function base64url(value: unknown): string {
  return Buffer.from(JSON.stringify(value)).toString("base64url");
}

function secretIn(basic: string): string {
  const [, secret = ""] = Buffer.from(basic, "base64").toString().split(":");
  return new URLSearchParams(`secret=${secret}`).get("secret") ?? "";
}
