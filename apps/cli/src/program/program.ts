import { Command } from 'commander';
import { commandModules, modulesFor, wordOf } from '../commands/command-modules.js';
import { headingOf } from './overview.js';
import { tenantOf, type Where } from '../connection/remote.js';
import { CliError, type Globals } from '../connection/session.js';
import { writtenTree } from '../tree.js';
import { version } from '../version.js';

/**
 * Refuses an empty argument, which an unset variable of a script leaves. Throws `CliError` with
 * exit code 2.
 */
const refuseEmpty = (command: Command): void => {
  const empty = command.args.findIndex((text) => text === '');
  if (empty === -1) return;
  const { registeredArguments: known } = command;
  throw new CliError(`the argument <${(known[empty] ?? known.at(-1))?.name() ?? 'word'}> is empty`, 2);
};

/** The options that name an installation other than a home on this machine. */
const elsewhere = [
  ['url', '--url'],
  ['context', '--context'],
  ['tokenFile', '--token-file'],
] as const;

/**
 * Refuses a home beside another installation: a command must not stop the wrong one. Throws
 * `CliError` with exit code 2.
 */
const refuseTwoPlaces = ({ home, ...where }: Where): void => {
  const other = elsewhere.find(([name]) => where[name] !== undefined);
  if (home === undefined || other === undefined) return;
  throw new CliError(`--home and ${other[1]} name two installations: give one of them`, 2);
};

/**
 * Refuses a command's option that takes one value and is given more than once, because only the
 * last value would count. Throws `CliError` with exit code 2. The program's own options may be
 * repeated: an alias gives one, and its user another.
 */
const refuseRepeated = (command: Command): void => {
  for (const option of command.options) {
    const isOfMany = option.variadic || (option.parseArg !== undefined && option.argChoices === undefined);
    if (isOfMany || !option.required) continue;
    let isGiven = false;
    command.on(`option:${option.name()}`, () => {
      if (isGiven) throw new CliError(`${option.long ?? option.flags} takes one value, and is repeated`, 2);
      isGiven = true;
    });
  }
  command.commands.forEach(refuseRepeated);
};

/** Returns the program without commands. Any fault of a command line ends it with exit code 2. */
const bareProgram = (): Command =>
  new Command('interlock')
    .description('Interlock from the command line')
    .version(version, '-V, --version', 'the version of Interlock')
    .option('--home <dir>', 'home of the running Interlock (INTERLOCK_HOME, else .interlock)')
    .option('--url <url>', 'an installation elsewhere (INTERLOCK_URL)')
    .option('--token-file <file>', 'a bearer token for it (INTERLOCK_TOKEN_FILE)')
    .option('--context <name>', 'an installation that you logged in to; default: the current one')
    .option('--tenant <tenant>', "the tenant whose data is used; default: the context's, or demo")
    .option(
      '--as <name>',
      'act as this person of the home; default: the service `cli`. With a login it is ignored, or refused where a person must decide',
    )
    .enablePositionalOptions(false)
    .showHelpAfterError('(add --help for the options)')
    .exitOverride((error) => {
      throw new CliError('', error.exitCode === 0 ? 0 : 2);
    })
    .hook('preAction', (program, command) => {
      refuseEmpty(command);
      refuseTwoPlaces(program.opts());
    });

const globalsOf = (program: Command): Globals => {
  const options = program.opts<Where & { readonly tenant?: string; readonly as?: string }>();
  const named = options.tenant ?? tenantOf(options);
  return {
    ...options,
    tenant: named ?? 'demo',
    tenantNamed: named !== undefined,
    tenantGiven: options.tenant !== undefined,
  };
};

/**
 * Returns the arguments without `--help` if they name an unknown command. Otherwise Commander would
 * show the help of the group and exit with 0. This way it refuses the word and suggests a similar
 * one.
 */
export const refusingUnknown = (program: Command, args: readonly string[]): readonly string[] => {
  let at: Command = program;
  for (const word of args.slice(Math.max(0, args.indexOf(wordOf(args) ?? '')))) {
    if (word.startsWith('-') || at.commands.length === 0) return args;
    const next = at.commands.find((command) => command.name() === word);
    if (next === undefined) return args.filter((arg) => arg !== '--help' && arg !== '-h');
    at = next;
  }
  return args;
};

const isKnown = (word: string): boolean => commandModules.some(({ words }) => words.includes(word));

/**
 * Returns the program with the commands that these arguments need. Other commands have only their
 * names.
 */
export const programFor = async (args: readonly string[]): Promise<Command> => {
  const program = bareProgram();
  const globals = (): Globals => globalsOf(program);
  const word = wordOf(args);
  const tree = word !== undefined && isKnown(word) ? undefined : writtenTree();
  if (tree === undefined) for (const { load } of modulesFor(args)) (await load())(program, globals);
  else
    for (const { name, about } of tree.commands)
      program.command(name).description(about).helpGroup(headingOf(name));
  program.commands.forEach(refuseRepeated);
  return program;
};

/** The program with all its commands. */
export const wholeProgram = async (): Promise<Command> => {
  const program = bareProgram();
  for (const { load } of commandModules) (await load())(program, () => globalsOf(program));
  return program;
};
