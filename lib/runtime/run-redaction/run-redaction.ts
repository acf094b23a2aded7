/**
 * What is kept of a run is masked as it is written: every value that a contract of its bundle classes
 * beyond `public` and `internal`, wherever in the run it turns up again. Two passes: `see…` finds the
 * values (all of them first, since an early event may quote what a later one classes), the others mask.
 *
 * Kept as it is: what the run's structure is made of (ids, types, times, names of states, who asked, who
 * decided, digests, policies) and everything that no contract classes. The same value has the same token
 * in all files of the run: a replay finds equal what was equal.
 */
import type { Approval } from "../approval/approval.ts";
import type { RunEvent, RunRecord } from "../control.ts";
import type { Json } from "../json.ts";
import type { Artifacts } from "../ports.ts";
import type { RunJournals } from "../trace/run-journals.ts";
import { ClassedInRun } from "./classed-in-run.ts";
import { type ClassedPlan, PlanContracts } from "./plan-contracts.ts";
import { RunMasks } from "./run-masks.ts";
import { ValueMasks } from "./value-masks.ts";

export class RunRedaction {
  readonly #classed: ClassedInRun;
  readonly #masks: RunMasks;

  constructor(plan: ClassedPlan) {
    const contracts = new PlanContracts(plan);
    const masks = new ValueMasks();
    this.#classed = new ClassedInRun(contracts, masks);
    this.#masks = new RunMasks(masks, contracts.names);
  }

  /** False where no contract classes anything: nothing has to be looked at, or changes. */
  get isNeeded(): boolean {
    return this.#classed.isNeeded;
  }

  /**
   * Of these digests, the ones that may not be copied. Nothing masks what is stored, and code may have
   * written there what it was given: where a bundle classes anything, only what every contract that
   * describes it calls open may leave its place.
   */
  withheld(digests: Iterable<string>): readonly string[] {
    return this.#classed.withheld(digests);
  }

  seeEvent(event: RunEvent): void {
    this.#classed.seeEvent(event);
  }

  seeJournals(journals: RunJournals): void {
    this.#classed.seeJournals(journals);
  }

  /** Looks into what was too large to travel, as far as a contract says what is in it. */
  seeStored(artifacts: Pick<Artifacts, "open">): Promise<void> {
    return this.#classed.seeStored(artifacts);
  }

  event(event: RunEvent): RunEvent {
    return this.#masks.event(event);
  }

  /** The execution's input or output. */
  value(value: Json): Json {
    return this.#masks.value(value);
  }

  approval(approval: Approval): Approval {
    return this.#masks.approval(approval);
  }

  journals(journals: RunJournals): RunJournals {
    return this.#masks.journals(journals);
  }

  run(run: RunRecord): RunRecord {
    return this.#masks.run(run);
  }
}
