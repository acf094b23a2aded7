import { createColors } from "picocolors";
import type { Diagnostic } from "../manifest/diagnostic.ts";
import type { Json } from "../runtime/json.ts";
import { renderFindings } from "./bundles/render-findings.ts";
import type { Io, Sink } from "./io.ts";

type Colors = ReturnType<typeof createColors>;

/**
 * Where a command's words go. Results are lines on stdout; warnings and advice to stderr. With
 * `--json`, stdout carries nothing but the one document, and the lines
 * go to stderr if somebody sits there to read them.
 */
export class Output {
  /** Paints for `line`; paints nothing in a pipe, under NO_COLOR, or with `--json`. */
  readonly color: Colors;
  /** True if `line` goes to a terminal that can move its cursor. */
  readonly live: boolean;
  /** Columns to fill; 80 in a pipe, so that output does not depend on who reads it. */
  readonly width: number;
  readonly #results: Sink | undefined;
  readonly #documents: Sink | undefined;
  readonly #stderr: Sink;
  readonly #errorColor: Colors;
  #transient = false;

  constructor(io: Pick<Io, "stdout" | "stderr" | "env">, json: boolean) {
    this.#results = json ? (io.stderr.isTTY ? io.stderr : undefined) : io.stdout;
    this.#documents = json ? io.stdout : undefined;
    this.#stderr = io.stderr;
    this.color = createColors(paints(this.#results, io.env));
    this.#errorColor = createColors(paints(io.stderr, io.env));
    this.live = this.#results?.isTTY === true && io.env.TERM !== "dumb";
    this.width = this.live ? Math.max(40, this.#results?.columns ?? 80) : 80;
  }

  line(text = ""): void {
    this.clearProgress();
    this.#results?.write(`${text}\n`);
  }

  lines(texts: readonly string[]): void {
    for (const text of texts) {
      this.line(text);
    }
  }

  /** The one document of `--json`; nothing otherwise. */
  document(document: Json): void {
    this.clearProgress();
    this.#documents?.write(`${JSON.stringify(document, null, 2)}\n`);
  }

  /** A line on a terminal that the next output replaces; nothing in a pipe. */
  progress(text: string): void {
    if (this.live) {
      this.#results?.write(`\r\u001b[K${text}`);
      this.#transient = true;
    }
  }

  clearProgress(): void {
    if (this.#transient) {
      this.#results?.write("\r\u001b[K");
      this.#transient = false;
    }
  }

  /** A remark that is no result: always on stderr. */
  note(text: string): void {
    this.clearProgress();
    this.#stderr.write(`${text}\n`);
  }

  /** Findings of a command that could not do its work: on stderr. */
  notes(diagnostics: readonly Diagnostic[], cwd: string): void {
    const color = this.#errorColor.isColorSupported;
    for (const text of renderFindings(diagnostics, { cwd, color, width: this.width })) {
      this.note(text);
    }
  }

  /** Findings that are the command's result. */
  findings(diagnostics: readonly Diagnostic[], cwd: string): void {
    const color = this.color.isColorSupported;
    this.lines(renderFindings(diagnostics, { cwd, color, width: this.width }));
  }

  warn(text: string): void {
    this.note(`${this.#errorColor.yellow("warning:")} ${text}`);
  }

  error(message: string, hint: string | undefined): void {
    const hints = hint === undefined ? [] : hint.split("\n").map((line) => `  ${line}`);
    this.note([`${this.#errorColor.red("error:")} ${message}`, ...hints].join("\n"));
  }
}

function paints(sink: Sink | undefined, env: Io["env"]): boolean {
  return sink?.isTTY === true && !env.NO_COLOR && env.TERM !== "dumb";
}
