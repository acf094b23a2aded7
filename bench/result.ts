import { z } from "zod";

/** The one line that a measured program prints. */
export const ProgramResult = z.union([
  z.object({
    value: z.number(),
    ms: z.number().optional(),
    /** Further figures of the same run, for information. */
    parts: z.array(z.object({ name: z.string(), value: z.number(), unit: z.string() })).optional(),
  }),
  z.object({ unavailable: z.string() }),
]);
export type ProgramResult = z.infer<typeof ProgramResult>;
