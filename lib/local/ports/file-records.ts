/**
 * Records as files: `items/PARTITION/SORT/` holds the versions of an item, `index/NAME/PARTITION/`
 * the entries of an index. Any number of processes may write at once, and any of them may be killed.
 */
import { join } from "node:path";
import type { JsonObject } from "../../runtime/json.ts";
import type {
  Clock,
  Condition,
  RecordItem,
  RecordKey,
  RecordPage,
  RecordQuery,
  Records,
} from "../../runtime/ports.ts";
import { cursorOf, type Place, pageSizeOf, placesOf } from "../../runtime/record-page.ts";
import {
  checkCondition,
  checkRecordKey,
  checkRecordSize,
  isExpired,
} from "../../runtime/record-rules.ts";
import { systemClock } from "./clock.ts";
import { listFolder, removeAbandoned } from "./durable-file.ts";
import { fileNameOf, textOfFileName } from "./file-name.ts";
import { addEntry, indexFolderOf, readEntries, removeEntry } from "./index-folder.ts";
import { claimNext, type FolderState, readFolder } from "./version-folder.ts";

/** The content of a version's file. */
interface StoredItem {
  readonly key: RecordKey;
  /** Absent: the item was deleted. */
  readonly item?: {
    readonly version: number;
    readonly data: JsonObject;
    readonly expiresAt?: number;
    readonly indexes?: StoredIndexes;
  };
}

/** `entry`: the file in the index's folder that stands for this item. */
type StoredIndexes = { readonly [index: string]: RecordKey & { readonly entry: string } };

interface Standing {
  readonly state: FolderState;
  readonly stored: StoredItem | undefined;
  /** What callers see: undefined if deleted or expired. */
  readonly item: RecordItem | undefined;
}

export class FileRecords implements Records {
  readonly #items: string;
  readonly #index: string;
  readonly #pending: string;
  readonly #clock: Clock;

  /** The folder is made when something is written. */
  constructor(folder: string, clock: Clock = systemClock) {
    this.#items = join(folder, "items");
    this.#index = join(folder, "index");
    this.#pending = join(folder, "pending");
    this.#clock = clock;
  }

  /** Removes what killed writers have left. Safe at any time, also beside running writers. */
  async tidy(): Promise<void> {
    await removeAbandoned(this.#pending);
  }

  async get(key: RecordKey): Promise<RecordItem | undefined> {
    checkRecordKey(key);
    return (await this.#read(this.#folderOf(key))).item;
  }

  async put(item: Omit<RecordItem, "version">, condition?: Condition): Promise<RecordItem> {
    checkRecordKey(item.key);
    for (const key of Object.values(item.indexes ?? {})) checkRecordKey(key);
    checkRecordSize(JSON.stringify(item.data));
    for (;;) {
      const standing = await this.#read(this.#folderOf(item.key));
      checkCondition(item.key, condition, standing.item);
      const version = (standing.item?.version ?? 0) + 1;
      const written = await this.#replace(standing, item.key, { ...item, version });
      if (written) return written;
    }
  }

  async delete(key: RecordKey, condition?: Condition): Promise<void> {
    checkRecordKey(key);
    for (;;) {
      const standing = await this.#read(this.#folderOf(key));
      checkCondition(key, condition, standing.item);
      if (!standing.stored?.item) return;
      if ((await this.#replace(standing, key, undefined)) !== false) return;
    }
  }

  async deleteAll(keys: readonly RecordKey[]): Promise<void> {
    for (const key of keys) checkRecordKey(key);
    for (const key of keys) await this.delete(key);
  }

  async query(query: RecordQuery): Promise<RecordPage> {
    const size = pageSizeOf(query);
    checkRecordKey({ partition: query.partition, sort: query.prefix || "-" });
    const places =
      query.index === undefined
        ? placesOf(await this.#primaryPlaces(query.partition), query)
        : placesOf(await this.#indexPlaces(query.index, query.partition), query);
    const items: RecordItem[] = [];
    let last: Place | undefined;
    for (const place of places) {
      const item = await this.#itemAt(place, query);
      if (!item) continue;
      if (items.length === size && last) return { items, next: cursorOf(last) };
      items.push(item);
      last = place;
    }
    return { items };
  }

  #folderOf({ partition, sort }: RecordKey): string {
    return join(this.#items, fileNameOf(partition), fileNameOf(sort));
  }

  async #read(folder: string): Promise<Standing> {
    const state = await readFolder(folder);
    if (!state.current) return { state, stored: undefined, item: undefined };
    const stored = parse(state.current.text, state.current.path);
    const item = stored.item && publicItem(stored.key, stored.item);
    const isThere = item && !isExpired(item, this.#clock.now());
    return { state, stored, item: isThere ? item : undefined };
  }

  /** Writes the next version (undefined: the deletion). False if another writer was faster. */
  async #replace(
    { state, stored }: Standing,
    key: RecordKey,
    item: RecordItem | undefined,
  ): Promise<RecordItem | undefined | false> {
    const before = stored?.item?.indexes ?? {};
    const after = await this.#addEntries(key, item?.indexes ?? {}, before);
    const content: StoredItem = item
      ? { key, item: { ...withoutKey(item), ...(item.indexes && { indexes: after }) } }
      : { key };
    const text = JSON.stringify(content);
    const isWritten = await claimNext(state, text, this.#pending);
    await (isWritten ? this.#removeEntries(before, after) : this.#removeEntries(after, before));
    if (!isWritten) return false;
    const written = parse(text, state.folder);
    return written.item && publicItem(key, written.item);
  }

  /** Entries for the keys that have changed; unchanged ones stay. */
  async #addEntries(
    key: RecordKey,
    wanted: { readonly [index: string]: RecordKey },
    standing: StoredIndexes,
  ): Promise<StoredIndexes> {
    const indexes: [string, StoredIndexes[string]][] = [];
    for (const [index, { partition, sort }] of Object.entries(wanted)) {
      const same = standing[index];
      if (same?.partition === partition && same.sort === sort) indexes.push([index, same]);
      else {
        const folder = indexFolderOf(this.#index, index, partition);
        const entry = await addEntry(folder, sort, key, this.#pending);
        indexes.push([index, { partition, sort, entry }]);
      }
    }
    return Object.fromEntries(indexes);
  }

  async #removeEntries(entries: StoredIndexes, except: StoredIndexes): Promise<void> {
    for (const [index, { partition, entry }] of Object.entries(entries)) {
      if (except[index]?.entry === entry) continue;
      await removeEntry(indexFolderOf(this.#index, index, partition), entry);
    }
  }

  async #primaryPlaces(partition: string): Promise<(Place & { readonly entry: undefined })[]> {
    const folder = join(this.#items, fileNameOf(partition));
    const places = [];
    for (const name of await listFolder(folder)) {
      // A long key is cut in its file name; the item knows it.
      const sort = textOfFileName(name) ?? (await this.#read(join(folder, name))).stored?.key.sort;
      if (sort !== undefined) places.push({ sort, key: { partition, sort }, entry: undefined });
    }
    return places;
  }

  #indexPlaces(index: string, partition: string) {
    return readEntries(indexFolderOf(this.#index, index, partition));
  }

  async #itemAt(
    { key, entry }: Place & { readonly entry: string | undefined },
    { index }: RecordQuery,
  ): Promise<RecordItem | undefined> {
    const { stored, item } = await this.#read(this.#folderOf(key));
    if (index === undefined) return item;
    return stored?.item?.indexes?.[index]?.entry === entry ? item : undefined;
  }
}

function withoutKey({ data, version, expiresAt }: RecordItem) {
  return { version, data, ...(expiresAt !== undefined && { expiresAt }) };
}

function publicItem(key: RecordKey, item: NonNullable<StoredItem["item"]>): RecordItem {
  const { indexes } = item;
  return {
    key,
    ...withoutKey({ ...item, key }),
    ...(indexes && {
      indexes: Object.fromEntries(
        Object.entries(indexes).map(([name, { partition, sort }]) => [name, { partition, sort }]),
      ),
    }),
  };
}

/** Only this file writes these files, and it writes them whole. */
function parse(text: string, path: string): StoredItem {
  try {
    return JSON.parse(text) as StoredItem;
  } catch (error) {
    throw new Error(`The record ${path} is damaged: it is not JSON.`, { cause: error });
  }
}
