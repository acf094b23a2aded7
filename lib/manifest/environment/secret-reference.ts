/** Where a secret is read from; its text stands in no file. */
import { z } from "zod";

export const SecretReference = z.union([
  z.strictObject({
    env: z.string().regex(/^[A-Za-z_][A-Za-z0-9_]*$/, "Write the name of a variable."),
  }),
  z.strictObject({
    secret: z
      .string()
      .regex(
        /^arn:[a-z-]+:secretsmanager:[a-z0-9-]+:\d{12}:secret:.+$/,
        "Write the ARN of a secret, arn:aws:secretsmanager:REGION:ACCOUNT:secret:NAME.",
      ),
  }),
]);
export type SecretReference = z.infer<typeof SecretReference>;
