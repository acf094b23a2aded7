/** Expressions that only read: `$name.a.b`, `$states.ROOT.a.b`, and these with something in their place. */
import type jsonata from "jsonata";
import type { Json } from "../json.ts";
import type { Scope } from "./language.ts";

export interface PlainPath {
  readonly root: "variable" | "input" | "result" | "errorOutput" | "context";
  /** Of the variable; empty for the others. */
  readonly name: string;
  readonly steps: readonly string[];
  /** What `($exists(PATH) ? PATH : LITERAL)` has where there is nothing. */
  readonly otherwise?: Json;
}

/** An array on the way needs jsonata's mapping. */
export const MAPPED = Symbol("mapped");

/** Undefined: there is nothing. */
export function readPath(
  { root, name, steps, otherwise }: PlainPath,
  scope: Scope,
): Json | undefined | typeof MAPPED {
  let value = startOf(root, name, scope);
  for (let i = 0; i < steps.length; i++) {
    if (Array.isArray(value)) return MAPPED;
    if (typeof value !== "object" || value === null) return otherwise;
    value = (value as { readonly [key: string]: Json | undefined })[steps[i] as string];
  }
  return value === undefined ? otherwise : value;
}

function startOf(root: PlainPath["root"], name: string, scope: Scope): Json | undefined {
  switch (root) {
    case "variable":
      return scope.variables.get(name);
    case "input":
      return scope.input;
    case "result":
      return scope.result;
    case "errorOutput":
      return scope.errorOutput;
    case "context":
      return scope.context();
  }
}

/** What the library's types do not know of its parser's nodes. */
interface Node {
  readonly type: string;
  readonly value?: unknown;
  readonly expressions?: readonly jsonata.ExprNode[];
  readonly condition?: jsonata.ExprNode;
  readonly then?: jsonata.ExprNode;
  readonly else?: jsonata.ExprNode;
  readonly arguments?: readonly jsonata.ExprNode[];
  readonly procedure?: Node;
}

/** The path that an expression is; undefined for any other expression. */
export function plainPath(ast: jsonata.ExprNode): PlainPath | undefined {
  const node = ast as unknown as Node;
  const [only, ...more] = node.type === "block" ? (node.expressions ?? []) : [ast];
  if (only === undefined || more.length > 0) return undefined;
  return optionalPath(only as unknown as Node) ?? (only === ast ? pathOf(ast) : undefined);
}

function optionalPath(node: Node): PlainPath | undefined {
  const { type, condition, then, else: other } = node;
  if (type !== "condition" || !condition || !then || !other) return undefined;
  const asked = condition as unknown as Node;
  const [argument, ...more] = asked.arguments ?? [];
  const isExists = asked.type === "function" && asked.procedure?.value === "exists";
  const literal = other as unknown as Node;
  if (!isExists || !argument || more.length > 0 || literal.type !== "value") return undefined;
  const path = pathOf(argument);
  if (!path || JSON.stringify(path) !== JSON.stringify(pathOf(then))) return undefined;
  return { ...path, otherwise: literal.value as Json };
}

function pathOf(ast: jsonata.ExprNode): PlainPath | undefined {
  // The library's types do not know the node type "path", which its parser gives.
  const isPath = (ast.type as string) === "path";
  const nodes = isPath ? ast.steps : [ast];
  if (
    nodes === undefined ||
    !nodes.every((step, i) => isPlain(step, i === 0 ? "variable" : "name"))
  ) {
    return undefined;
  }
  if (isPath && Object.keys(ast).some((key) => key !== "type" && key !== "steps")) {
    return undefined;
  }
  const [head, ...path] = nodes.map((step) => String(step.value));
  if (head === undefined || head === "" || head === "$") return undefined;
  if (head !== "states") return { root: "variable", name: head, steps: path };
  const [root, ...steps] = path;
  switch (root) {
    case "input":
    case "result":
    case "errorOutput":
    case "context":
      return { root, name: "", steps };
    default:
      return undefined;
  }
}

/** A name that every object has by inheritance would need a closer look than the short way takes. */
function isPlain(step: jsonata.ExprNode, type: string): boolean {
  if (String(step.value) in Object.prototype) return false;
  const known = (key: string) => key === "type" || key === "value" || key === "position";
  return step.type === type && Object.keys(step).every(known);
}
