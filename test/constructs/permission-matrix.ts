/** Who may do what, as a reviewer reads it: one line for each role, action and resource. */
import { type App, CfnResource, Stack, Validations } from "aws-cdk-lib";
import { Template } from "aws-cdk-lib/assertions";
import type { IConstruct } from "constructs";

interface Statement {
  readonly Effect: string;
  readonly Action: string | readonly string[];
  readonly Resource: unknown;
  readonly Condition?: unknown;
}

interface Role {
  readonly PolicyDocument: { readonly Statement: readonly Statement[] };
}

/**
 * Markdown of every permission that a stack's roles have, and of every finding of cdk-nag that is
 * accepted in it, with the reason.
 */
export function permissionMatrix(app: App, stack: Stack): string {
  app.synth();
  const names = new Names(app);
  const resources = Template.fromStack(stack).toJSON().Resources as Record<
    string,
    { readonly Type: string; readonly Properties?: Record<string, unknown> }
  >;
  const rows: string[][] = [];
  for (const [id, { Type, Properties = {} }] of Object.entries(resources)) {
    if (Type === "AWS::IAM::Role") {
      for (const policy of (Properties.Policies ?? []) as Role[]) {
        rows.push(...permissions(names.owner(stack, id), policy, names));
      }
    } else if (Type === "AWS::IAM::Policy") {
      for (const role of Properties.Roles as unknown[]) {
        const [target] = Object.values(role as Record<string, string>);
        rows.push(
          ...permissions(names.owner(stack, String(target)), Properties as unknown as Role, names),
        );
      }
    }
  }
  const accepted = acceptedFindings(stack, names);
  return [
    table(["who", "may", "on", "if"], rows),
    "",
    "Accepted findings of cdk-nag (AwsSolutions):",
    "",
    table(["resource", "finding", "because"], accepted),
    "",
  ].join("\n");
}

function permissions(who: string, { PolicyDocument }: Role, names: Names): string[][] {
  return PolicyDocument.Statement.flatMap(({ Effect, Action, Resource, Condition }) =>
    [Action]
      .flat()
      .flatMap((action) =>
        (Array.isArray(Resource) ? Resource : [Resource]).map((resource) => [
          who,
          Effect === "Allow" ? String(action) : `${Effect}: ${String(action)}`,
          names.text(resource),
          Condition === undefined ? "" : JSON.stringify(Condition).replaceAll('"', ""),
        ]),
      ),
  );
}

function acceptedFindings(stack: Stack, names: Names): string[][] {
  return stack.node.findAll().flatMap((construct) =>
    construct.node.metadata
      .filter(({ type }) => type === Validations.ACKNOWLEDGED_RULES_METADATA_KEY)
      .flatMap(({ data }) => Object.entries(data as Record<string, string>))
      .map(([finding, reason]) => [
        names.pathOf(construct),
        names.plain(finding.replace(/^.*?(AwsSolutions-)/, "$1")),
        reason,
      ]),
  );
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const lines = [...new Set(rows.map((cells) => `| ${cells.join(" | ")} |`))].sort();
  return [`| ${head.join(" | ")} |`, `|${" --- |".repeat(head.length)}`, ...lines].join("\n");
}

/** Logical ids, and exports of other stacks, by the paths of their constructs. */
class Names {
  readonly #paths = new Map<string, string>();
  readonly #exports = new Map<string, unknown>();

  constructor(app: App) {
    const constructs = app.node.findAll();
    for (const construct of constructs.filter(CfnResource.isCfnResource)) {
      const stack = Stack.of(construct);
      this.#paths.set(
        `${stack.stackName}/${stack.getLogicalId(construct)}`,
        this.pathOf(construct),
      );
    }
    for (const stack of constructs.filter(Stack.isStack)) {
      const { Outputs = {} } = Template.fromStack(stack).toJSON() as {
        readonly Outputs?: Record<
          string,
          { readonly Value: unknown; readonly Export?: { readonly Name: string } }
        >;
      };
      for (const { Value, Export } of Object.values(Outputs)) {
        if (Export) this.#exports.set(Export.Name, { stack: stack.stackName, value: Value });
      }
    }
  }

  /** `Workflow/Steps/price`: without the stack, and without what every resource ends on. */
  pathOf(construct: IConstruct): string {
    return construct.node.path
      .replace(/^[^/]+\//, "")
      .replace(/\/(Resource|DefaultPolicy\/Resource)$/, "")
      .replace(/\/(Resource|Function|Role)$/, "");
  }

  /** Whose role this is. */
  owner(stack: Stack, id: string): string {
    return this.#path(stack.stackName, id);
  }

  text(value: unknown, stack = "workflow"): string {
    if (typeof value === "string") return this.plain(value);
    if (typeof value !== "object" || value === null) return String(value);
    const [[name, argument] = ["", undefined]] = Object.entries(value);
    if (name === "Fn::Join") {
      const [delimiter, parts] = argument as [string, readonly unknown[]];
      return this.plain(parts.map((part) => this.text(part, stack)).join(delimiter));
    }
    if (name === "Fn::GetAtt") return `<${this.#path(stack, (argument as string[])[0] ?? "")}>`;
    if (name === "Fn::Sub") return this.plain(String(argument));
    if (name === "Ref") {
      return String(argument).startsWith("AWS::")
        ? `<${String(argument)}>`
        : `<${this.#path(stack, String(argument))}>`;
    }
    if (name === "Fn::ImportValue") {
      const found = this.#exports.get(String(argument)) as
        | { readonly stack: string; readonly value: unknown }
        | undefined;
      return found ? this.text(found.value, found.stack) : String(argument);
    }
    return JSON.stringify(value);
  }

  /** Drops the account and region of ARNs, and what is random in logical ids. */
  plain(text: string): string {
    return text
      .replaceAll(/\$\{(AWS::\w+)\}/g, "<$1>")
      .replaceAll("arn:<AWS::Partition>:", "")
      .replaceAll(":<AWS::Region>:<AWS::AccountId>:", ":")
      .replaceAll(/platform:ExportsOutput(?:FnGetAtt|Ref)\w+/g, (name) =>
        this.#exports.has(name) ? this.text({ "Fn::ImportValue": name }) : name,
      )
      .replaceAll(/<(\w+)\.Arn>/g, (whole, id: string) => {
        for (const stack of ["workflow", "platform"]) {
          const path = this.#paths.get(`${stack}/${id}`);
          if (path !== undefined) return `<${path}>`;
        }
        return whole;
      });
  }

  #path(stack: string, id: string): string {
    for (const one of [stack, "workflow", "platform"]) {
      const path = this.#paths.get(`${one}/${id}`);
      if (path !== undefined) return path;
    }
    return id;
  }
}
