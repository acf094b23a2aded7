import { existsSync } from "node:fs";
import { basename, join } from "node:path";
import type { Deployment } from "../../local/runtime/deployment.ts";
import { LOCAL_ENVIRONMENT } from "../../manifest/environment/local.ts";
import type { Invocation } from "../command.ts";
import { safeText } from "../text/safe-text.ts";
import { checkBundle, isError, LOCAL_MODELS, problems } from "./compile-bundle.ts";
import { shortDigest } from "./short-digest.ts";

/**
 * Keeps a runtime's bundles as they stand in their folders. A bundle that is broken is reported, and
 * the last good one stays in service.
 */
export class BundleReloader {
  readonly #runtime: { deploy(deployment: Deployment): Promise<void> };
  readonly #invocation: Invocation;
  /** What was good last, by folder. People of `local.yaml` are in the plan, and not in the digest. */
  readonly #served = new Map<string, { readonly digest: string; readonly plan: string }>();

  constructor(runtime: { deploy(deployment: Deployment): Promise<void> }, invocation: Invocation) {
    this.#runtime = runtime;
    this.#invocation = invocation;
  }

  /** Never throws: what is wrong with one bundle must not end the runtime of the others. */
  async reload(folder: string): Promise<void> {
    const { out } = this.#invocation;
    try {
      await this.#load(folder);
    } catch (error) {
      out.warn(
        `${basename(folder)}: ${safeText(error instanceof Error ? error.message : String(error))}`,
      );
    }
  }

  async #load(folder: string): Promise<void> {
    const { out, io } = this.#invocation;
    const served = this.#served.get(folder);
    if (!existsSync(join(folder, "workflow.yaml"))) {
      if (served !== undefined) {
        out.warn(`${basename(folder)} has no workflow.yaml any more; its last version stays`);
      }
      return;
    }
    const {
      deployment,
      diagnostics,
      folder: typed,
    } = await checkBundle(folder, io.cwd, LOCAL_ENVIRONMENT, LOCAL_MODELS);
    const plan = deployment && JSON.stringify(deployment.plan);
    if (served && deployment?.digest === served.digest && plan === served.plan) return;
    out.notes(diagnostics, io.cwd);
    if (deployment === undefined || plan === undefined) {
      const count = problems(diagnostics.filter(isError).length);
      const rest =
        served === undefined
          ? "it is not served"
          : `${shortDigest(served.digest)} stays in service`;
      out.line(`${out.color.red("failed")}  ${typed}: ${count}; ${rest}`);
      return;
    }
    await this.#runtime.deploy(deployment);
    const { digest } = deployment;
    this.#served.set(folder, { digest, plan });
    const { workflow, version } = deployment.plan;
    const word = served === undefined ? "loaded" : "reloaded";
    out.line(
      `${out.color.green(word)}  ${workflow} ${version}  ${out.color.dim(shortDigest(digest))}`,
    );
  }
}
