/** Telling people on one machine: by the outbox, whatever the channel. */
import { CHANNELS } from "../../manifest/approval-policy.ts";
import { linkPath } from "../../runtime/approval/link.ts";
import type { Messenger } from "../../runtime/approval/notifier.ts";
import { makeMessenger } from "../../runtime/notify/messenger.ts";
import type { Ports } from "../../runtime/ports.ts";
import { readLinkKeys } from "../runtime/link-keys.ts";
import type { Outbox } from "./outbox.ts";

export interface LocalMessengerWorld {
  /** The data folder, where the keys of links are. */
  readonly directory: string;
  readonly outbox: Outbox;
  readonly ports: Pick<Ports, "records" | "clock">;
  /** `http://127.0.0.1:PORT`, once the runtime is served. */
  readonly origin: () => Promise<string>;
  readonly onError: (error: unknown) => void;
}

export function localMessenger(world: LocalMessengerWorld): Messenger {
  const { directory, outbox, ports, origin, onError } = world;
  return makeMessenger({
    records: ports.records,
    clock: ports.clock,
    notifiers: Object.fromEntries(CHANNELS.map((channel) => [channel, outbox])),
    async link(approval, to) {
      const ring = await readLinkKeys(directory);
      return (await origin()) + linkPath(approval, to, { ring, now: ports.clock.now() });
    },
    // Lines are for logs; here a person looks on, and only what went wrong is of interest.
    writeLine: (line) => onError(new Error(`A message was not stored in the outbox: ${line}`)),
  });
}
