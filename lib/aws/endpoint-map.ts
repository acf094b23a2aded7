/**
 * What DynamoDB's client remembers discovered endpoints in. It discovers none unless it is told to,
 * and brings a library for the case: functions are bundled with this in its place (7 KB less).
 */
export default class EndpointMap<T> {
  readonly #capacity: number;
  readonly #known = new Map<string, T>();

  constructor(capacity: number) {
    this.#capacity = capacity;
  }

  has(key: string): boolean {
    return this.#known.has(key);
  }

  get(key: string): T | undefined {
    const value = this.#known.get(key);
    if (value !== undefined) this.set(key, value);
    return value;
  }

  /** Does not count as a use. */
  peek(key: string): T | undefined {
    return this.#known.get(key);
  }

  /** The one that was used longest ago gives way. */
  set(key: string, value: T): void {
    this.#known.delete(key);
    this.#known.set(key, value);
    const [oldest] = this.#known.keys();
    if (this.#known.size > this.#capacity && oldest !== undefined) this.#known.delete(oldest);
  }

  clear(): void {
    this.#known.clear();
  }
}
