/** What a suite is given to try: one adapter, and what ends it. */
export interface Adapter<Port> {
  readonly port: Port;
  /** Removes what the adapter has made. */
  close?(): Promise<void>;
}

/** Makes a fresh, empty adapter. */
export type MakeAdapter<Port> = () => Promise<Adapter<Port>>;
