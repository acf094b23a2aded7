/** How the adapter fails: errors by name, one attempt each, and connections that are let go. */
import { describe, expect, it, vi } from "vitest";
import { ASK, SECRET, TOKEN, useBedrock } from "./bedrock-world.ts";
import { type ConverseAnswer, converseBody, errorAnswer } from "./converse-server.ts";

const bedrock = useBedrock();
const { ask } = bedrock;

describe("Bedrock's adapter fails", () => {
  const context = "Input is too long for requested model.";
  it.each<[string, ConverseAnswer, string]>([
    [
      "throttled",
      errorAnswer("ThrottlingException", 429, "Too many tokens, please wait"),
      "Model.Throttled",
    ],
    [
      "beyond a quota",
      errorAnswer("ServiceQuotaExceededException", 400, "Quota"),
      "Model.Throttled",
    ],
    [
      "timed out",
      errorAnswer("ModelTimeoutException", 408, "Model took too long"),
      "Model.Unavailable",
    ],
    ["not ready", errorAnswer("ModelNotReadyException", 429, "Not ready"), "Model.Unavailable"],
    [
      "model error",
      errorAnswer("ModelErrorException", 424, "The model failed"),
      "Model.Unavailable",
    ],
    ["unavailable", errorAnswer("ServiceUnavailableException", 503, "Busy"), "Model.Unavailable"],
    ["internal", errorAnswer("InternalServerException", 500, "Oops"), "Model.Unavailable"],
    ["a proxy's page", { status: 502, body: "<html>Bad gateway</html>" }, "Model.Unavailable"],
    [
      "invalid",
      errorAnswer("ValidationException", 400, "messages.0.content is wrong"),
      "Model.RequestInvalid",
    ],
    ["too long", errorAnswer("ValidationException", 400, context), "Model.ContextExceeded"],
    [
      "not allowed",
      errorAnswer("AccessDeniedException", 403, "User is not authorized"),
      "Model.RequestInvalid",
    ],
    [
      "no such model",
      errorAnswer("ResourceNotFoundException", 404, "No model"),
      "Model.RequestInvalid",
    ],
    [
      "reset in the body",
      {
        body: converseBody({ content: [{ text: "A tree." }], stopReason: "end_turn" }),
        resetAfter: 40,
      },
      "Model.Unavailable",
    ],
    ["disconnected", { disconnect: true }, "Model.Unavailable"],
    ["truncated", { body: '{"output":{"message":{"role":"assis' }, "Model.Unavailable"],
    ["empty", { body: "" }, "Model.Unavailable"],
    [
      "of an unknown stop reason",
      { body: '{"output":{"message":{"role":"assistant","content":[]}},"stopReason":"new"}' },
      "Model.Unavailable",
    ],
  ])("%s as a named error, after one attempt", async (_what, answer, name) => {
    bedrock.server.answer = answer;
    await expect(ask()).rejects.toMatchObject({ name });
    expect(bedrock.server.requests).toHaveLength(1);
    bedrock.server.answer = {
      body: converseBody({ content: [{ text: "A tree." }], stopReason: "end_turn" }),
    };
    expect((await ask()).content).toEqual([{ text: "A tree." }]);
  });

  it("without a server, too", async () => {
    await bedrock.server.close();
    await expect(ask()).rejects.toMatchObject({ name: "Model.Unavailable" });
  });

  it("and says what to do about a missing permission", async () => {
    bedrock.server.answer = errorAnswer("AccessDeniedException", 403, "User is not authorized");
    await expect(ask()).rejects.toThrow(/bedrock:InvokeModel/);
  });

  it.each([
    errorAnswer(
      "InvalidSignatureException",
      403,
      `The Canonical String should have been 'POST x-amz-security-token:${TOKEN}'`,
    ),
    errorAnswer("UnrecognizedClientException", 403, `The security token ${TOKEN} is invalid.`),
    { body: `{"output":{"message":{"content":[{"text":"${TOKEN}"` },
  ])("and repeats neither secrets nor content (%#)", async (answer) => {
    bedrock.server.answer = answer;
    const error = await ask().catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(Error);
    const { message, details } = error as Error & { readonly details: unknown };
    expect(`${message} ${JSON.stringify(details)}`).not.toContain(TOKEN);
    expect(`${message} ${JSON.stringify(details)}`).not.toContain(SECRET);
  });

  it("without keeping the connection of a call that was given up", async () => {
    bedrock.server.answer = { hang: true };
    const controller = new AbortController();
    const asked = bedrock.model.converse(ASK, { signal: controller.signal });
    await vi.waitFor(() => expect(bedrock.server.requests).toHaveLength(1));
    controller.abort(new Error("too late"));
    await expect(asked).rejects.toThrow("too late");
    bedrock.server.answer = {
      body: converseBody({ content: [{ text: "x" }], stopReason: "end_turn" }),
    };
    expect((await ask()).content).toEqual([{ text: "x" }]);
    await vi.waitFor(() => expect(bedrock.server.connections).toBe(0));
  });

  it("with the reason of the signal that ends it while it waits", async () => {
    const reason = new Error("the step is over");
    const controller = new AbortController();
    bedrock.server.answer = { hang: true };
    const asked = bedrock.model.converse(ASK, { signal: controller.signal });
    await vi.waitFor(() => expect(bedrock.server.requests).toHaveLength(1));
    controller.abort(reason);
    await expect(asked).rejects.toBe(reason);
  });
});
