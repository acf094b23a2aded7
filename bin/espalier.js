#!/usr/bin/env node
import { register } from "tsx/esm/api";

register({ tsconfig: false });
const { runProcess } = await import("../lib/cli/process.ts");
await runProcess();
