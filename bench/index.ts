/** `npm run bench`: measures, prints a table with ratios, and says which aims are met. */
import { parseArgs } from "node:util";
import { installPeers } from "./install.ts";
import { busyLine, describeMachine, machineLine } from "./machine.ts";
import { FULL, type Measure, measures, QUICK } from "./measures.ts";
import { runMeasure } from "./rounds.ts";
import { renderRows } from "./table.ts";
import { judge, type Row } from "./verdict.ts";

const USAGE = `Usage: npm run bench -- [options]

  --quick          small sizes, one round: shows that all works; the figures mean little
  --only ID,ID     only these measures
  --without-peers  ours only; installs nothing
  --json           one JSON document on stdout
  --help           this text

Measures: ${measures(FULL)
  .map(({ id }) => id)
  .join(", ")}

Example: npm run bench -- --only durable-chain,compile --json`;

interface Options {
  readonly quick: boolean;
  readonly json: boolean;
  readonly withoutPeers: boolean;
  readonly only: readonly string[] | undefined;
}

function readOptions(): Options | "help" {
  const { values } = parseArgs({
    options: {
      quick: { type: "boolean", default: false },
      json: { type: "boolean", default: false },
      "without-peers": { type: "boolean", default: false },
      only: { type: "string" },
      help: { type: "boolean", short: "h", default: false },
    },
  });
  if (values.help) return "help";
  return {
    quick: values.quick,
    json: values.json,
    withoutPeers: values["without-peers"],
    only: values.only?.split(","),
  };
}

function chosen({ quick, only, withoutPeers }: Options): Measure[] {
  const all = measures(quick ? QUICK : FULL);
  const unknown = only?.find((id) => !all.some((measure) => measure.id === id));
  if (unknown !== undefined) throw new Error(`there is no measure "${unknown}"`);
  return all
    .filter(({ id }) => only?.includes(id) ?? true)
    .map((measure) => (withoutPeers ? { ...measure, peers: [] } : measure));
}

function note(text: string): void {
  process.stderr.write(`${text}\n`);
}

/** Exit code 1 if one of our own programs failed: a peer may be missing, we may not. */
async function bench(options: Options, list: readonly Measure[]): Promise<number> {
  const machine = describeMachine();
  if (!options.withoutPeers) {
    const failure = await installPeers(note);
    if (failure !== undefined) note(`warning: the peers cannot be installed here: ${failure}`);
  }
  const rows: Row[] = [];
  for (const measure of list) {
    const figures = await runMeasure(measure, (program, round) => {
      if (process.stderr.isTTY) {
        process.stderr.write(`\r\u001b[K${measure.title}: ${program.name}, round ${round}`);
      }
    });
    if (process.stderr.isTTY) process.stderr.write("\r\u001b[K");
    rows.push(...judge(measure, figures));
  }
  if (options.json) {
    process.stdout.write(`${JSON.stringify({ quick: options.quick, machine, rows }, null, 2)}\n`);
  } else {
    const inMemory = machine.temporaryFilesInMemory
      ? ["Temporary files lie in memory here: durable figures say nothing. Set TMPDIR to a disk."]
      : [];
    const quick = options.quick
      ? ["Small sizes, one round: too little to hold against the aims."]
      : [];
    const busy = busyLine(machine);
    const remarks = [...quick, ...inMemory, ...(busy === undefined ? [] : [busy])];
    const lines = [machineLine(machine), ...remarks, "", ...renderRows(rows)];
    process.stdout.write(`${lines.join("\n")}\n`);
  }
  const failed = rows.some(({ program, value }) => program === "Espalier" && value === null);
  return failed ? 1 : 0;
}

async function main(): Promise<number> {
  let options: Options | "help";
  let list: Measure[] = [];
  try {
    options = readOptions();
    if (options !== "help") list = chosen(options);
  } catch (error) {
    note(`error: ${error instanceof Error ? error.message : String(error)}\n\n${USAGE}`);
    return 2;
  }
  if (options === "help") {
    process.stdout.write(`${USAGE}\n`);
    return 0;
  }
  return await bench(options, list);
}

process.exitCode = await main();
