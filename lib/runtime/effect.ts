/** What a step does to the world. */
export type Effect = "none" | "read" | "write" | "send" | "delete";

/** Whether it must happen once: anything beyond looking. */
export function isEffectful(effect: Effect): effect is "write" | "send" | "delete" {
  switch (effect) {
    case "none":
    case "read":
      return false;
    case "write":
    case "send":
    case "delete":
      return true;
    default:
      return effect satisfies never;
  }
}
