/** Findings of cdk-nag that are meant, each on one resource and with a reason. */
import { Stack, Validations } from "aws-cdk-lib";
import type { IConstruct } from "constructs";

export function acknowledge(construct: IConstruct, id: string, reason: string): void {
  Validations.of(construct).acknowledge({ id, reason });
}

/**
 * Accepts a wildcard in the policies of a construct: this resource, and no other. Done when the tree
 * is validated, because only then it is known how the template writes what lies in another stack.
 */
export function acknowledgeWildcard(construct: IConstruct, resource: string, reason: string): void {
  construct.node.addValidation({
    validate: () => {
      const written = flatten(Stack.of(construct).resolve(resource));
      acknowledge(construct, `AwsSolutions-IAM5[Resource::${written}]`, `Wildcard: ${reason}.`);
      return [];
    },
  });
}

/** A value of a template as cdk-nag writes it: references between angle brackets. */
function flatten(value: unknown): string {
  if (typeof value === "string") return value.replaceAll("${", "<").replaceAll("}", ">");
  if (typeof value !== "object" || value === null) return "";
  const [[name, argument] = ["", undefined]] = Object.entries(value);
  if (name === "Fn::Join" && Array.isArray(argument)) {
    const [delimiter, parts] = argument as [string, readonly unknown[]];
    return parts.map(flatten).join(delimiter);
  }
  if (name === "Fn::GetAtt" && Array.isArray(argument))
    return `<${argument.map(flatten).join(".")}>`;
  if (name === "Fn::Sub" || name === "Fn::ImportValue") return flatten(argument);
  if (name === "Ref") return `<${flatten(argument)}>`;
  return JSON.stringify(value);
}
