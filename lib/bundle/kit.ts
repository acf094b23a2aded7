/** Where this kit itself lies: what the package name `espalier` means to a handler. */
import { readFileSync, realpathSync } from "node:fs";
import { join, resolve } from "node:path";

/** Real path of the kit's folder. */
export const KIT_FOLDER = realpathSync(resolve(import.meta.dirname, "../.."));

/** Entries that run on a developer's machine and never in a function. */
const NOT_FOR_HANDLERS = new Set(["./engine", "./testing", "./constructs", "./package.json"]);

/** Import name → file, by the `exports` of the kit's own package.json. */
export function kitEntries(): ReadonlyMap<string, string> {
  const { exports } = kitPackage();
  return new Map(
    Object.entries(exports)
      .filter(([name]) => !NOT_FOR_HANDLERS.has(name))
      .map(([name, file]) => [`espalier${name.slice(1)}`, join(KIT_FOLDER, file)]),
  );
}

/** Version of this kit, from its own package.json. */
export function kitVersion(): string {
  version ??= kitPackage().version;
  return version;
}
let version: string | undefined;

function kitPackage() {
  return JSON.parse(readFileSync(join(KIT_FOLDER, "package.json"), "utf8")) as {
    readonly exports: Readonly<Record<string, string>>;
    readonly version: string;
  };
}
