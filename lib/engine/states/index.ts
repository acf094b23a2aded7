import type { StateType } from "../machine.ts";
import type { Behaviour } from "./behaviour.ts";
import { map } from "./map.ts";
import { parallel } from "./parallel.ts";
import { choice, fail, pass, succeed } from "./simple.ts";
import { task } from "./task.ts";
import { wait } from "./wait.ts";

export const BEHAVIOURS: Readonly<Record<StateType, Behaviour>> = {
  Pass: pass,
  Task: task,
  Choice: choice,
  Wait: wait,
  Succeed: succeed,
  Fail: fail,
  Parallel: parallel,
  Map: map,
};
