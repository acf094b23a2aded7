/** What it takes to tell approvers: the pages' address, the keys of links, settings and permissions. */
import type { RemovalPolicy } from "aws-cdk-lib";
import type { PolicyStatement } from "aws-cdk-lib/aws-iam";
import type { IKey } from "aws-cdk-lib/aws-kms";
import type { RetentionDays } from "aws-cdk-lib/aws-logs";
import type { Secret } from "aws-cdk-lib/aws-secretsmanager";
import { Construct } from "constructs";
import type { NotifySettings } from "../../manifest/environment/notify-settings.ts";
import type { SecretReference } from "../../manifest/environment/secret-reference.ts";
import { VARIABLES } from "../../runtime/deployed.ts";
import type { NotifyDocument } from "../../runtime/notify/notify-settings.ts";
import type { Package } from "../code/handlers.ts";
import * as grants from "../grants.ts";
import { makeLinkKeys } from "./link-keys.ts";
import { PagesApi } from "./pages-api.ts";

export interface TellingProps {
  readonly environment: string;
  readonly settings: NotifySettings;
  readonly encryptionKey: IKey | undefined;
  readonly retain: boolean;
  readonly logRetention: RetentionDays;
  readonly removalPolicy: RemovalPolicy;
}

/** Throws an `Error` for a secret that is named by a variable: functions have none but their own. */
export class Telling extends Construct {
  readonly settings: NotifySettings;
  readonly api: PagesApi;
  readonly keys: Secret;
  /** Of each function that tells people. */
  readonly variables: Readonly<Record<string, string>>;
  readonly files: Package;
  readonly statements: readonly PolicyStatement[];
  /** Of the pages alone. */
  readonly pageStatements: readonly PolicyStatement[];

  constructor(scope: Construct, id: string, props: TellingProps) {
    super(scope, id);
    const { settings } = props;
    this.settings = settings;
    const { slack, webhook, signIn } = settings;
    this.api = new PagesApi(this, "Pages", props);
    this.keys = makeLinkKeys(this, "LinkKeys", props);
    this.variables = {
      [VARIABLES.pages]: this.api.origin,
      [VARIABLES.linkKeys]: this.keys.secretArn,
    };
    const document: NotifyDocument = { format: 1, settings };
    this.files = new Map([["notify.json", `${JSON.stringify(document, null, 2)}\n`]]);
    const named = (name: string, place: SecretReference | undefined) =>
      place === undefined ? [] : [this.#arnOf(name, place)];
    const secrets = [
      this.keys.secretArn,
      ...named("slack.token", slack?.token),
      ...named("webhook.secret", webhook?.secret),
    ];
    this.statements = [grants.readSecrets(secrets), ...grants.tellPeople(this, settings)];
    const own = [
      ...named("slack.signingSecret", slack?.signingSecret),
      ...named("signIn.clientSecret", signIn?.clientSecret),
    ];
    this.pageStatements = own.length > 0 ? [grants.readSecrets(own)] : [];
  }

  #arnOf(name: string, place: SecretReference): string {
    if ("secret" in place) return place.secret;
    throw new Error(
      `${this.node.path}: notify.${name} is in the variable ${place.env}, which exists on one machine only. ` +
        "Store it in AWS Secrets Manager and write `{ secret: ARN }`.",
    );
  }
}
