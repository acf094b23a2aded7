/** The adapter against the contract of models. */
import { describeModel } from "../contract/describe-model.ts";
import { openBedrock, useCredentials } from "./bedrock-world.ts";
import { converseBody, errorAnswer } from "./converse-server.ts";

useCredentials();

describeModel("Bedrock", async () => {
  const { server, model, close } = await openBedrock();
  return {
    adapter: "bedrock",
    port: model,
    script: (next) => {
      if ("hang" in next) server.answer = { hang: true };
      else if ("fault" in next) {
        server.answer =
          next.fault === "throttled"
            ? errorAnswer("ThrottlingException", 429, "Too many requests")
            : errorAnswer("ServiceUnavailableException", 503, "Service unavailable");
      } else server.answer = { body: converseBody(next) };
    },
    close,
  };
});
