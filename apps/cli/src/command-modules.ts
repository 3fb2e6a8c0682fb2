import type { Command } from 'commander';
import type { Globals } from './session.js';

/** Adds the commands of one module to the program. */
type AddCommands = (program: Command, globals: () => Globals) => void;

type CommandModule = {
  /** All first words of the module's commands. */
  readonly words: readonly string[];
  readonly load: () => Promise<AddCommands>;
};

/**
 * All command modules, in the order of the help. A command loads only its own module. The one of
 * `audit` takes most of half a second to load, which `actions list` does not need.
 */
export const commandModules: readonly CommandModule[] = [
  {
    words: ['token', 'status', 'twin'],
    load: async () => (await import('./commands/system.js')).addSystem,
  },
  { words: ['kill-switch'], load: async () => (await import('./commands/kill-switch.js')).addKillSwitch },
  { words: ['intents'], load: async () => (await import('./commands/intents.js')).addIntents },
  { words: ['agents'], load: async () => (await import('./commands/agents.js')).addAgents },
  { words: ['tenants'], load: async () => (await import('./commands/tenants.js')).addTenants },
  { words: ['changes'], load: async () => (await import('./commands/changes.js')).addChanges },
  { words: ['bus'], load: async () => (await import('./commands/bus-accounts.js')).addBusAccounts },
  { words: ['channels'], load: async () => (await import('./commands/channels.js')).addChannels },
  { words: ['oncall'], load: async () => (await import('./commands/oncall.js')).addOncall },
  { words: ['secrets'], load: async () => (await import('./commands/secrets.js')).addSecrets },
  { words: ['actions'], load: async () => (await import('./commands/actions.js')).addActions },
  { words: ['alerts'], load: async () => (await import('./commands/alerts.js')).addAlerts },
  { words: ['incidents'], load: async () => (await import('./commands/incidents.js')).addIncidents },
  { words: ['audit'], load: async () => (await import('./commands/audit.js')).addAudit },
  {
    words: ['action-types'],
    load: async () => (await import('./commands/action-types.js')).addActionTypes,
  },
  { words: ['devices'], load: async () => (await import('./commands/devices.js')).addDevices },
  {
    words: ['mode', 'budget', 'auto-approval'],
    load: async () => (await import('./commands/modes.js')).addModes,
  },
  { words: ['policies'], load: async () => (await import('./commands/policies.js')).addPolicies },
  { words: ['teams'], load: async () => (await import('./commands/policy-settings.js')).addTeams },
  { words: ['completion'], load: async () => (await import('./commands/completion.js')).addCompletion },
  { words: ['autonomy'], load: async () => (await import('./commands/autonomy.js')).addAutonomy },
  { words: ['dead'], load: async () => (await import('./commands/bus.js')).addDead },
  {
    words: ['login', 'logout', 'whoami', 'context'],
    load: async () => (await import('./commands/login.js')).addLogin,
  },
  { words: ['mcp'], load: async () => (await import('./commands/mcp.js')).addMcp },
  { words: ['version'], load: async () => (await import('./commands/version.js')).addVersion },
  { words: ['migrate'], load: async () => (await import('./commands/migrate.js')).addMigrate },
  { words: ['backup', 'restore'], load: async () => (await import('./commands/backup.js')).addBackup },
  { words: ['doctor'], load: async () => (await import('./commands/doctor.js')).addDoctor },
  { words: ['people'], load: async () => (await import('./commands/people.js')).addPeople },
  { words: ['inbox'], load: async () => (await import('./commands/inbox.js')).addInbox },
  { words: ['plans'], load: async () => (await import('./commands/plans.js')).addPlans },
  { words: ['policy'], load: async () => (await import('./commands/policy.js')).addPolicy },
  { words: ['posture'], load: async () => (await import('./commands/posture.js')).addPosture },
  { words: ['privacy'], load: async () => (await import('./commands/privacy.js')).addPrivacy },
  { words: ['report'], load: async () => (await import('./commands/report.js')).addReport },
  { words: ['retention'], load: async () => (await import('./commands/retention.js')).addRetention },
  { words: ['log'], load: async () => (await import('./commands/log.js')).addLog },
  { words: ['relay'], load: async () => (await import('./commands/relay.js')).addRelay },
  { words: ['projections'], load: async () => (await import('./commands/projections.js')).addProjections },
  { words: ['sessions'], load: async () => (await import('./commands/sessions.js')).addSessions },
  { words: ['stop', 'break-glass'], load: async () => (await import('./commands/stop.js')).addStop },
  { words: ['trust', 'brake'], load: async () => (await import('./commands/guards.js')).addGuards },
  { words: ['responses'], load: async () => (await import('./commands/responses.js')).addResponses },
];

/** The options of the program that take a value in the next argument. */
const valued = new Set(['--home', '--tenant', '--as', '--url', '--context', '--token-file']);

/**
 * The index of the first argument that is neither one of these options nor its value; -1 if there
 * is none.
 */
const firstWord = (args: readonly string[]): number => {
  let at = 0;
  while (at < args.length) {
    const arg = args[at] ?? '';
    if (valued.has(arg)) at += 2;
    else if (arg.startsWith('-')) at += 1;
    else return at;
  }
  return -1;
};

/** The first argument that is neither an option nor an option's value. */
export const wordOf = (args: readonly string[]): string | undefined => args[firstWord(args)];

/** True if the arguments contain no command and no unknown option, only where to connect. */
export const isBare = (args: readonly string[]): boolean =>
  firstWord(args) === -1 &&
  args.every((arg, i) => valued.has(arg.split('=')[0] ?? '') || valued.has(args[i - 1] ?? ''));

/** Turns `help actions list` into `actions list --help`, which prints the same. */
export const withoutHelpWord = (args: readonly string[]): readonly string[] => {
  const at = firstWord(args);
  return args[at] === 'help' ? [...args.slice(0, at), ...args.slice(at + 1), '--help'] : args;
};

/** The modules that these arguments need: one, or all if no module has their first word. */
export const modulesFor = (args: readonly string[]): readonly CommandModule[] => {
  const word = wordOf(args);
  const own = commandModules.filter(({ words }) => word !== undefined && words.includes(word));
  return own.length === 0 ? commandModules : own;
};
