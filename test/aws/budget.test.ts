import { afterAll, beforeAll } from "vitest";
import { lambdaClock } from "../../lib/aws/clock.ts";
import { DynamoRecords } from "../../lib/aws/dynamo-records.ts";
import { describeBudget } from "../contract/describe-budget.ts";
import { dynamoAt } from "./aws-world.ts";
import { type Dynalite, startDynalite } from "./dynalite.ts";

let dynalite: Dynalite;
beforeAll(async () => {
  dynalite = await startDynalite();
});
afterAll(() => dynalite?.close());

describeBudget("DynamoDB", async () => {
  const table = await dynalite.createTable();
  return {
    port: new DynamoRecords({ table, clock: lambdaClock, client: dynamoAt(dynalite.url) }),
  };
});
