/** Who may decide a request now: what the policy names, as addresses. */
import type { ApprovalPolicy } from "../../manifest/approval-policy.ts";
import type { Approver } from "../../manifest/approvers.ts";
import { StepError } from "../errors.ts";
import type { Json } from "../json.ts";
import { type Approval, type Delegation, normaliseAddress, RULE } from "./approval.ts";

/** A person that data names: nothing in data may open the door for everybody. */
const ADDRESS = /^[^\s@*]{1,120}@[^\s@*]{1,130}$/;

/**
 * Addresses that these approvers are, once each, in that order. A path into the evidence that holds
 * no address names nobody. Throws `Contract.InputInvalid` for a group: it should have been resolved
 * where the policy was deployed.
 */
export function addressesOf(approvers: readonly Approver[], given: Json): readonly string[] {
  const all = approvers.flatMap((approver) => {
    if (typeof approver === "string") return [approver];
    if ("from" in approver) return addressesAt(given, approver.from);
    throw new StepError(
      "Contract.InputInvalid",
      `The group "${approver.group}" was not resolved when the policy was deployed.`,
    );
  });
  return [...new Set(all.map(normaliseAddress))];
}

function addressesAt(given: Json, path: string): readonly string[] {
  let value: Json | undefined = given;
  for (const name of path.split(".")) {
    if (typeof value !== "object" || value === null) return [];
    value = Array.isArray(value)
      ? value[Number(name)]
      : Object.hasOwn(value, name)
        ? value[name]
        : undefined;
  }
  const list = Array.isArray(value) ? value : [value];
  return list.filter((one): one is string => typeof one === "string" && isPerson(one));
}

/** Whether a text can be the address of a person: no wildcard, not the rule's name. */
export function isPerson(address: string): boolean {
  return ADDRESS.test(address.trim()) && normaliseAddress(address) !== RULE;
}

/** Whom the policy names for a level (from 1), before delegations. */
export function approversOfLevel(
  policy: ApprovalPolicy,
  level: number,
  given: Json,
): readonly string[] {
  const named = level === 1 ? policy.approvers : policy.escalation[level - 2]?.approvers;
  return addressesOf(named ?? [], given);
}

/** The same people, each replaced by whoever they have handed their right to. */
export function afterDelegations(
  addresses: readonly string[],
  delegations: readonly Delegation[],
): readonly string[] {
  const holder = (address: string): string =>
    delegations.reduce((now, { from, to }) => (now === from ? to : now), address);
  return [...new Set(addresses.map(holder))];
}

/** Everybody whose right this person holds, nearest first: the one who handed it on, whoever gave it to them, … */
export function chainBehind(person: string, delegations: readonly Delegation[]): readonly string[] {
  const chain: string[] = [];
  const waiting = [person];
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    for (const { from, to } of delegations) {
      if (to !== next || from === person || chain.includes(from)) continue;
      chain.push(from);
      waiting.push(from);
    }
  }
  return chain;
}

/** Whether somebody is asked at present. */
export function isAsked({ approvers }: Pick<Approval, "approvers">, address: string): boolean {
  return approvers.includes("*") || approvers.includes(address);
}
