/** A server of the Chat Completions API that answers at once: ten tool calls, then the artifact. */
import { createServer } from "node:http";
import { ARTIFACT, argumentsAt, TOOL, TOOL_CALLS } from "../peers/agent-harness.mjs";

function answerTo({ messages }) {
  const turn = messages.filter(({ role }) => role === "assistant").length;
  const usage = { prompt_tokens: 100, completion_tokens: 20, total_tokens: 120 };
  const base = { id: "chat", object: "chat.completion", created: 0, model: "scripted", usage };
  const choice =
    turn < TOOL_CALLS
      ? { finish_reason: "tool_calls", message: { role: "assistant", tool_calls: [callAt(turn)] } }
      : {
          finish_reason: "stop",
          message: { role: "assistant", content: JSON.stringify(ARTIFACT) },
        };
  return { ...base, choices: [{ index: 0, ...choice }] };
}

function callAt(turn) {
  const text = JSON.stringify(argumentsAt(turn));
  return { id: `call_${turn}`, type: "function", function: { name: TOOL, arguments: text } };
}

const server = createServer(async (request, response) => {
  const chunks = [];
  for await (const chunk of request) chunks.push(chunk);
  const body = JSON.stringify(answerTo(JSON.parse(Buffer.concat(chunks).toString())));
  response.writeHead(200, { "content-type": "application/json" }).end(body);
});

server.listen(0, "127.0.0.1", () => process.stdout.write(`${server.address().port}\n`));
