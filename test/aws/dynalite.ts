/** A DynamoDB on this machine, and tables in it as an environment has them. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { setTimeout as sleep } from "node:timers/promises";
import { CreateTableCommand, DescribeTableCommand, DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { INDEXES, indexKeys, TABLE } from "../../lib/runtime/deployed.ts";

/** What the SDK needs to know of an AWS that is on this machine. */
export const LOCAL_AWS = {
  region: "us-east-1",
  credentials: { accessKeyId: "test", secretAccessKey: "test" },
} as const;

export interface Dynalite {
  readonly url: string;
  /** Makes a table with these indexes: index → name of the index on the table. */
  createTable(indexes?: Readonly<Record<string, string>>): Promise<string>;
  close(): Promise<void>;
}

const OWN_NAMES = Object.fromEntries(INDEXES.map((index) => [index, index]));

/** Tables of a DynamoDB that somebody else runs and stops. */
export function dynamoOf(url: string): Dynalite {
  return tablesAt(url, async () => undefined);
}

export async function startDynalite(): Promise<Dynalite> {
  const child = spawn(process.execPath, [join(import.meta.dirname, "dynalite-child.mjs")], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  return tablesAt(await firstLine(child), async () => {
    child.kill("SIGKILL");
    if (child.exitCode === null && child.signalCode === null) await once(child, "exit");
  });
}

function tablesAt(url: string, close: () => Promise<void>): Dynalite {
  const client = new DynamoDBClient({ ...LOCAL_AWS, endpoint: url });
  let tables = 0;
  const run = Date.now().toString(36);
  return {
    url,
    async createTable(indexes = OWN_NAMES) {
      const TableName = `espalier-test-${run}-${++tables}`;
      const keys = Object.keys(indexes).map(indexKeys);
      const names = [TABLE, ...keys].flatMap(({ partition, sort }) => [partition, sort]);
      await client.send(
        new CreateTableCommand({
          TableName,
          BillingMode: "PAY_PER_REQUEST",
          AttributeDefinitions: names.map((AttributeName) => ({
            AttributeName,
            AttributeType: "S",
          })),
          KeySchema: keySchema(TABLE),
          GlobalSecondaryIndexes: Object.entries(indexes).map(([index, IndexName]) => ({
            IndexName,
            KeySchema: keySchema(indexKeys(index)),
            Projection: { ProjectionType: "ALL" },
          })),
        }),
      );
      // A table is made in the background, as on AWS.
      for (;;) {
        const { Table } = await client.send(new DescribeTableCommand({ TableName }));
        if (Table?.TableStatus === "ACTIVE") return TableName;
        await sleep(5);
      }
    },
    async close() {
      client.destroy();
      await close();
    },
  };
}

function keySchema({ partition, sort }: { readonly partition: string; readonly sort: string }) {
  return [
    { AttributeName: partition, KeyType: "HASH" as const },
    { AttributeName: sort, KeyType: "RANGE" as const },
  ];
}

async function firstLine(child: ChildProcess): Promise<string> {
  if (!child.stdout) throw new Error("The child has no output.");
  for await (const line of createInterface({ input: child.stdout })) return line;
  throw new Error("The child has ended without a word.");
}
