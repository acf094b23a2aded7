import { z } from "zod";

export const Region = z
  .string()
  .regex(/^[a-z]{2}(-[a-z]+)+-\d$/, "Write a region such as eu-central-1.");
