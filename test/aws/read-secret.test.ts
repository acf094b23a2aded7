/** Keys from Secrets Manager: the SDK's own client against a server that answers as it does. */
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { secretReader } from "../../lib/aws/read-secret.ts";

const ARN = "arn:aws:secretsmanager:us-east-1:000000000000:secret:models-key-Ab12Cd";

let server: Server;
let answer: { status: number; body: object };
let asked: unknown[];

beforeEach(async () => {
  asked = [];
  answer = { status: 200, body: { ARN, Name: "models-key", SecretString: "key-1" } };
  server = createServer(async (request, response) => {
    const parts: Buffer[] = [];
    for await (const part of request) parts.push(part as Buffer);
    asked.push(JSON.parse(Buffer.concat(parts).toString()));
    response.writeHead(answer.status, { "content-type": "application/x-amz-json-1.1" });
    response.end(JSON.stringify(answer.body));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  vi.stubEnv("AWS_ENDPOINT_URL_SECRETS_MANAGER", `http://127.0.0.1:${port}`);
  vi.stubEnv("AWS_REGION", "us-east-1");
  vi.stubEnv("AWS_ACCESS_KEY_ID", "test");
  vi.stubEnv("AWS_SECRET_ACCESS_KEY", "test");
});

afterEach(async () => {
  vi.useRealTimers();
  vi.unstubAllEnvs();
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

it("a secret is read once, by all who ask, and again when five minutes are over", async () => {
  const secret = secretReader();
  expect(await Promise.all([secret(ARN), secret(ARN)])).toEqual(["key-1", "key-1"]);
  expect(await secret(ARN)).toBe("key-1");
  expect(asked).toEqual([{ SecretId: ARN }]);
  answer.body = { SecretString: "key-2" };
  vi.useFakeTimers({ toFake: ["Date"], now: Date.now() + 5 * 60_000 + 1 });
  expect(await secret(ARN)).toBe("key-2");
  expect(asked).toHaveLength(2);
});

it("what cannot be read is told by name, and asked for again the next time", async () => {
  const secret = secretReader();
  answer = { status: 400, body: { __type: "AccessDeniedException", Message: "no" } };
  await expect(secret(ARN)).rejects.toMatchObject({
    name: "Step.Failed",
    message: expect.stringContaining("AccessDeniedException"),
  });
  answer = { status: 200, body: { SecretString: "key-1" } };
  expect(await secret(ARN)).toBe("key-1");
});

it("a secret of bytes is no key", async () => {
  answer.body = { SecretBinary: "AAEC" };
  await expect(secretReader()(ARN)).rejects.toThrow("holds no text");
});
