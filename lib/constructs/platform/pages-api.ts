import type { RemovalPolicy } from "aws-cdk-lib";
import {
  ApiMapping,
  type CfnStage,
  DomainName,
  HttpApi,
  HttpMethod,
  HttpStage,
} from "aws-cdk-lib/aws-apigatewayv2";
import { HttpLambdaIntegration } from "aws-cdk-lib/aws-apigatewayv2-integrations";
import { Certificate } from "aws-cdk-lib/aws-certificatemanager";
import type { IFunction } from "aws-cdk-lib/aws-lambda";
import { LogGroup, type RetentionDays } from "aws-cdk-lib/aws-logs";
import { Construct } from "constructs";
import type { NotifySettings } from "../../manifest/environment/notify-settings.ts";
import { environmentPrefix } from "../../runtime/deployed.ts";
import { acknowledge } from "../acknowledge.ts";

/** Whatever the pages do not have is refused by API Gateway, before it costs a function. */
const ROUTES: readonly (readonly [path: string, ...methods: HttpMethod[]])[] = [
  ["/a/{token}", HttpMethod.GET, HttpMethod.HEAD, HttpMethod.POST],
  ["/a/{token}/{part}", HttpMethod.GET, HttpMethod.HEAD],
  ["/assets/{file}", HttpMethod.GET, HttpMethod.HEAD],
  ["/queue", HttpMethod.GET, HttpMethod.HEAD],
  ["/export.csv", HttpMethod.GET],
  ["/export.json", HttpMethod.GET],
  ["/sign-in", HttpMethod.GET],
  ["/signed-in", HttpMethod.GET],
  ["/sign-out", HttpMethod.GET],
  ["/robots.txt", HttpMethod.GET],
];

const SLACK = "/slack/interactions";

/** Requests a second, and at once, of everybody together; the pages count those of each link besides. */
const THROTTLE = { rateLimit: 50, burstLimit: 100 };

/** No path: a link decides, so it stands in no log. */
const ACCESS_LOG = {
  at: "$context.requestTimeEpoch",
  request: "$context.requestId",
  from: "$context.identity.sourceIp",
  route: "$context.routeKey",
  status: "$context.status",
  bytes: "$context.responseLength",
  milliseconds: "$context.responseLatency",
  problem: "$context.integrationErrorMessage",
};

export interface PagesApiProps {
  readonly environment: string;
  readonly settings: NotifySettings;
  readonly logRetention: RetentionDays;
  /** Of the log. */
  readonly removalPolicy: RemovalPolicy;
}

/** The HTTP API of the approval pages. Its address is known before there is a function behind it. */
export class PagesApi extends Construct {
  /** `https://…`, without a slash at its end. */
  readonly origin: string;
  readonly #api: HttpApi;
  readonly #hasSlack: boolean;

  constructor(scope: Construct, id: string, props: PagesApiProps) {
    super(scope, id);
    const { environment, settings, logRetention, removalPolicy } = props;
    const { domain, certificate } = settings.pages ?? {};
    this.#hasSlack = settings.slack !== undefined;
    this.#api = new HttpApi(this, "Api", {
      apiName: `${environmentPrefix(environment)}-approvals`,
      description: `Pages of approvals of ${environmentPrefix(environment)}`,
      createDefaultStage: false,
      // With a name of one's own, there is one way in.
      disableExecuteApiEndpoint: domain !== undefined,
    });
    const logGroup = new LogGroup(this, "AccessLog", { retention: logRetention, removalPolicy });
    const stage = new HttpStage(this, "Stage", {
      httpApi: this.#api,
      stageName: "$default",
      autoDeploy: true,
      throttle: THROTTLE,
    });
    // Not `accessLogSettings`: its formats are made for other APIs, and hold the path.
    const resource = stage.node.defaultChild as CfnStage;
    resource.accessLogSettings = {
      destinationArn: logGroup.logGroupArn,
      format: JSON.stringify(ACCESS_LOG),
    };
    if (domain === undefined || certificate === undefined) {
      this.origin = this.#api.apiEndpoint;
    } else {
      const name = new DomainName(this, "Domain", {
        domainName: domain,
        certificate: Certificate.fromCertificateArn(this, "Certificate", certificate),
      });
      new ApiMapping(this, "Mapping", { api: this.#api, domainName: name, stage });
      this.origin = `https://${domain}`;
    }
  }

  /** Puts a function behind the paths that it serves. */
  serve(pages: IFunction): void {
    const integration = new HttpLambdaIntegration("Pages", pages);
    const routes = this.#hasSlack ? [...ROUTES, [SLACK, HttpMethod.POST] as const] : ROUTES;
    for (const [path, ...methods] of routes) {
      for (const route of this.#api.addRoutes({ path, methods, integration })) {
        acknowledge(
          route,
          "AwsSolutions-APIG4",
          "The signed link is what lets in; Slack signs its requests; the queue asks for a sign-in.",
        );
      }
    }
  }
}
