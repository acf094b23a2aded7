/** A folder like a user's: bundles, an environment, a `cdk.json` that runs the kit's own app. */
import {
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { join, relative } from "node:path";
import { type Finished, run } from "./processes.ts";

export const REPOSITORY = join(import.meta.dirname, "../..");
/** Ignored by git, and inside of the repository, so that bundles find the kit and their packages. */
export const CACHE = join(REPOSITORY, ".cache");
export const ENVIRONMENT = "test";
export const FIXTURE = "parcel";
/** With an agent. */
export const AGENT_FIXTURE = "refund";

/** `publish: false`: the emulator has no versions and aliases of state machines. */
const environmentFile = (bedrock: string) => `description: An emulator on this machine
publish: false
retention: { class: short, classes: { short: 30d } }
models: { adapter: bedrock, endpoint: "${bedrock}" }
bindings: { models: { reader: small-reader@^1.0.0 } }
notify: { email: { from: Approvals <approvals@example.com> } }
`;

export interface Endpoints {
  /** Of AWS. */
  readonly aws: string;
  readonly bedrock: string;
}

export class Workspace {
  readonly folder: string;
  readonly assembly: string;
  readonly workflows: readonly string[];
  readonly #env: NodeJS.ProcessEnv;

  constructor(folder: string, endpoints: Endpoints) {
    this.folder = folder;
    this.assembly = join(folder, "cdk.out");
    const bundles = join(folder, "bundles");
    mkdirSync(join(bundles, "environments"), { recursive: true });
    const own = join(REPOSITORY, "bundles");
    const names = readdirSync(own, { withFileTypes: true })
      .filter((entry) => entry.isDirectory() && entry.name !== "environments")
      .map(({ name }) => name);
    for (const name of names) cpSync(join(own, name), join(bundles, name), { recursive: true });
    for (const name of [FIXTURE, AGENT_FIXTURE]) {
      cpSync(join(import.meta.dirname, "bundles", name), join(bundles, name), { recursive: true });
    }
    this.workflows = [...names, FIXTURE, AGENT_FIXTURE]
      .filter((name) => existsSync(join(bundles, name, "workflow.yaml")))
      .sort();
    const file = join(bundles, "environments", `${ENVIRONMENT}.yaml`);
    writeFileSync(file, environmentFile(endpoints.bedrock));
    const cdk = JSON.parse(readFileSync(join(REPOSITORY, "cdk.json"), "utf8")) as { app: string };
    const app = relative(folder, join(REPOSITORY, "bin/app.ts"));
    const changed = { ...cdk, app: cdk.app.replace("bin/app.ts", app) };
    writeFileSync(join(folder, "cdk.json"), JSON.stringify(changed));
    // No profile, no credentials of the machine: nothing here can reach an account.
    this.#env = {
      PATH: process.env.PATH,
      HOME: folder,
      AWS_CONFIG_FILE: join(folder, "none"),
      AWS_SHARED_CREDENTIALS_FILE: join(folder, "none"),
      AWS_EC2_METADATA_DISABLED: "true",
      AWS_ENDPOINT_URL: endpoints.aws,
      AWS_ACCESS_KEY_ID: "test",
      AWS_SECRET_ACCESS_KEY: "test",
      AWS_REGION: "us-east-1",
      AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: "true",
      CDK_DISABLE_CLI_TELEMETRY: "true",
      CI: "true",
    };
  }

  cdk(...args: readonly string[]): Promise<Finished> {
    const program = join(REPOSITORY, "node_modules/aws-cdk/bin/cdk");
    return this.#node([program, ...args, "--no-notices", "--no-color"], 180);
  }

  /** In a folder without an app, which the CDK would synthesize to know where it goes. */
  bootstrap(): Promise<Finished> {
    const program = join(REPOSITORY, "node_modules/aws-cdk/bin/cdk");
    const cwd = join(this.folder, "bootstrap");
    mkdirSync(cwd, { recursive: true });
    const args = ["bootstrap", "aws://000000000000/us-east-1", "--no-notices", "--no-color"];
    return run(process.execPath, [program, ...args], { cwd, env: this.#env, limit: 180 });
  }

  /** Into `assembly`. Validating every template again takes long, and says the same. */
  synth({ validated }: { readonly validated: boolean }): Promise<Finished> {
    const program = join(REPOSITORY, "node_modules/aws-cdk/bin/cdk");
    const args = ["synth", "--all", "--quiet", "--output", this.assembly, "--no-notices"];
    const env = validated ? {} : { CDK_VALIDATION: "false" };
    return this.#node([program, ...args, "--no-color"], 180, env);
  }

  espalier(...args: readonly string[]): Promise<Finished> {
    const program = join(REPOSITORY, "bin/espalier.js");
    return this.#node([program, ...args, "--environment", ENVIRONMENT, "--json"], 90);
  }

  /** On this machine, in its own data folder. */
  local(...args: readonly string[]): Promise<Finished> {
    return this.#node([join(REPOSITORY, "bin/espalier.js"), ...args, "--json"], 90);
  }

  edit(path: string, from: string, to: string): void {
    const file = join(this.folder, "bundles", FIXTURE, path);
    const text = readFileSync(file, "utf8");
    if (!text.includes(from)) throw new Error(`${path} does not contain ${from}.`);
    writeFileSync(file, text.replace(from, to));
  }

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }

  #node(args: readonly string[], limit: number, more: NodeJS.ProcessEnv = {}): Promise<Finished> {
    const env = { ...this.#env, ...more };
    return run(process.execPath, args, { cwd: this.folder, env, limit });
  }
}
