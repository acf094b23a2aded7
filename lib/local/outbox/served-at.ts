/** An address that is known once a server listens: whoever asks before waits for it. */
export class ServedAt {
  readonly #known: Promise<string>;
  #tell: (url: string) => void = () => undefined;
  #fail: (error: Error) => void = () => undefined;

  constructor() {
    this.#known = new Promise((resolve, reject) => {
      this.#tell = resolve;
      this.#fail = reject;
    });
    // Nobody may ever ask.
    this.#known.catch(() => undefined);
  }

  url(): Promise<string> {
    return this.#known;
  }

  tell(url: string): void {
    this.#tell(url);
  }

  /** There will be none: the server did not start, or has ended. */
  end(): void {
    this.#fail(new Error("The runtime ended before it was reached by any address."));
  }
}
