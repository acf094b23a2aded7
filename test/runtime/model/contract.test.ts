/** Adapters that need no AWS keep the contract of `Model`. */
import { StepError } from "../../../lib/runtime/errors.ts";
import { openAiModel } from "../../../lib/runtime/model/openai.ts";
import { recordingModel } from "../../../lib/runtime/model/recording.ts";
import { standIn, standInModel } from "../../../lib/runtime/model/stand-in.ts";
import {
  describeModel,
  type ModelUnderTest,
  type Scripted,
} from "../../contract/describe-model.ts";
import { chatBody, startOpenAi } from "./openai-server.ts";

function scriptedStandIn(): ModelUnderTest {
  let next: Scripted | undefined;
  const port = standInModel(
    standIn(() => {
      if (next === undefined) throw new StepError("Step.Failed", "nothing is scripted");
      if ("hang" in next) return new Promise(() => undefined);
      return next;
    }),
  );
  return {
    adapter: "stand-in",
    port,
    script: (answer) => {
      next = answer;
    },
  };
}

describeModel("stand-in", async () => scriptedStandIn());

describeModel("OpenAI-compatible", async () => {
  const server = await startOpenAi();
  return {
    adapter: "openai",
    port: openAiModel({ endpoint: server.url }),
    script: (next) => {
      if ("hang" in next) server.answer = { hang: true };
      else if ("fault" in next) {
        server.answer = { status: next.fault === "throttled" ? 429 : 503, body: "{}" };
      } else server.answer = { body: chatBody(next) };
    },
    close: server.close,
  };
});

const memoryStore = () => {
  const files = new Map<string, string>();
  return {
    read: async (name: string) => files.get(name),
    write: async (name: string, text: string) => void files.set(name, text),
  };
};

describeModel("recording, while it records", async () => {
  const from = scriptedStandIn();
  const store = memoryStore();
  return {
    ...from,
    adapter: "recording",
    port: recordingModel({ store, mode: "record", from: from.port }),
  };
});

describeModel("recording, replayed", async () => {
  const from = scriptedStandIn();
  const store = memoryStore();
  const record = recordingModel({ store, mode: "record", from: from.port });
  const replay = recordingModel({ store, mode: "replay" });
  return {
    ...from,
    adapter: "recording",
    port: {
      async converse(request, options) {
        await record.converse(request, options);
        return replay.converse(request, options);
      },
    },
  };
});
