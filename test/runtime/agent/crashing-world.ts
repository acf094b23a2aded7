/**
 * A process that dies at a given point. Every call of a port, a model or a tool has two points: before
 * it happens, and after it has happened but before anybody hears of it. From its death on, nothing
 * that this process calls happens, and nothing that it waits for comes back.
 */
export interface Process {
  /** Points passed so far. */
  readonly points: () => number;
  /** The names of the points, in order. */
  readonly trace: readonly string[];
  /** Resolves when the process dies. */
  readonly death: Promise<"dead">;
  /** The same object, each of its methods with two points. */
  wrap<T extends object>(name: string, target: T): T;
}

/** `dieAt`: the number of the point, from 0; absent: it lives on. */
export function startProcess(dieAt?: number): Process {
  const trace: string[] = [];
  let isDead = false;
  let die: (word: "dead") => void = () => undefined;
  const death = new Promise<"dead">((resolve) => {
    die = resolve;
  });
  const forever = new Promise<never>(() => undefined);

  /** Passes a point: whether the process still lives. */
  const pass = (name: string): boolean => {
    if (isDead) return false;
    if (trace.length === dieAt) {
      isDead = true;
      die("dead");
      return false;
    }
    trace.push(name);
    return true;
  };

  const call = async (name: string, perform: () => unknown): Promise<unknown> => {
    if (!pass(`before ${name}`)) return forever;
    try {
      return await perform();
    } finally {
      // biome-ignore lint/correctness/noUnsafeFinally: a dead process does not hear of errors either.
      if (!pass(`after ${name}`)) return forever;
    }
  };

  async function* stream(name: string, open: () => AsyncIterable<Uint8Array>) {
    yield* (await call(name, async () => {
      const chunks: Uint8Array[] = [];
      for await (const chunk of open()) chunks.push(chunk);
      return chunks;
    })) as Uint8Array[];
  }

  return {
    points: () => trace.length,
    trace,
    death,
    wrap: (name, target) =>
      new Proxy(target, {
        get(of, property) {
          const member: unknown = Reflect.get(of, property);
          if (typeof member !== "function") return member;
          const place = `${name}.${String(property)}`;
          const perform = (...given: unknown[]) => Reflect.apply(member, of, given) as unknown;
          // The one method that gives a stream and no promise.
          if (place === "artifacts.open") {
            return (digest: string) =>
              stream(place, () => perform(digest) as AsyncIterable<Uint8Array>);
          }
          return (...given: unknown[]) => call(place, () => perform(...given));
        },
      }),
  };
}
