import type { GuardedWorld } from "./world.ts";

type Callable = (this: unknown, ...given: unknown[]) => unknown;

/** What reaches other machines or processes, by module. */
const CALLS: Readonly<Record<string, readonly string[]>> = {
  "node:http": ["request", "get"],
  "node:https": ["request", "get"],
  "node:http2": ["connect"],
  "node:net": ["connect", "createConnection"],
  "node:tls": ["connect"],
  "node:dgram": ["createSocket"],
  "node:child_process": [
    "exec",
    "execFile",
    "execFileSync",
    "execSync",
    "fork",
    "spawn",
    "spawnSync",
  ],
  "node:dns": ["lookup", "resolve", "resolve4", "resolve6", "resolveAny", "resolveTxt", "reverse"],
  "node:dns/promises": ["lookup", "resolve", "resolve4", "resolve6", "resolveTxt", "reverse"],
};

/** Lets step code reach nothing: a replay is offline. Call `syncBuiltinESMExports` afterwards. */
export function guardNetwork(world: GuardedWorld): void {
  const refuse = (what: string): never => {
    world.use("network", what);
    throw Object.assign(new Error(`A replay reaches no network: ${what}`), { code: "EREPLAY" });
  };
  const realFetch = globalThis.fetch;
  globalThis.fetch = async (input, init) =>
    world.active ? refuse(`fetch ${targetOf(input)}`) : realFetch(input, init);
  for (const [name, functions] of Object.entries(CALLS)) {
    const module = process.getBuiltinModule(name) as Record<string, Callable>;
    for (const each of functions) {
      const real = module[each];
      if (real === undefined) continue;
      const what = `${name.slice("node:".length).replace("/", ".")}.${each}`;
      module[each] = function (...given) {
        if (!world.active) return real.apply(this, given);
        const refused = () => refuse(`${what} ${targetOf(given[0])}`.trim());
        return name.endsWith("/promises") ? Promise.resolve().then(refused) : refused();
      };
    }
  }
  const { Socket } = process.getBuiltinModule("node:net") as {
    Socket: { prototype: { connect: Callable } };
  };
  const connect = Socket.prototype.connect;
  Socket.prototype.connect = function (...given) {
    return world.active ? refuse("net.Socket.connect") : connect.apply(this, given);
  };
}

/** Where to, without what may be secret in an address. */
function targetOf(given: unknown): string {
  if (typeof given === "string" || given instanceof URL) {
    return String(given)
      .replace(/\/\/[^/]*@/, "//")
      .replace(/[?#].*$/s, "");
  }
  if (typeof given !== "object" || given === null) return "";
  const { url, host, hostname } = given as Readonly<Record<string, unknown>>;
  const found = url ?? hostname ?? host;
  return typeof found === "string" ? targetOf(found) : "";
}
