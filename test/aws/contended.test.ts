import { afterAll, beforeAll } from "vitest";
import { lambdaClock } from "../../lib/aws/clock.ts";
import { DynamoRecords } from "../../lib/aws/dynamo-records.ts";
import { describeBudget } from "../contract/describe-budget.ts";
import { describeContended } from "../contract/describe-contended.ts";
import { describeDecisions } from "../contract/describe-decisions.ts";
import { dynamoAt } from "./aws-world.ts";
import { type Dynalite, startDynalite } from "./dynalite.ts";

let dynalite: Dynalite;
beforeAll(async () => {
  dynalite = await startDynalite();
});
afterAll(() => dynalite?.close());

async function makeTable() {
  const table = await dynalite.createTable();
  return {
    port: new DynamoRecords({ table, clock: lambdaClock, client: dynamoAt(dynalite.url) }),
  };
}

describeBudget("DynamoDB", makeTable);
describeContended("DynamoDB", makeTable);
describeDecisions("DynamoDB", makeTable);
