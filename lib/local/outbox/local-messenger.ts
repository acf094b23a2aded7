/** Telling people on one machine: into the outbox, whatever the channel. */
import * as z from "zod";
import { linkPath } from "../../runtime/approval/link.ts";
import type { Messenger } from "../../runtime/approval/notifier.ts";
import { makeMessenger } from "../../runtime/notify/messenger.ts";
import type { NotifySettings } from "../../runtime/notify/notify-settings.ts";
import type { Ports } from "../../runtime/ports.ts";
import { readLinkKeys } from "../runtime/link-keys.ts";
import { localNotifiers } from "./local-notifiers.ts";
import type { Outbox } from "./outbox.ts";

export interface LocalMessengerWorld {
  /** The data folder, where the keys of links are. */
  readonly directory: string;
  readonly outbox: Outbox;
  /** `notify` of local.yaml. */
  readonly settings: NotifySettings;
  readonly ports: Pick<Ports, "records" | "clock">;
  /** `http://127.0.0.1:PORT`, once the runtime is served. */
  readonly origin: () => Promise<string>;
  readonly onError: (error: unknown) => void;
}

export function localMessenger(world: LocalMessengerWorld): Messenger {
  const { directory, outbox, settings, ports, origin, onError } = world;
  return makeMessenger({
    records: ports.records,
    clock: ports.clock,
    notifiers: localNotifiers(settings, outbox, ports.clock),
    async link(approval, to) {
      const ring = await readLinkKeys(directory);
      return (await origin()) + linkPath(approval, to, { ring, now: ports.clock.now() });
    },
    // Lines are for logs; here a person looks on, and only what went wrong is of interest.
    writeLine: (line) => {
      const said = spoken(line);
      if (said !== undefined) onError(new Error(said));
    },
  });
}

const Line = z.object({
  message: z.string(),
  data: z.object({
    to: z.string().optional(),
    failures: z.array(z.object({ channel: z.string(), message: z.string() })).optional(),
    error: z.string().optional(),
  }),
});

/** A line of the log as a sentence; nothing of a line that only counts. */
function spoken(line: string): string | undefined {
  const read = Line.safeParse(JSON.parse(line));
  if (!read.success) return undefined;
  const { message, data } = read.data;
  const { to, failures = [], error } = data;
  const why = [
    ...failures.map((failure) => `${failure.channel}: ${failure.message}`),
    ...(error === undefined ? [] : [error]),
  ].join("; ");
  return [message, to, why].filter(Boolean).join(": ");
}
