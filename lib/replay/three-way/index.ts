export type {
  Aspect,
  Because,
  Sides,
  StepFacts,
  ThreeWay,
  ThreeWayDifference,
  ThreeWayStep,
  Totals,
  Usage,
} from "./three-way.ts";
export { replayThreeWay } from "./three-way-of.ts";
