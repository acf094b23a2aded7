/** The ports in memory, for tests of step code: same rules, nothing to clean up. */
import { createHash } from "node:crypto";
import { readAll } from "../../runtime/artifact-handle.ts";
import { ArtifactNotFound } from "../../runtime/errors.ts";
import type {
  Artifacts,
  Clock,
  Condition,
  RecordItem,
  RecordKey,
  Records,
} from "../../runtime/ports.ts";
import { cursorOf, pageSizeOf, placesOf } from "../../runtime/record-page.ts";
import {
  checkCondition,
  checkRecordKey,
  checkRecordSize,
  isExpired,
} from "../../runtime/record-rules.ts";
import { systemClock } from "./clock.ts";

export function memoryArtifacts(): Artifacts {
  const stored = new Map<string, Uint8Array>();
  return {
    async put(body, { mediaType, name }) {
      const bytes = Buffer.from(body instanceof Uint8Array ? body : await readAll(body));
      const digest = `sha256:${createHash("sha256").update(bytes).digest("hex")}`;
      stored.set(digest, bytes);
      const size = bytes.byteLength;
      return { $artifact: digest, bytes: size, mediaType, ...(name !== undefined && { name }) };
    },
    async *open(digest) {
      const bytes = stored.get(digest);
      if (!bytes) throw new ArtifactNotFound(`There is no artifact ${digest}.`);
      yield Buffer.from(bytes);
    },
    async stat(digest) {
      const bytes = stored.get(digest);
      return bytes && { bytes: bytes.byteLength };
    },
  };
}

export function memoryRecords(clock: Clock = systemClock): Records {
  const stored = new Map<string, RecordItem>();
  const nameOf = ({ partition, sort }: RecordKey) => JSON.stringify([partition, sort]);
  const read = (key: RecordKey) => {
    const item = stored.get(nameOf(key));
    return item && !isExpired(item, clock.now()) ? structuredClone(item) : undefined;
  };
  return {
    async get(key) {
      checkRecordKey(key);
      return read(key);
    },
    async put(item, condition?: Condition) {
      checkRecordKey(item.key);
      for (const key of Object.values(item.indexes ?? {})) checkRecordKey(key);
      checkRecordSize(JSON.stringify(item.data));
      const standing = read(item.key);
      checkCondition(item.key, condition, standing);
      const written = structuredClone({ ...item, version: (standing?.version ?? 0) + 1 });
      stored.set(nameOf(item.key), written);
      return structuredClone(written);
    },
    async delete(key, condition) {
      checkRecordKey(key);
      checkCondition(key, condition, read(key));
      stored.delete(nameOf(key));
    },
    async deleteAll(keys) {
      for (const key of keys) checkRecordKey(key);
      for (const key of keys) stored.delete(nameOf(key));
    },
    async query(query) {
      const size = pageSizeOf(query);
      const items = [...stored.values()].flatMap((item) => read(item.key) ?? []);
      const keyed = items.flatMap((item) => {
        const key = query.index === undefined ? item.key : item.indexes?.[query.index];
        return key?.partition === query.partition ? [{ sort: key.sort, key: item.key, item }] : [];
      });
      const places = placesOf(keyed, query);
      const page = places.slice(0, size);
      const last = page.at(-1);
      const isLast = places.length <= size || !last;
      return {
        items: page.map(({ item }) => item),
        ...(!isLast && { next: cursorOf(last) }),
      };
    },
  };
}
