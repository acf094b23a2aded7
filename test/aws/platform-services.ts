/**
 * A test's stand-in for the small services that the platform's functions and `Control` speak
 * to: SQS (SendMessage), Systems Manager (parameters), Lambda (Invoke), STS (GetCallerIdentity, which is
 * asked in the Query protocol). AWS JSON over HTTP.
 */
import { createHash } from "node:crypto";
import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";

export interface PlatformServices {
  readonly url: string;
  /** Bodies of the messages that were sent, parsed. */
  readonly messages: { readonly queue: string; readonly body: unknown }[];
  readonly parameters: Map<string, string>;
  readonly functions: Map<string, (payload: unknown) => Promise<unknown>>;
  close(): Promise<void>;
}

export const CALLER_ARN = "arn:aws:sts::000000000000:assumed-role/Operator/Ada";

/** https://docs.aws.amazon.com/STS/latest/APIReference/API_GetCallerIdentity.html */
const CALLER = `<GetCallerIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/">
<GetCallerIdentityResult><Arn>${CALLER_ARN}</Arn><UserId>AROA:Ada</UserId><Account>000000000000</Account></GetCallerIdentityResult>
<ResponseMetadata><RequestId>request-1</RequestId></ResponseMetadata></GetCallerIdentityResponse>`;

export async function startServices(): Promise<PlatformServices> {
  const messages: PlatformServices["messages"] = [];
  const parameters: PlatformServices["parameters"] = new Map();
  const functions: PlatformServices["functions"] = new Map();

  const serve = async (request: IncomingMessage): Promise<[status: number, body: unknown]> => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const text = Buffer.concat(chunks).toString();
    if (text.startsWith("Action=GetCallerIdentity&")) return [200, CALLER];
    const body = JSON.parse(text || "{}") as Record<string, string>;
    const invoked = /^\/2015-03-31\/functions\/([^/]+)\/invocations/.exec(request.url ?? "");
    if (invoked) return invoke(decodeURIComponent(invoked[1] ?? ""), body);
    switch (String(request.headers["x-amz-target"]).split(".")[1]) {
      case "SendMessage":
        messages.push({ queue: body.QueueUrl ?? "", body: JSON.parse(body.MessageBody ?? "") });
        return [
          200,
          {
            MessageId: String(messages.length),
            MD5OfMessageBody: createHash("md5")
              .update(body.MessageBody ?? "")
              .digest("hex"),
          },
        ];
      case "GetParameter": {
        const Value = parameters.get(body.Name ?? "");
        if (Value === undefined) return [400, { __type: "ParameterNotFound", message: "none" }];
        const ARN = `arn:aws:ssm:us-east-1:000000000000:parameter${body.Name}`;
        return [200, { Parameter: { Name: body.Name, ARN, Value } }];
      }
      case "GetParametersByPath": {
        const found = [...parameters].filter(([name]) => name.startsWith(`${body.Path}/`));
        // One a page: whoever reads must ask again.
        const at = Number(body.NextToken ?? 0);
        const page = found.slice(at, at + 1).map(([Name, Value]) => ({ Name, Value }));
        const more = found.length > at + 1 && { NextToken: String(at + 1) };
        return [200, { Parameters: page, ...more }];
      }
      default:
        return [400, { __type: "UnknownOperationException", message: "unknown" }];
    }
  };

  const invoke = async (name: string, payload: unknown): Promise<[number, unknown]> => {
    const called = functions.get(name);
    if (!called) return [404, { __type: "ResourceNotFoundException", message: name }];
    return [200, await called(payload)];
  };

  const server = createServer((request, response) => {
    serve(request).then(
      ([status, body]) => {
        response.writeHead(status, { "content-type": "application/x-amz-json-1.0" });
        response.end(typeof body === "string" ? body : JSON.stringify(body));
      },
      (error: unknown) => {
        // As Lambda reports a function that throws.
        const { name, message } = error as Error;
        response.writeHead(200, { "x-amz-function-error": "Unhandled" });
        response.end(JSON.stringify({ errorType: name, errorMessage: message }));
      },
    );
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    messages,
    parameters,
    functions,
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
