import * as z from "zod";

/** What a run has used of models; part of its record once it has ended. */
export const RunUsage = z.object({
  /** Calls of models. */
  calls: z.number(),
  /** Calls of tools by agents. */
  toolCalls: z.number(),
  /** Those from a cache of the service too. */
  inputTokens: z.number(),
  outputTokens: z.number(),
  /** By currency, in millionths. */
  costs: z.record(z.string(), z.number()),
  /** Everybody who has answered; a stand-in is named as one. */
  answeredBy: z.array(z.object({ adapter: z.string(), model: z.string() })),
});
export type RunUsage = Readonly<
  Omit<z.infer<typeof RunUsage>, "answeredBy" | "costs"> & {
    readonly costs: { readonly [currency: string]: number };
    readonly answeredBy: readonly AnsweredBy[];
  }
>;

export interface AnsweredBy {
  readonly adapter: string;
  readonly model: string;
}
