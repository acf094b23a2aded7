/**
 * Makes a thing when it is first asked for, and once: functions that need no client load none. A
 * failure is forgotten, so that the next caller tries again.
 */
export function lazy<T>(make: () => Promise<T>): () => Promise<T> {
  let made: Promise<T> | undefined;
  return () => {
    made ??= make().catch((error: unknown) => {
      made = undefined;
      throw error;
    });
    return made;
  };
}
