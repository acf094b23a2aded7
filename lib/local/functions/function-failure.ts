import type { LambdaError } from "./protocol.ts";

/** What went wrong with a function, as Lambda reports it. */
export class FunctionFailure extends Error {
  override readonly name = "FunctionFailure";
  readonly error: LambdaError;

  constructor(error: LambdaError) {
    super(`${error.errorType}: ${error.errorMessage}`);
    this.error = error;
  }
}
