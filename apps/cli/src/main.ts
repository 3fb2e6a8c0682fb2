import { Command } from 'commander';
import { isProblem } from '@interlock/kernel';
import { modulesFor } from './command-modules.js';
import { tenantOf, type Where } from './remote.js';
import { CliError, type Globals } from './session.js';
import { version } from './version.js';

const program = new Command('interlock')
  .description('Interlock from the command line')
  .version(version, '-V, --version', 'the version of Interlock')
  .option('--home <dir>', 'home of the running Interlock (INTERLOCK_HOME, else .interlock)')
  .option('--url <url>', 'an installation elsewhere (INTERLOCK_URL)')
  .option('--token-file <file>', 'a bearer token for it (INTERLOCK_TOKEN_FILE)')
  .option('--context <name>', 'one that you logged in to; else the current one')
  .option('--tenant <tenant>', "whose data; else the context's, else demo")
  .option('--as <name>', 'with a home: act as this person; else as the service `cli`')
  .enablePositionalOptions(false)
  .showHelpAfterError();
const globals = (): Globals => {
  const options = program.opts<Where & { readonly tenant?: string; readonly as?: string }>();
  return { ...options, tenant: options.tenant ?? tenantOf(options) ?? 'demo' };
};

try {
  for (const { load } of modulesFor(process.argv.slice(2))) (await load())(program, globals);
  await program.parseAsync();
} catch (error) {
  const told =
    error instanceof CliError
      ? error.message
      : isProblem(error)
        ? error.detail
        : error instanceof Error
          ? error.message
          : String(error);
  if (told !== '') process.stderr.write(`interlock: ${told}\n`);
  process.exitCode = error instanceof CliError ? error.exitCode : 1;
}
