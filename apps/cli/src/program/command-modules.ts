import type { Add } from './declare.js';

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
  {
    words: ['token', 'status'],
    load: async () => (await import('../commands/installation/system.js')).addSystem,
  },
  { words: ['twin'], load: async () => (await import('../commands/installation/twin.js')).addTwin },
  {
    words: ['kill-switch'],
    load: async () => (await import('../commands/stop/kill-switch.js')).addKillSwitch,
  },
  { words: ['intents'], load: async () => (await import('../commands/actions/intents.js')).addIntents },
  { words: ['agents'], load: async () => (await import('../commands/agents/agents.js')).addAgents },
  { words: ['tenants'], load: async () => (await import('../commands/tenants/tenants.js')).addTenants },
  { words: ['changes'], load: async () => (await import('../commands/tenants/changes.js')).addChanges },
  { words: ['bus'], load: async () => (await import('../commands/bus/accounts.js')).addBusAccounts },
  { words: ['channels'], load: async () => (await import('../commands/alerting/channels.js')).addChannels },
  { words: ['webhooks'], load: async () => (await import('../commands/agents/webhooks.js')).addWebhooks },
  { words: ['oncall'], load: async () => (await import('../commands/alerting/oncall.js')).addOncall },
  { words: ['secrets'], load: async () => (await import('../commands/tenants/secrets.js')).addSecrets },
  { words: ['actions'], load: async () => (await import('../commands/actions/actions.js')).addActions },
  { words: ['alerts'], load: async () => (await import('../commands/alerting/alerts.js')).addAlerts },
  {
    words: ['incidents'],
    load: async () => (await import('../commands/alerting/incidents.js')).addIncidents,
  },
  { words: ['audit'], load: async () => (await import('../commands/audit/audit.js')).addAudit },
  {
    words: ['action-types'],
    load: async () => (await import('../commands/actions/types.js')).addActionTypes,
  },
  { words: ['topology'], load: async () => (await import('../commands/actions/topology.js')).addTopology },
  { words: ['bindings'], load: async () => (await import('../commands/actions/bindings.js')).addBindings },
  { words: ['devices'], load: async () => (await import('../commands/actions/devices.js')).addDevices },
  {
    words: ['mode', 'budget', 'auto-approval'],
    load: async () => (await import('../commands/autonomy/modes.js')).addModes,
  },
  { words: ['policies'], load: async () => (await import('../commands/policy/policies.js')).addPolicies },
  { words: ['teams'], load: async () => (await import('../commands/policy/settings.js')).addTeams },
  {
    words: ['completion'],
    load: async () => (await import('../commands/installation/completion.js')).addCompletion,
  },
  { words: ['autonomy'], load: async () => (await import('../commands/autonomy/autonomy.js')).addAutonomy },
  { words: ['dead'], load: async () => (await import('../commands/bus/bus.js')).addDead },
  {
    words: ['login', 'logout', 'whoami', 'context'],
    load: async () => (await import('../commands/people/login.js')).addLogin,
  },
  { words: ['mcp'], load: async () => (await import('../commands/agents/mcp.js')).addMcp },
  { words: ['version'], load: async () => (await import('../commands/installation/version.js')).addVersion },
  { words: ['migrate'], load: async () => (await import('../commands/installation/migrate.js')).addMigrate },
  {
    words: ['backup', 'restore'],
    load: async () => (await import('../commands/installation/backup.js')).addBackup,
  },
  { words: ['doctor'], load: async () => (await import('../commands/installation/doctor.js')).addDoctor },
  { words: ['people'], load: async () => (await import('../commands/people/people.js')).addPeople },
  { words: ['inbox'], load: async () => (await import('../commands/actions/inbox.js')).addInbox },
  { words: ['plans'], load: async () => (await import('../commands/actions/plans.js')).addPlans },
  { words: ['policy'], load: async () => (await import('../commands/policy/policy.js')).addPolicy },
  { words: ['posture'], load: async () => (await import('../commands/autonomy/posture.js')).addPosture },
  { words: ['privacy'], load: async () => (await import('../commands/people/privacy.js')).addPrivacy },
  { words: ['report'], load: async () => (await import('../commands/installation/report.js')).addReport },
  { words: ['retention'], load: async () => (await import('../commands/tenants/retention.js')).addRetention },
  { words: ['keys'], load: async () => (await import('../commands/installation/keys.js')).addKeys },
  { words: ['log'], load: async () => (await import('../commands/installation/log.js')).addLog },
  { words: ['relay'], load: async () => (await import('../commands/bus/relay.js')).addRelay },
  {
    words: ['projections'],
    load: async () => (await import('../commands/installation/projections.js')).addProjections,
  },
  { words: ['sim'], load: async () => (await import('../commands/installation/sim.js')).addSim },
  { words: ['sessions'], load: async () => (await import('../commands/people/sessions.js')).addSessions },
  { words: ['stop', 'break-glass'], load: async () => (await import('../commands/stop/stop.js')).addStop },
  { words: ['trust', 'brake'], load: async () => (await import('../commands/actions/guards.js')).addGuards },
  {
    words: ['responses'],
    load: async () => (await import('../commands/autonomy/responses.js')).addResponses,
  },
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
