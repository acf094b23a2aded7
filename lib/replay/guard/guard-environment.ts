import type { GuardedWorld } from "./world.ts";

const OF_MACHINE = [
  "hostname",
  "tmpdir",
  "homedir",
  "userInfo",
  "cpus",
  "freemem",
  "totalmem",
  "loadavg",
  "uptime",
  "networkInterfaces",
  "availableParallelism",
];

const READS = [
  "readFileSync",
  "readFile",
  "readdirSync",
  "readdir",
  "statSync",
  "stat",
  "existsSync",
  "openSync",
  "open",
  "opendir",
  "createReadStream",
  "access",
  "accessSync",
  "lstat",
  "lstatSync",
];

/** `process.env`, the machine's own properties, and files that no bundle holds. */
export function guardEnvironment(world: GuardedWorld): void {
  const variable = (name: string): string | undefined => {
    world.use("environment", `process.env.${name}`);
    // A replay has no environment; turned, every variable is set.
    return world.isTurned("environment") ? "espalier-replay" : undefined;
  };
  const real = process.env;
  process.env = new Proxy(real, {
    get(target, name, receiver) {
      if (!world.active || typeof name !== "string")
        return Reflect.get(target, name, receiver) as unknown;
      return variable(name);
    },
    has(target, name) {
      if (!world.active || typeof name !== "string") return Reflect.has(target, name);
      return variable(name) !== undefined;
    },
    ownKeys(target) {
      if (!world.active) return Reflect.ownKeys(target);
      world.use("environment", "process.env");
      return world.isTurned("environment") ? ["ESPALIER_REPLAY"] : [];
    },
    getOwnPropertyDescriptor(target, name) {
      if (!world.active) return Reflect.getOwnPropertyDescriptor(target, name);
      const value = typeof name === "string" ? variable(name) : undefined;
      return value === undefined
        ? undefined
        : { value, writable: true, enumerable: true, configurable: true };
    },
  });

  const os = process.getBuiltinModule("node:os") as unknown as Record<
    string,
    (...given: unknown[]) => unknown
  >;
  for (const name of OF_MACHINE) {
    const asked = os[name];
    if (asked === undefined) continue;
    os[name] = (...given) => {
      if (!world.active) return asked(...given);
      world.use("environment", `os.${name}`);
      const value = asked(...given);
      return world.isTurned("environment") && typeof value === "string" ? `${value}-replay` : value;
    };
  }

  const absent = (what: string, path: unknown): never => {
    const shown = typeof path === "string" || path instanceof URL ? String(path) : "";
    world.use("files", `fs.${what} ${shown}`.trim());
    throw Object.assign(
      new Error(`ENOENT: a replay reads no files beside the bundle's: ${shown}`),
      {
        code: "ENOENT",
      },
    );
  };
  for (const name of ["node:fs", "node:fs/promises"]) {
    const fs = process.getBuiltinModule(name) as Record<string, (...given: unknown[]) => unknown>;
    for (const each of READS) {
      const read = fs[each];
      if (read === undefined) continue;
      fs[each] = (...given) => {
        if (!world.active) return read(...given);
        if (each === "existsSync") {
          world.use("files", `fs.existsSync ${String(given[0])}`);
          return world.isTurned("files");
        }
        const refused = () => absent(each, given[0]);
        return name.endsWith("/promises") ? Promise.resolve().then(refused) : refused();
      };
    }
  }
}
