import type { Execution } from "./execution.ts";
import type { Frame } from "./frame.ts";
import type { Json, JsonObject } from "./json.ts";
import type { Scope } from "./query/language.ts";

/** What the queries of a frame's state see. The context object is made when it is looked at. */
export class FrameScope implements Scope {
  readonly #x: Execution;
  readonly #f: Frame;
  readonly #token: string | undefined;
  #context: JsonObject | undefined;
  readonly result: Json | undefined;
  readonly errorOutput: Json | undefined;
  readonly input: Json;

  constructor(
    x: Execution,
    f: Frame,
    result: Json | undefined,
    errorOutput: Json | undefined,
    token: string | undefined,
  ) {
    this.#x = x;
    this.#f = f;
    this.#token = token;
    this.input = f.value;
    this.result = result;
    this.errorOutput = errorOutput;
  }

  get variables() {
    return this.#f.variables;
  }

  context(): JsonObject {
    this.#context ??= this.#x.contextObject(this.#f, this.#token);
    return this.#context;
  }
}
