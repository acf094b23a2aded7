/** What a pool and its threads tell each other. */

/** With which a thread is made. */
export interface ThreadSetup<Setup> {
  readonly setup: Setup;
  /** One 64-bit integer: until when the code that runs now may run, in Unix milliseconds; 0: none runs. */
  readonly deadline: SharedArrayBuffer;
}

export type ToThread<Job> =
  | { readonly type: "job"; readonly job: Job }
  | { readonly type: "bytes"; readonly ask: number; readonly bytes: Uint8Array | null };

export type FromThread<Done> =
  | { readonly type: "done"; readonly done: Done }
  | { readonly type: "failed"; readonly message: string }
  | { readonly type: "artifact"; readonly ask: number; readonly digest: string };
