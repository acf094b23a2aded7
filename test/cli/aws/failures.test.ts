/** What AWS, or the way to it, refuses: a code, a sentence, a hint, and no stack. */
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import { espalier } from "../espalier.ts";

let cwd = "";
let server: Server;
let answer: readonly [status: number, type: string, message: string] = [400, "", ""];
const url = () => `http://127.0.0.1:${(server.address() as AddressInfo).port}`;

beforeAll(async () => {
  cwd = await mkdtemp(join(tmpdir(), "espalier-cli-aws-"));
  await writeFile(join(cwd, "config"), "[profile empty]\nregion = us-east-1\n");
  server = createServer((request, response) => {
    request.resume().on("end", () => {
      const [status, type, message] = answer;
      response.writeHead(status, { "content-type": "application/x-amz-json-1.1" });
      response.end(JSON.stringify({ __type: type, message }));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
});
afterAll(async () => {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
  await rm(cwd, { recursive: true, force: true });
});
beforeEach(() => {
  for (const name of Object.keys(process.env).filter((name) => name.startsWith("AWS_"))) {
    vi.stubEnv(name, undefined);
  }
  vi.stubEnv("AWS_ACCESS_KEY_ID", "test");
  vi.stubEnv("AWS_SECRET_ACCESS_KEY", "test");
  vi.stubEnv("AWS_REGION", "us-east-1");
  vi.stubEnv("AWS_ENDPOINT_URL", url());
  vi.stubEnv("AWS_MAX_ATTEMPTS", "1");
  vi.stubEnv("AWS_EC2_METADATA_DISABLED", "true");
  vi.stubEnv("AWS_CONFIG_FILE", join(cwd, "config"));
  vi.stubEnv("AWS_SHARED_CREDENTIALS_FILE", join(cwd, "nothing"));
});
afterEach(() => vi.unstubAllEnvs());

const COMMANDS = [
  ["run", "hello", "--as", "you@example.com"],
  ["runs"],
  ["show", "x"],
  ["approvals"],
  ["decide", "x", "--approve", "--as", "you@example.com"],
];

async function refused(options: readonly string[], command: readonly string[] = ["runs"]) {
  const { exitCode, stdout, stderr } = await espalier([...command, ...options, "--json"], { cwd });
  expect({ exitCode, stderr }).toEqual({ exitCode: 1, stderr: "" });
  const { error } = JSON.parse(stdout);
  expect(error.message).not.toBe("");
  expect(error.hint).toEqual(expect.any(String));
  return error as { code: string; message: string; hint: string };
}

describe("AWS refuses", () => {
  it.each([
    ["ExpiredTokenException", 400, "CredentialsExpired", /expired/],
    ["UnrecognizedClientException", 400, "CredentialsInvalid", /does not accept/],
    ["AccessDeniedException", 400, "AccessDenied", /not authorized to perform: ssm:GetParameter/],
    ["SomethingException", 403, "AccessDenied", /not authorized/],
    ["ThrottlingException", 400, "AwsThrottled", /too busy/],
    ["ParameterNotFound", 400, "RuntimeUnreachable", /no environment "test"/],
    ["InternalServerError", 500, "AwsRefused", /InternalServerError/],
  ])("%s (%s): %s", async (type, status, code, message) => {
    answer = [status, type, "User: x is not authorized to perform: ssm:GetParameter on it"];
    const error = await refused(["--environment", "test"]);
    expect(error.code).toBe(code);
    expect(error.message).toMatch(message);
  });

  it.each(COMMANDS)("and %s says it in words", async (...command) => {
    answer = [400, "AccessDeniedException", "User: x is not authorized"];
    const { exitCode, stdout, stderr } = await espalier([...command, "--environment", "test"], {
      cwd,
    });
    expect({ exitCode, stdout }).toEqual({ exitCode: 1, stdout: "" });
    expect(stderr).toMatch(
      /^error: AWS denies it: User: x is not authorized\n {2}These credentials/,
    );
    expect(stderr).not.toMatch(/\n {4}at /);
  });

  it("with the SDK's own stack under --debug alone", async () => {
    answer = [400, "AccessDeniedException", "no"];
    const { stderr } = await espalier(["runs", "--environment", "test", "--debug"], { cwd });
    expect(stderr).toMatch(/\n {4}at /);
  });
});

describe("without a way to AWS", () => {
  it("names credentials that are missing", async () => {
    vi.stubEnv("AWS_ACCESS_KEY_ID", undefined);
    vi.stubEnv("AWS_SECRET_ACCESS_KEY", undefined);
    const error = await refused(["--environment", "test"]);
    expect(error.code).toBe("CredentialsMissing");
    expect(error.hint).toContain("--profile");
  });

  it("names a profile that is not there, or empty", async () => {
    vi.stubEnv("AWS_ACCESS_KEY_ID", undefined);
    const missing = await refused(["--profile", "nobody"]);
    expect(missing).toMatchObject({ code: "CredentialsMissing" });
    expect(missing.message).toContain("nobody");
    const empty = await refused(["--profile", "empty"]);
    expect(empty.hint).toContain('"empty"');
  });

  it("asks for a region", async () => {
    vi.stubEnv("AWS_REGION", undefined);
    const error = await refused(["--environment", "test"]);
    expect(error.code).toBe("RegionMissing");
    expect(error.hint).toContain("--region");
  });

  it("names a network without an answer", async () => {
    vi.stubEnv("AWS_ENDPOINT_URL", "http://127.0.0.1:1");
    const error = await refused(["--region", "eu-central-1"]);
    expect(error.code).toBe("AwsUnreachable");
    expect(error.hint).toContain("AWS_ENDPOINT_URL");
  });
});

describe("wrong usage", () => {
  it.each([
    [["runs", "--environment", "Prod-1"], /--environment is not valid/],
    [["runs", "--region", "Frankfurt"], /--region is not valid.*eu-central-1/],
    [["runs", "--profile", " "], /--profile is not valid/],
    [["compile", "--environment", "prod"], /compile works on this machine only/],
    [["check", "--region", "eu-west-1"], /check works on this machine only/],
    [["runs", "--environment", "prod", "--data", "x"], /exclude each other/],
    [["run", "hello", "--environment", "prod"], /--as is missing: who asks/],
    [["run", "./hello", "--environment", "prod", "--as", "a@example.com"], /not the name of a dep/],
  ])("%j is exit code 2", async (argv, message) => {
    const { exitCode, stdout, stderr } = await espalier(argv, { cwd });
    expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: "" });
    expect(stderr).toMatch(message);
  });
});
