export function threeWayPage(threeWay: unknown): string {
  return JSON.stringify(threeWay);
}
