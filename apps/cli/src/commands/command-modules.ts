import type { Add } from '../program/declare.js';

type CommandModule = {
  /** The first words of all the module's commands. */
  readonly words: readonly string[];
  readonly load: () => Promise<Add>;
};

/**
 * All command modules, in the order of the help. A command loads only its own module, because the
 * module of `audit` alone takes almost half a second to load.
 */
export const commandModules: readonly CommandModule[] = [
  { words: ['token', 'status'], load: async () => (await import('./installation/system.js')).addSystem },
  { words: ['twin'], load: async () => (await import('./installation/twin.js')).addTwin },
  { words: ['kill-switch'], load: async () => (await import('./stop/kill-switch.js')).addKillSwitch },
  { words: ['intents'], load: async () => (await import('./actions/intents.js')).addIntents },
  { words: ['agents'], load: async () => (await import('./agents/agents.js')).addAgents },
  { words: ['tenants'], load: async () => (await import('./tenants/tenants.js')).addTenants },
  { words: ['changes'], load: async () => (await import('./tenants/changes.js')).addChanges },
  { words: ['bus'], load: async () => (await import('./bus/accounts.js')).addBusAccounts },
  { words: ['channels'], load: async () => (await import('./alerting/channels.js')).addChannels },
  { words: ['webhooks'], load: async () => (await import('./agents/webhooks.js')).addWebhooks },
  { words: ['oncall'], load: async () => (await import('./alerting/oncall.js')).addOncall },
  { words: ['secrets'], load: async () => (await import('./tenants/secrets.js')).addSecrets },
  { words: ['actions'], load: async () => (await import('./actions/actions.js')).addActions },
  { words: ['alerts'], load: async () => (await import('./alerting/alerts.js')).addAlerts },
  { words: ['incidents'], load: async () => (await import('./alerting/incidents.js')).addIncidents },
  { words: ['audit'], load: async () => (await import('./audit/audit.js')).addAudit },
  { words: ['action-types'], load: async () => (await import('./actions/types.js')).addActionTypes },
  { words: ['topology'], load: async () => (await import('./actions/topology.js')).addTopology },
  { words: ['bindings'], load: async () => (await import('./actions/bindings.js')).addBindings },
  { words: ['devices'], load: async () => (await import('./actions/devices.js')).addDevices },
  {
    words: ['mode', 'budget', 'auto-approval'],
    load: async () => (await import('./autonomy/modes.js')).addModes,
  },
  { words: ['policies'], load: async () => (await import('./policy/policies.js')).addPolicies },
  { words: ['teams'], load: async () => (await import('./policy/settings.js')).addTeams },
  { words: ['completion'], load: async () => (await import('./installation/completion.js')).addCompletion },
  { words: ['autonomy'], load: async () => (await import('./autonomy/autonomy.js')).addAutonomy },
  { words: ['dead'], load: async () => (await import('./bus/bus.js')).addDead },
  {
    words: ['login', 'logout', 'whoami', 'context'],
    load: async () => (await import('./people/login.js')).addLogin,
  },
  { words: ['mcp'], load: async () => (await import('./agents/mcp.js')).addMcp },
  { words: ['version'], load: async () => (await import('./installation/version.js')).addVersion },
  { words: ['migrate'], load: async () => (await import('./installation/migrate.js')).addMigrate },
  { words: ['backup', 'restore'], load: async () => (await import('./installation/backup.js')).addBackup },
  { words: ['doctor'], load: async () => (await import('./installation/doctor.js')).addDoctor },
  { words: ['people'], load: async () => (await import('./people/people.js')).addPeople },
  { words: ['inbox'], load: async () => (await import('./actions/inbox.js')).addInbox },
  { words: ['plans'], load: async () => (await import('./actions/plans.js')).addPlans },
  { words: ['policy'], load: async () => (await import('./policy/policy.js')).addPolicy },
  { words: ['posture'], load: async () => (await import('./autonomy/posture.js')).addPosture },
  { words: ['privacy'], load: async () => (await import('./people/privacy.js')).addPrivacy },
  { words: ['report'], load: async () => (await import('./installation/report.js')).addReport },
  { words: ['retention'], load: async () => (await import('./tenants/retention.js')).addRetention },
  { words: ['keys'], load: async () => (await import('./installation/keys.js')).addKeys },
  { words: ['log'], load: async () => (await import('./installation/log.js')).addLog },
  { words: ['relay'], load: async () => (await import('./bus/relay.js')).addRelay },
  {
    words: ['projections'],
    load: async () => (await import('./installation/projections.js')).addProjections,
  },
  { words: ['sim'], load: async () => (await import('./installation/sim.js')).addSim },
  { words: ['sessions'], load: async () => (await import('./people/sessions.js')).addSessions },
  { words: ['stop', 'break-glass'], load: async () => (await import('./stop/stop.js')).addStop },
  { words: ['trust', 'brake'], load: async () => (await import('./actions/guards.js')).addGuards },
  { words: ['responses'], load: async () => (await import('./autonomy/responses.js')).addResponses },
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

/**
 * True if the arguments contain no command and no unknown option, only options of the connection.
 */
export const isBare = (args: readonly string[]): boolean =>
  firstWord(args) === -1 &&
  args.every((arg, i) => valued.has(arg.split('=')[0] ?? '') || valued.has(args[i - 1] ?? ''));

/** Turns `help actions list` into `actions list --help`, which prints the same. */
export const withoutHelpWord = (args: readonly string[]): readonly string[] => {
  const at = firstWord(args);
  return args[at] === 'help' ? [...args.slice(0, at), ...args.slice(at + 1), '--help'] : args;
};

/** Returns the modules that these arguments need: one, or all if no module has their first word. */
export const modulesFor = (args: readonly string[]): readonly CommandModule[] => {
  const word = wordOf(args);
  const own = commandModules.filter(({ words }) => word !== undefined && words.includes(word));
  return own.length === 0 ? commandModules : own;
};
