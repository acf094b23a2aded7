import { z } from "zod";

/** The one line that a measured program prints. */
export const ProgramResult = z.union([
  z.object({ value: z.number().positive(), ms: z.number().optional() }),
  z.object({ unavailable: z.string() }),
]);
export type ProgramResult = z.infer<typeof ProgramResult>;
