/** The emulator's services as the test talks to them: it checks no signatures, so fetch will do. */
import { get } from "node:http";
import * as z from "zod";

/** `X-Amz-Target` prefix and version of AWS JSON, by the service's name in a credential scope. */
const JSON_SERVICES = {
  dynamodb: ["DynamoDB_20120810", "1.0"],
  events: ["AWSEvents", "1.1"],
  logs: ["Logs_20140328", "1.1"],
  sqs: ["AmazonSQS", "1.0"],
  ssm: ["AmazonSSM", "1.1"],
  states: ["AWSStepFunctions", "1.0"],
} as const;

export class Aws {
  readonly endpoint: string;

  constructor(endpoint: string) {
    this.endpoint = endpoint;
  }

  /** Calls an action of a service that speaks AWS JSON, and reads its answer with `shape`. */
  async call<T>(
    service: keyof typeof JSON_SERVICES,
    action: string,
    body: object,
    shape: z.ZodType<T>,
  ): Promise<T> {
    const [target, version] = JSON_SERVICES[service];
    const text = await this.#send(service, "/", {
      method: "POST",
      headers: {
        "content-type": `application/x-amz-json-${version}`,
        "x-amz-target": `${target}.${action}`,
      },
      body: JSON.stringify(body),
    });
    return shape.parse(JSON.parse(text === "" ? "{}" : text));
  }

  async putEvent(bus: string, source: string, detailType: string, detail: object): Promise<void> {
    const entry = {
      EventBusName: bus,
      Source: source,
      DetailType: detailType,
      Detail: JSON.stringify(detail),
    };
    const Answer = z.object({ FailedEntryCount: z.literal(0) });
    await this.call("events", "PutEvents", { Entries: [entry] }, Answer);
  }

  /** Answer of a function that has not failed. */
  async invoke(name: string, payload: object): Promise<unknown> {
    const { failed, text } = await this.invocation(name, payload);
    if (failed) throw new Error(`${name} has failed: ${text}`);
    return JSON.parse(text);
  }

  /** What a function has answered or thrown, as JSON. */
  async invocation(name: string, payload: object): Promise<{ failed: boolean; text: string }> {
    const path = `/2015-03-31/functions/${encodeURIComponent(name)}/invocations`;
    const answer = await this.#fetch("lambda", path, {
      method: "POST",
      body: JSON.stringify(payload),
    });
    const failed = answer.headers.get("x-amz-function-error") !== null;
    const text = await answer.text();
    return { failed, text: text === "" ? "null" : text };
  }

  async functionNames(): Promise<readonly string[]> {
    const Answer = z.object({ Functions: z.array(z.object({ FunctionName: z.string() })) });
    const text = await this.#send("lambda", "/2015-03-31/functions", { method: "GET" });
    return Answer.parse(JSON.parse(text)).Functions.map(({ FunctionName }) => FunctionName);
  }

  /** An object's bytes as they are stored (fetch would unpack them); undefined if it is not there. */
  object(bucket: string, key: string): Promise<Buffer | undefined> {
    return new Promise((resolve, reject) => {
      const options = { headers: signed("s3") };
      const sent = get(`${this.endpoint}/${bucket}/${key}`, options, (answer) => {
        const parts: Buffer[] = [];
        answer.on("data", (part: Buffer) => parts.push(part));
        answer.once("error", reject);
        answer.once("end", () => {
          if (answer.statusCode === 404) resolve(undefined);
          else if (answer.statusCode === 200) resolve(Buffer.concat(parts));
          else reject(new Error(`GET ${bucket}/${key}: ${answer.statusCode}`));
        });
      });
      sent.once("error", reject);
    });
  }

  async objectKeys(bucket: string, prefix: string): Promise<readonly string[]> {
    const path = `/${bucket}?list-type=2&max-keys=1000&prefix=${encodeURIComponent(prefix)}`;
    const xml = await this.#send("s3", path, { method: "GET" });
    return [...xml.matchAll(/<Key>([^<]*)<\/Key>/g)].map(([, key = ""]) => key);
  }

  /** Tags of an object, `name=value`. */
  async objectTags(bucket: string, key: string): Promise<readonly string[]> {
    const xml = await this.#send("s3", `/${bucket}/${key}?tagging`, { method: "GET" });
    return [...xml.matchAll(/<Key>([^<]*)<\/Key>\s*<Value>([^<]*)<\/Value>/g)].map(
      ([, name, value]) => `${name}=${value}`,
    );
  }

  async bucketNames(): Promise<readonly string[]> {
    const xml = await this.#send("s3", "/", { method: "GET" });
    return [...xml.matchAll(/<Name>([^<]*)<\/Name>/g)].map(([, name = ""]) => name);
  }

  /** Texts of the elements `element` in the answer of an action with the query protocol. */
  async query(service: string, action: string, version: string, element: string) {
    const xml = await this.#send(service, "/", {
      method: "POST",
      headers: { "content-type": "application/x-www-form-urlencoded" },
      body: new URLSearchParams({ Action: action, Version: version }).toString(),
    });
    return [...xml.matchAll(new RegExp(`<${element}>([^<]*)</${element}>`, "g"))].map(
      ([, text = ""]) => text,
    );
  }

  async #send(service: string, path: string, init: RequestInit): Promise<string> {
    return (await this.#fetch(service, path, init)).text();
  }

  async #fetch(service: string, path: string, init: RequestInit): Promise<Response> {
    const headers = { ...signed(service), ...(init.headers as Record<string, string>) };
    const answer = await fetch(`${this.endpoint}${path}`, { ...init, headers });
    if (answer.ok) return answer;
    throw new Error(`${service} ${path}: ${answer.status} ${await answer.text()}`);
  }
}

/** The credential scope tells the emulator which service is meant. */
function signed(service: string): Record<string, string> {
  const scope = `test/20260101/us-east-1/${service}/aws4_request`;
  return {
    authorization: `AWS4-HMAC-SHA256 Credential=${scope}, SignedHeaders=host, Signature=0`,
  };
}
