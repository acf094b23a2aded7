/** A step that changes the world needs an approval behind it on every way, or a waiver that still holds. */

import type { Bundle } from "../../bundle/bundle.ts";
import type { TaskStep } from "../../manifest/manifest.ts";
import { isEffectful } from "../../runtime/effect.ts";
import type { Definition, Index } from "../index-steps.ts";
import type { Report } from "./report.ts";

const VERBS = { write: "writes", send: "sends", delete: "deletes" } as const;

/** `today`: a day in UTC, `2027-01-31`; a waiver holds up to and including its own. */
export function checkEffect(
  step: TaskStep,
  here: Definition,
  approved: boolean,
  index: Index,
  { source }: Bundle,
  today: string,
  report: Report,
): void {
  const { effect, unattended } = step;
  if (!isEffectful(effect) || approved) return;
  if (unattended === undefined) {
    report.add(
      {
        code: "ESP501",
        message: `"${step.id}" ${VERBS[effect]}, but not every way to it has an approval`,
        hint: whyNot(here, index, (definition) => source.keyPlaceOf(definition.path).line),
      },
      source.placeOf([...here.path, "effect"]),
    );
  } else if (unattended.expires < today) {
    report.add(
      {
        code: "ESP502",
        message: `the waiver of "${step.id}" expired on ${unattended.expires}`,
        hint: `${unattended.owner} can set a new day after looking at the reason again; or add an approval before the step.`,
      },
      source.placeOf([...here.path, "unattended", "expires"]),
    );
  }
}

/** The approval that somebody may have had in mind, and why it does not count. */
function whyNot(
  here: Definition,
  index: Index,
  line: (definition: Pick<Definition, "path">) => number,
): string {
  const before = index.steps.slice(0, index.steps.indexOf(here));
  const approval = before.filter(({ step }) => step.kind === "approval").at(-1);
  if (approval === undefined) {
    return "Put an approval before it, or say why nobody needs to approve: unattended: { reason, owner, expires }.";
  }
  const named = `The approval "${approval.name}" (line ${line(approval)})`;
  const { step } = approval;
  const around = approval.containers.find((container) => !here.containers.includes(container));
  const failed = here.containers.find(
    ({ step: owner, kind }) => owner === step && kind === "catch",
  );
  if (failed) return `${named} was not given where its catch runs.`;
  if (around) {
    return `${named} lies inside ${around.label} of "${around.step.id}", and counts only there.`;
  }
  if (step.if !== undefined) {
    return `${named} may be skipped by its "if": use "required" instead, which records the decision either way.`;
  }
  if (step.kind === "approval" && step.catch.length > 0) {
    return `${named} has a catch that goes on without it: let that catch end in a fail or a succeed.`;
  }
  const skipped = approval.containers.find((container) => container.step.if !== undefined);
  if (skipped) return `${named} is skipped together with "${skipped.step.id}".`;
  return `${named} is not on every way to this step.`;
}
