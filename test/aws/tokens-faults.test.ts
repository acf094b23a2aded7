/** What task tokens make of Step Functions' refusals. */
import { describe, expect, it } from "vitest";
import { SfnTokens } from "../../lib/aws/sfn-tokens.ts";
import { sfnAt } from "./aws-world.ts";
import { jsonError, startProxy } from "./faulty-proxy.ts";

describe("task tokens", () => {
  it.each([
    ["TaskTimedOut", "TokenGone"],
    ["InvalidToken", "TokenGone"],
    ["TaskDoesNotExist", "TokenGone"],
    ["InvalidOutput", "InvalidOutput"],
    ["AccessDeniedException", "AccessDeniedException"],
  ])("report %s as %s", async (type, name) => {
    const proxy = await startProxy("http://127.0.0.1:9");
    try {
      proxy.fault = () => ({ answer: jsonError(type) });
      const tokens = new SfnTokens(sfnAt(proxy.url));
      await expect(tokens.succeed("t", null)).rejects.toMatchObject({ name });
    } finally {
      await proxy.close();
    }
  });

  it("are answered again after throttling, and cut what is too long", async () => {
    const proxy = await startProxy("http://127.0.0.1:9");
    try {
      const answers = [jsonError("ThrottlingException"), { status: 200, body: "{}" }];
      proxy.fault = () => ({ answer: answers.shift() ?? jsonError("TooMany") });
      const tokens = new SfnTokens(sfnAt(proxy.url));
      await tokens.fail("t", "E".repeat(300), "c".repeat(40_000));
      expect(proxy.seen).toHaveLength(2);
      const { error, cause } = JSON.parse(proxy.seen[1]?.body.toString() ?? "{}") as {
        error: string;
        cause: string;
      };
      expect([error.length, cause.length]).toEqual([256, 32_768]);
    } finally {
      await proxy.close();
    }
  });
});
