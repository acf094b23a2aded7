/** Who drives runs, and where. */
export type RuntimePlace = LocalPlace | DeployedPlace;

export interface LocalPlace {
  readonly kind: "local";
  readonly url: string;
  /** True: this process itself. False: a `dev`, or another command, on the same data folder. */
  readonly embedded: boolean;
}

export interface DeployedPlace {
  readonly kind: "deployed";
  readonly environment: string;
}

/** `in this process`, or by whom else. */
export function placeText(place: RuntimePlace): string {
  switch (place.kind) {
    case "local":
      return place.embedded ? "in this process" : `by the runtime at ${place.url}`;
    case "deployed":
      return `by AWS Step Functions, environment ${place.environment}`;
    default:
      return place satisfies never;
  }
}
