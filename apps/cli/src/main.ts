import { readFileSync } from 'node:fs';
import { Command } from 'commander';
import { isProblem } from '@interlock/kernel';
import { addActions } from './commands/actions.js';
import { addAlerts } from './commands/alerts.js';
import { addAudit } from './commands/audit.js';
import { addAutonomy } from './commands/autonomy.js';
import { addDead } from './commands/bus.js';
import { addBusAccounts } from './commands/bus-accounts.js';
import { addGuards } from './commands/guards.js';
import { addChannels } from './commands/channels.js';
import { addIncidents } from './commands/incidents.js';
import { addIntents } from './commands/intents.js';
import { addTenants } from './commands/tenants.js';
import { addMigrate } from './commands/migrate.js';
import { addPolicy } from './commands/policy.js';
import { addPosture } from './commands/posture.js';
import { addPrivacy } from './commands/privacy.js';
import { addRelay } from './commands/relay.js';
import { addProjections } from './commands/projections.js';
import { addResponses } from './commands/responses.js';
import { addSystem } from './commands/system.js';
import { CliError, type Globals } from './session.js';

const { version } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as {
  readonly version: string;
};
const program = new Command('interlock')
  .description('Interlock from the command line')
  .version(version, '-V, --version', 'the version of Interlock')
  .option('--home <dir>', 'home of the running Interlock (INTERLOCK_HOME, else .interlock)')
  .option('--tenant <tenant>', 'whose data', 'demo')
  .option('--as <name>', 'act as this person; else as the service `cli`')
  .enablePositionalOptions(false)
  .showHelpAfterError();
const globals = (): Globals => program.opts<Globals>();
addSystem(program, globals);
addIntents(program, globals);
addTenants(program, globals);
addBusAccounts(program, globals);
addChannels(program, globals);
addActions(program, globals);
addAlerts(program, globals);
addIncidents(program, globals);
addAudit(program, globals);
addAutonomy(program, globals);
addDead(program, globals);
addMigrate(program, globals);
addPolicy(program, globals);
addPosture(program, globals);
addPrivacy(program, globals);
addRelay(program, globals);
addProjections(program, globals);
addGuards(program, globals);
addResponses(program, globals);

try {
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
