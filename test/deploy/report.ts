/** What the deployment test has proven, line by line as it goes. */
import { isDeepStrictEqual } from "node:util";

export class Report {
  #passed = 0;
  #failed = 0;
  readonly #begun = Date.now();

  get failed(): number {
    return this.#failed;
  }

  /** A step that the checks below it stand on. */
  step(text: string): void {
    const seconds = Math.round((Date.now() - this.#begun) / 1000);
    console.log(`\n${String(seconds).padStart(4)} s  ${text}`);
  }

  /** Something a reader should know that is no proof. */
  note(text: string): void {
    console.log(`        · ${text}`);
  }

  check(what: string, holds: boolean, found?: unknown): void {
    if (holds) this.#passed += 1;
    else this.#failed += 1;
    console.log(`        ${holds ? "✓" : "✗ FAILED"} ${what}`);
    if (!holds && found !== undefined) {
      const text = typeof found === "string" ? found : JSON.stringify(found, null, 2);
      console.log(text.slice(-3000).replace(/^/gm, "            "));
    }
  }

  equal(what: string, found: unknown, expected: unknown): void {
    this.check(what, isDeepStrictEqual(found, expected), { found, expected });
  }

  /** The scenario cannot go on. */
  broken(error: unknown): void {
    const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
    this.check("the scenario runs to its end", false, text);
  }

  summary(): string {
    return `${this.#passed} passed, ${this.#failed} failed`;
  }
}
