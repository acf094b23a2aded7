/** Events that workflows emit, one JSON document a line, until a bus of the local runtime takes them. */
import { randomUUID } from "node:crypto";
import { type FileHandle, open } from "node:fs/promises";
import type { JsonObject } from "../../runtime/json.ts";

/** In the shape in which EventBridge delivers an event to its targets. */
export interface LoggedEvent extends JsonObject {
  id: string;
  time: string;
  source: string;
  "detail-type": string;
  detail: JsonObject;
  resources: string[];
  bus: string;
}

export class EventLog {
  readonly #path: string;
  readonly #onEmit: ((event: LoggedEvent) => void) | undefined;
  #file: Promise<FileHandle> | undefined;
  #last: Promise<unknown> = Promise.resolve();

  /** The file is made with the first event. `onEmit` is told of each event once it is stored. */
  constructor(path: string, onEmit?: (event: LoggedEvent) => void) {
    this.#path = path;
    this.#onEmit = onEmit;
  }

  /** Resolves once the events would survive a crash. Returns them with their ids. */
  async append(events: readonly Omit<LoggedEvent, "id">[]): Promise<readonly LoggedEvent[]> {
    const logged = events.map((event) => ({ id: randomUUID(), ...event }) as LoggedEvent);
    const text = logged.map((event) => `${JSON.stringify(event)}\n`).join("");
    const written = this.#last.then(async () => {
      this.#file ??= openAtEnd(this.#path);
      const file = await this.#file;
      await file.write(text);
      await file.datasync();
    });
    // One failed write must not fail those after it.
    this.#last = written.catch(() => undefined);
    await written;
    for (const event of logged) this.#onEmit?.(event);
    return logged;
  }

  async close(): Promise<void> {
    await this.#last;
    await (await this.#file)?.close();
  }
}

/** A line that a crash has torn is ended, so that the next one stands for itself. */
async function openAtEnd(path: string): Promise<FileHandle> {
  const file = await open(path, "a+");
  const { size } = await file.stat();
  if (size > 0) {
    const { buffer } = await file.read(Buffer.alloc(1), 0, 1, size - 1);
    if (buffer[0] !== 10) await file.write("\n");
  }
  return file;
}
