/** Three ways in which a plain CDK app gives its functions their code. */
import { mkdirSync, readdirSync } from "node:fs";
import { join } from "node:path";
import {
  Architecture,
  Code,
  type FunctionOptions,
  Function as LambdaFunction,
  Runtime,
} from "aws-cdk-lib/aws-lambda";
import { NodejsFunction, OutputFormat } from "aws-cdk-lib/aws-lambda-nodejs";
import type { Construct } from "constructs";
import { buildSync } from "esbuild";

export interface FunctionCode {
  /** Names of the handlers of steps. */
  readonly steps: readonly string[];
  make(scope: Construct, name: string, options: FunctionOptions): LambdaFunction;
}

const RUNTIME = { runtime: Runtime.NODEJS_24_X, architecture: Architecture.ARM_64 };

/**
 * `esbuild`: one call of esbuild for all handlers; `nodejs-function`: the CDK's construct, a process
 * of esbuild for each; `as-it-is`: nothing is bundled (it would not run: `zod` is not there).
 */
export function functionCode(way: string | undefined, project: string): FunctionCode {
  const handlers = join(project, "handlers");
  const names = readdirSync(handlers).map((file) => file.replace(/\.ts$/, ""));
  const steps = names.filter((name) => name.startsWith("step"));
  if (way === "nodejs-function") {
    return {
      steps,
      make: (scope, name, options) =>
        new NodejsFunction(scope, "Function", {
          ...RUNTIME,
          ...options,
          entry: join(handlers, `${name}.ts`),
          projectRoot: project,
          depsLockFilePath: join(project, "handlers", `${name}.ts`),
          bundling: { format: OutputFormat.ESM, minify: true },
        }),
    };
  }
  const out = join(project, "compiled");
  for (const name of names) mkdirSync(join(out, name), { recursive: true });
  buildSync({
    entryPoints: names.map((name) => ({
      in: join(handlers, `${name}.ts`),
      out: `${name}/index`,
    })),
    outdir: out,
    bundle: way === "esbuild",
    minify: true,
    format: "esm",
    platform: "node",
    target: "node24",
    outExtension: { ".js": ".mjs" },
  });
  return {
    steps,
    make: (scope, name, options) =>
      new LambdaFunction(scope, "Function", {
        ...RUNTIME,
        ...options,
        handler: "index.handler",
        code: Code.fromAsset(join(out, name)),
      }),
  };
}
