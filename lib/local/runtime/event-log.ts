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
  readonly #file: FileHandle;
  readonly #onEmit: ((event: LoggedEvent) => void) | undefined;
  #last: Promise<unknown> = Promise.resolve();

  private constructor(file: FileHandle, onEmit: ((event: LoggedEvent) => void) | undefined) {
    this.#file = file;
    this.#onEmit = onEmit;
  }

  /** `onEmit` is told of each event once it is stored. */
  static async open(path: string, onEmit?: (event: LoggedEvent) => void): Promise<EventLog> {
    const file = await open(path, "a+");
    // A line that a crash has torn is closed, so that the next one stands for itself.
    const { size } = await file.stat();
    if (size > 0) {
      const { buffer } = await file.read(Buffer.alloc(1), 0, 1, size - 1);
      if (buffer[0] !== 10) await file.write("\n");
    }
    return new EventLog(file, onEmit);
  }

  /** Resolves once the events would survive a crash. Returns them with their ids. */
  async append(events: readonly Omit<LoggedEvent, "id">[]): Promise<readonly LoggedEvent[]> {
    const logged = events.map((event) => ({ id: randomUUID(), ...event }) as LoggedEvent);
    const text = logged.map((event) => `${JSON.stringify(event)}\n`).join("");
    const written = this.#last.then(async () => {
      await this.#file.write(text);
      await this.#file.datasync();
    });
    // One failed write must not fail those after it.
    this.#last = written.catch(() => undefined);
    await written;
    for (const event of logged) this.#onEmit?.(event);
    return logged;
  }

  async close(): Promise<void> {
    await this.#last;
    await this.#file.close();
  }
}
