import type { GuardedWorld } from "./world.ts";

type Crypto = typeof import("node:crypto");

/** `Math.random` and everything random of `crypto`. Call `syncBuiltinESMExports` afterwards. */
export function guardRandom(world: GuardedWorld): void {
  const look = (what: string) => world.use("random", what);
  const fill = (bytes: Uint8Array) => {
    for (let i = 0; i < bytes.length; i += 1) bytes[i] = world.bits() & 255;
    return bytes;
  };
  const uuid = () => {
    const bytes = fill(Buffer.alloc(16));
    bytes[6] = ((bytes[6] ?? 0) & 15) | 64;
    bytes[8] = ((bytes[8] ?? 0) & 63) | 128;
    const hex = Buffer.from(bytes).toString("hex");
    return [
      hex.slice(0, 8),
      hex.slice(8, 12),
      hex.slice(12, 16),
      hex.slice(16, 20),
      hex.slice(20),
    ].join("-");
  };
  const viewOf = (target: ArrayBufferView) =>
    new Uint8Array(target.buffer, target.byteOffset, target.byteLength);

  const mathRandom = Math.random;
  Math.random = () => {
    if (!world.active) return mathRandom();
    look("Math.random");
    return world.random();
  };

  const crypto = process.getBuiltinModule("node:crypto") as Record<string, unknown>;
  const guard = (name: string, guarded: (...given: never[]) => unknown) => {
    const real = crypto[name] as (...given: unknown[]) => unknown;
    crypto[name] = (...given: unknown[]) => {
      if (!world.active) return real(...given);
      look(`crypto.${name}`);
      return guarded(...(given as never[]));
    };
  };
  const callBack = <T>(value: T, done: unknown): T | undefined => {
    if (typeof done !== "function") return value;
    setImmediate(() => (done as (error: null, value: T) => void)(null, value));
    return undefined;
  };
  guard("randomUUID", uuid);
  guard("randomBytes", (size: number, done: unknown) => callBack(fill(Buffer.alloc(size)), done));
  guard("randomInt", (min: number, max: unknown, done: unknown) => {
    const [from, to] = typeof max === "number" ? [min, max] : [0, min];
    return callBack(
      from + Math.floor(world.random() * (to - from)),
      typeof max === "number" ? done : max,
    );
  });
  guard("randomFillSync", (target: ArrayBufferView) => {
    fill(viewOf(target));
    return target;
  });
  guard("randomFill", (target: ArrayBufferView, ...more: unknown[]) => {
    fill(viewOf(target));
    return callBack(target, more.at(-1));
  });

  const web = (crypto as unknown as Crypto).webcrypto;
  const realValues = web.getRandomValues.bind(web);
  const realUuid = web.randomUUID.bind(web);
  const guarded = {
    getRandomValues: <T extends ArrayBufferView>(target: T): T => {
      if (!world.active) return realValues(target as never) as unknown as T;
      look("crypto.getRandomValues");
      fill(viewOf(target));
      return target;
    },
    randomUUID: () => {
      if (!world.active) return realUuid();
      look("crypto.randomUUID");
      return uuid();
    },
  };
  for (const [name, value] of Object.entries(guarded)) {
    Object.defineProperty(web, name, { value });
  }
}
