import { Annotations } from "aws-cdk-lib";
import type { Construct } from "constructs";
import type { Plan } from "../../compiler/plan.ts";
import type { NotifySettings } from "../../manifest/environment/notify-settings.ts";

/**
 * Warns of policies that would reach nobody: the environment tells people, and has none of the channels
 * that the policy names.
 */
export function checkChannels(
  scope: Construct,
  { approvals }: Pick<Plan, "approvals">,
  settings: NotifySettings | undefined,
): void {
  if (!settings) return;
  for (const { policy } of approvals) {
    for (const [key, channels] of [
      ["channels", policy.channels],
      ["page", policy.page ?? []],
    ] as const) {
      if (channels.length === 0 || channels.some((channel) => settings[channel])) continue;
      const wanted = channels.map((channel) => `notify.${channel}`).join(" or ");
      Annotations.of(scope).addWarningV2(
        `espalier:channels:${policy.approval}:${key}`,
        `The approval policy "${policy.approval}" tells people by ${channels.join(", ")} (${key}), ` +
          `and this environment has none of that: nobody would hear of a request. Set ${wanted}.`,
      );
    }
  }
}
