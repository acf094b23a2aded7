/** Puts a guarded world around all code that is loaded from now on. Once a thread, before that code. */
import { syncBuiltinESMExports } from "node:module";
import { guardClock } from "./guard-clock.ts";
import { guardConsole } from "./guard-console.ts";
import { guardEnvironment } from "./guard-environment.ts";
import { guardNetwork } from "./guard-network.ts";
import { guardRandom } from "./guard-random.ts";
import { GuardedWorld } from "./world.ts";

export function installGuard(): GuardedWorld {
  const world = new GuardedWorld();
  guardClock(world);
  guardRandom(world);
  guardNetwork(world);
  guardEnvironment(world);
  guardConsole(world);
  // What was imported by name from Node's modules follows.
  syncBuiltinESMExports();
  return world;
}
