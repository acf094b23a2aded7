/** What the function of a retrieve step is given beside its code. */
export interface RetrieveDocument {
  /** Component and version of the knowledge snapshot. */
  readonly knowledge: string;
  readonly version: string;
  readonly digest: string;
  /** File of the bundle that holds the chunks, as `Chunk[]` in JSON. */
  readonly chunks: string;
  /** Results at most, unless `with.limit` asks for fewer. */
  readonly limit: number;
}

export interface Chunk {
  readonly id: string;
  /** Path of the document inside of the component. */
  readonly source: string;
  /** UTF-16 offsets in the document; `end` is exclusive. */
  readonly span: { readonly start: number; readonly end: number };
  readonly heading: string | null;
  readonly text: string;
}
