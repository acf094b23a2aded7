import { resolve } from "node:path";
import { type Argument, Command, CommanderError, Option } from "commander";
import { kitVersion } from "../bundle/kit.ts";
import { type AwsTarget, awsTarget, targetOptions } from "./aws/aws-target.ts";
import type { CliCommand, Example, Invocation, Outcome } from "./command.ts";
import { COMMANDS } from "./commands.ts";
import { usageFailure } from "./failure.ts";
import type { Io } from "./io.ts";
import type { Output } from "./output.ts";
import { shellWord } from "./text/shell-word.ts";

const DEFAULT_DATA = ".espalier";

const EXAMPLES: readonly Example[] = [
  { command: "espalier init hello", says: "a new folder with a tiny workflow" },
  { command: "espalier check", says: "check every bundle under ./bundles" },
  { command: "espalier run hello", says: "run one and watch its steps" },
];

/**
 * Parses the command line and performs its command. Undefined where the answer was help or the
 * version. Throws `CommanderError` for wrong usage and whatever the command throws.
 */
export async function runProgram(
  argv: readonly string[],
  io: Io,
  out: Output,
): Promise<Outcome | undefined> {
  let outcome: Outcome | undefined;
  const program = createProgram(io, async (command, args, options, globals) => {
    outcome = await command.perform(invocationOf(command, io, out, globals), args, options);
  });
  try {
    await program.parseAsync(argv, { from: "user" });
  } catch (error) {
    if (!(error instanceof CommanderError)) {
      throw error;
    }
    if (error.exitCode === 0) {
      return undefined;
    }
    if (error.code === "commander.help") {
      return answerNoCommand(program);
    }
    throw error;
  }
  return outcome;
}

type Act = (
  command: CliCommand,
  args: readonly unknown[],
  options: Record<string, unknown>,
  globals: Record<string, unknown>,
) => Promise<void>;

function createProgram(io: Io, act: Act): Command {
  const program = new Command("espalier")
    .description("Workflows in a fixed frame: declare, check, run, approve.")
    .usage("COMMAND [options]")
    .version(kitVersion(), "-V, --version", "print the version")
    .helpOption("-h, --help", "show help; after a command: its help")
    .helpCommand("help [command]", "show help of a command")
    .exitOverride()
    .configureOutput({
      writeOut: (text) => io.stdout.write(text),
      // `main` reports errors itself, in words or as a document.
      writeErr: () => {},
      getOutHelpWidth: () => 80,
      getOutHasColors: () => false,
    })
    .configureHelp({
      showGlobalOptions: true,
      subcommandTerm: (command) =>
        [command.name(), ...command.registeredArguments.map(argumentTerm)].join(" "),
    })
    .addHelpText("after", examplesText(EXAMPLES))
    .addOption(new Option("--data <dir>", `the local runtime's data (default: ${DEFAULT_DATA})`))
    .addOption(
      new Option("--environment <name>", "a deployed environment, on AWS; of check: its file"),
    )
    .addOption(new Option("--profile <name>", "profile of ~/.aws to work on AWS with"))
    .addOption(new Option("--region <name>", "region of AWS"))
    .addOption(new Option("--json", "one JSON document on stdout, all else on stderr"))
    .addOption(new Option("--debug", "show stack traces"));
  for (const command of COMMANDS) {
    addCommand(program, command, act);
  }
  return program;
}

function addCommand(program: Command, command: CliCommand, act: Act): void {
  const added = program
    .command(command.name)
    .summary(command.summary)
    .description([`${command.summary}.`, command.details].filter(Boolean).join("\n\n"))
    .allowExcessArguments(false)
    .addHelpText("after", examplesText(command.examples));
  for (const [flags, description] of command.arguments ?? []) {
    added.argument(flags, description);
  }
  for (const { flags, description, repeatable } of command.options ?? []) {
    const option = new Option(flags, description);
    added.addOption(repeatable ? option.argParser(collect) : option);
  }
  added.action(async (...received: unknown[]) => {
    const args = received.slice(0, added.registeredArguments.length);
    await act(command, args, added.opts(), program.opts());
  });
}

function answerNoCommand(program: Command): undefined {
  if (program.opts().json === true) {
    throw usageFailure("No command was given", "espalier --help lists the commands.");
  }
  program.outputHelp();
  return undefined;
}

function argumentTerm(argument: Argument): string {
  const name = `${argument.name()}${argument.variadic ? "..." : ""}`;
  return argument.required ? `<${name}>` : `[${name}]`;
}

/** `before` is true where the option stood without a value before. */
function collect(value: string, before: readonly string[] | true | undefined): readonly string[] {
  return [...(Array.isArray(before) ? before : []), value];
}

function examplesText(examples: readonly Example[]): string {
  const lines = examples.flatMap(({ command, says }) => [`  # ${says}`, `  ${command}`]);
  return `\nExamples:\n${lines.join("\n")}`;
}

function invocationOf(
  command: CliCommand,
  io: Io,
  out: Output,
  globals: Record<string, unknown>,
): Invocation {
  const data = typeof globals.data === "string" ? globals.data : undefined;
  const aws = awsTarget(globals);
  if (aws !== undefined) {
    refuseMisplaced(command, aws, data);
  }
  const where = data === undefined ? "" : ` --data ${shellWord(data)}`;
  return {
    io,
    out,
    dataDir: resolve(io.cwd, data ?? DEFAULT_DATA),
    aws,
    suggest: (line) =>
      `${io.invokedAs} ${line}${aws === undefined || command.aws === "beside data" ? where : targetOptions(aws)}`,
    json: globals.json === true,
    debug: globals.debug === true,
  };
}

/** An option that would do nothing is a misunderstanding, and here one of where work is done. */
function refuseMisplaced(command: CliCommand, aws: AwsTarget, data: string | undefined): void {
  const [given] = Object.keys(aws).filter(
    (name) => name !== "environment" || command.environment !== true,
  );
  if (given === undefined) {
    return;
  }
  if (command.aws === undefined) {
    throw usageFailure(
      `espalier ${command.name} works on this machine only: it takes no --${given}`,
      "--environment, --profile and --region name what is deployed on AWS.",
    );
  }
  if (data !== undefined && command.aws === true) {
    throw usageFailure(
      `--data and --${given} exclude each other`,
      "--data is where runs of this machine are, the other names what is deployed on AWS.",
    );
  }
}
