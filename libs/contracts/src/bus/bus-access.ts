import { changeOwners, type ChangeOwner } from '../rpc/change-rpc.js';
import type { RpcName } from '../rpc/rpc.js';
import { secretUses } from '../rpc/secret-rpc.js';
import { busStreams, subject, subjectToken, type BusStream } from './subjects.js';

/** The services that have a user of their own on the bus. */
export const busServices = [
  'policy-registry',
  'policy-evaluator',
  'digital-twin',
  'safety-rails',
  'netconf-gateway',
  'agent-gateway',
  'budget-ledger',
  'alerting',
  'posture',
  'audit',
  'relay',
  // It serves people and has no commands of its own.
  'edge',
] as const;
export type BusService = (typeof busServices)[number];
/**
 * The user of the command line and of the bus setup. It manages streams and parked messages, and
 * publishes nothing.
 */
export const busOperator = 'operator';
/** Represents every user of a tenant in the table of callers. */
type Caller = BusService | 'tenant';

const onlyRails: readonly Caller[] = ['safety-rails'];

/** The callers of the commands of every service whose settings change by requests. */
const changeCallers = Object.fromEntries(
  changeOwners.flatMap((owner) =>
    (['apply_change', 'end_change'] as const).map((command) => [`${owner}.${command}`, onlyRails]),
  ),
) as { readonly [name in `${ChangeOwner}.${'apply_change' | 'end_change'}`]: readonly Caller[] };

/** The callers of each command. Nobody may call a command that is not listed. */
export const rpcCallers: { readonly [name in RpcName]: readonly Caller[] } = {
  'posture.posture': ['safety-rails'],
  // The gateway of agents asks it which tools an agent may at least propose.
  'budget-ledger.mode': ['safety-rails', 'agent-gateway'],
  'budget-ledger.consume': ['safety-rails'],
  'budget-ledger.give_back': ['safety-rails'],
  'digital-twin.predict': ['safety-rails'],
  'policy-evaluator.evaluate': ['safety-rails'],
  'policy-evaluator.auto_approve': ['safety-rails'],
  // The gateway passes on the person that its HTTP side has authenticated, posture submits its
  // responses, and a tenant's user asks for itself.
  'safety-rails.submit': ['netconf-gateway', 'posture', 'agent-gateway', 'tenant'],
  'safety-rails.executor': ['netconf-gateway', 'agent-gateway', 'posture'],
  // Modes and budgets are refused for names that have never appeared.
  'safety-rails.seen': ['budget-ledger'],
  'safety-rails.request_change': changeOwners,
  ...changeCallers,
  'policy-registry.define_tool': ['agent-gateway'],
  'policy-evaluator.vote': ['posture'],
  'audit.vote': ['posture'],
  'audit.check': ['posture'],
  'audit.record_person': ['edge'],
  'audit.record_access': ['safety-rails'],
  // Every service with routes may refuse people's commands.
  'audit.record_refusal': busServices,
  'audit.record_secrets': Object.values(secretUses),
  'policy-registry.check_read_models': ['audit'],
  'safety-rails.check_read_models': ['audit'],
  'netconf-gateway.check_read_models': ['audit'],
  'alerting.check_read_models': ['audit'],
  'netconf-gateway.plan_retention': ['safety-rails'],
  'policy-registry.plan_retention': ['safety-rails'],
  'alerting.plan_retention': ['safety-rails'],
  'audit.plan_retention': ['safety-rails'],
  'safety-rails.plan_retention': ['safety-rails'],
  'alerting.raise': busServices,
  'alerting.resolve': busServices,
  'netconf-gateway.estimate_impact': onlyRails,
  'netconf-gateway.plan': onlyRails,
  'netconf-gateway.take_turn': onlyRails,
  'netconf-gateway.apply': onlyRails,
  'netconf-gateway.observe': onlyRails,
  'netconf-gateway.confirm': onlyRails,
  'netconf-gateway.undo': onlyRails,
  'netconf-gateway.status': onlyRails,
  'posture.estimate_impact': onlyRails,
  'posture.plan': onlyRails,
  'posture.take_turn': onlyRails,
  'posture.apply': onlyRails,
  'posture.observe': onlyRails,
  'posture.confirm': onlyRails,
  'posture.undo': onlyRails,
  'posture.status': onlyRails,
  'agent-gateway.estimate_impact': onlyRails,
  'agent-gateway.plan': onlyRails,
  'agent-gateway.take_turn': onlyRails,
  'agent-gateway.apply': onlyRails,
  'agent-gateway.observe': onlyRails,
  'agent-gateway.confirm': onlyRails,
  'agent-gateway.undo': onlyRails,
  'agent-gateway.status': onlyRails,
};

/**
 * The durable consumers of each service. No other service takes or acknowledges their messages, or
 * parks messages in their name.
 */
export const busConsumers: {
  readonly [service in BusService]?: readonly { readonly stream: BusStream; readonly durable: string }[];
} = {
  'safety-rails': [
    { stream: 'INTENTS', durable: 'safety-rails-intents' },
    { stream: 'EVENTS', durable: 'safety-rails-outcomes' },
    { stream: 'EVENTS', durable: 'safety-rails-transactions' },
    { stream: 'EVENTS', durable: 'safety-rails-calls' },
    { stream: 'EVENTS', durable: 'safety-rails-plan-stops' },
  ],
  posture: [{ stream: 'SIGNALS', durable: 'posture-signals' }],
  'budget-ledger': [
    { stream: 'EVENTS', durable: 'budget-ledger-actions' },
    { stream: 'EVENTS', durable: 'budget-ledger-feedback' },
  ],
  'digital-twin': [
    { stream: 'EVENTS', durable: 'digital-twin-actions' },
    { stream: 'EVENTS', durable: 'digital-twin-feedback' },
  ],
};

/**
 * Returns the tenant of a user. A tenant's user has the name `<tenant>.<name>`, because a tenant's
 * name has no dot.
 */
export const tenantOfUser = (user: string): string | undefined => {
  const dot = user.indexOf('.');
  return dot > 0 && dot < user.length - 1 ? user.slice(0, dot) : undefined;
};

/**
 * Returns true if a user may call `<service>.<command>`. Only the operator may call a consumer's
 * `replay`.
 */
export const mayCall = (caller: string, name: string): boolean => {
  const [, command] = name.split('.');
  if (command === 'replay') return caller === busOperator;
  const callers: readonly string[] = Object.hasOwn(rpcCallers, name) ? rpcCallers[name as RpcName] : [];
  return callers.includes(caller) || (callers.includes('tenant') && tenantOfUser(caller) !== undefined);
};

/** The subjects that a user may publish and subscribe to; everything else is refused. */
export type BusPermissions = { readonly publish: readonly string[]; readonly subscribe: readonly string[] };

/** Returns the subject of answers to a user's requests. Nobody else may subscribe to it. */
export const inboxOf = (user: string): string => `_INBOX.${subjectToken(user)}`;
/**
 * Returns the subject on which a user waits for the answers of one service (or of one consumer, to
 * a replay). The subject names the answering service, so no service can answer for another. The
 * server's own `allow_responses` is not suitable: it remembers every delivered message of a
 * consumer for as long as an answer may come.
 */
export const repliesOf = (caller: string, service: string): string =>
  `${inboxOf(caller)}.${subjectToken(service)}`;

const any = '*';
const callsOf = (caller: string): readonly string[] =>
  Object.keys(rpcCallers)
    .filter((name) => mayCall(caller, name))
    .map((name) => {
      const [service = '', command = ''] = name.split('.');
      return subject({ kind: 'rpc', service, command, caller });
    });

/**
 * Returns the subjects on which a service publishes its answers: to its permitted callers, and to
 * the operator for its consumers' replays.
 */
const answersOf = (
  service: BusService,
  consumers: readonly { readonly durable: string }[],
): readonly string[] => {
  const callers = Object.entries(rpcCallers).flatMap(([name, list]) =>
    name.startsWith(`${service}.`) ? list : [],
  );
  // A tenant's request comes from another account, so the server replaces its inbox by a subject of
  // its own.
  const inboxes = [...new Set(callers)].map((caller) =>
    caller === 'tenant' ? '_R_.>' : `${repliesOf(caller, service)}.>`,
  );
  return [...inboxes, ...consumers.map(({ durable }) => `${repliesOf(busOperator, durable)}.>`)];
};

/**
 * Returns the subjects for creating, querying and taking from one durable consumer. Without the
 * right to create it, the user may only take from it.
 */
const takes = (stream: BusStream, durable: string): readonly string[] => [
  `$JS.API.CONSUMER.MSG.NEXT.${stream}.${durable}`,
  `$JS.ACK.${stream}.${durable}.>`,
];
const makes = (stream: BusStream, durable: string): readonly string[] => [
  `$JS.API.CONSUMER.CREATE.${stream}.${durable}`,
  `$JS.API.CONSUMER.CREATE.${stream}.${durable}.>`,
  `$JS.API.CONSUMER.DURABLE.CREATE.${stream}.${durable}`,
  `$JS.API.CONSUMER.INFO.${stream}.${durable}`,
];
const looksAt = (stream: string): readonly string[] => [
  `$JS.API.STREAM.INFO.${stream}`,
  `$JS.API.STREAM.MSG.GET.${stream}`,
];
const bucket = (name: string): readonly string[] => [
  `$KV.${name}.>`,
  ...looksAt(`KV_${name}`),
  `$JS.API.DIRECT.GET.KV_${name}`,
  `$JS.API.DIRECT.GET.KV_${name}.>`,
  `$JS.API.STREAM.CREATE.KV_${name}`,
  `$JS.API.STREAM.UPDATE.KV_${name}`,
  `$JS.API.CONSUMER.CREATE.KV_${name}`,
  `$JS.API.CONSUMER.CREATE.KV_${name}.>`,
];

/** The other subjects of a service, besides its calls and its consumers' answers. */
const publishedBy: { readonly [service in BusService]?: readonly string[] } = {
  'safety-rails': [
    subject({ kind: 'accepted', tenant: any }),
    subject({ kind: 'rejected', tenant: any }),
    subject({ kind: 'outcomes', tenant: any, actionType: any }),
    // It wipes intents that name people, and creates the consumers that tenants take from.
    '$JS.API.STREAM.MSG.GET.INTENTS',
    '$JS.API.STREAM.MSG.DELETE.INTENTS',
    // It notifies a tenant of its own refusals, and takes no messages for that.
    ...looksAt('REJECTED'),
    ...(['OUTCOMES', 'REJECTED'] as const).flatMap((stream) => [
      ...makes(stream, any),
      `$JS.API.CONSUMER.DELETE.${stream}.*`,
    ]),
  ],
  'agent-gateway': [subject({ kind: 'handlers', tenant: any, actionType: any, step: any })],
  audit: [...looksAt('DEAD'), '$JS.API.STREAM.MSG.DELETE.DEAD'],
  relay: [
    subject({ kind: 'events', category: any, eventType: any, tenant: any }),
    ...busStreams.flatMap(({ name }) => [`$JS.API.STREAM.INFO.${name}`, `$JS.API.STREAM.CREATE.${name}`]),
    '$JS.API.STREAM.MSG.GET.EVENTS',
    ...bucket('interlock_relay'),
    ...bucket('interlock_relay_checkpoint'),
  ],
};

/** Returns the permissions of a service's user. */
const serviceAccess = (service: BusService): BusPermissions => {
  const consumers = busConsumers[service] ?? [];
  return {
    publish: [
      '$JS.API.INFO',
      ...callsOf(service),
      ...answersOf(service, consumers),
      ...(publishedBy[service] ?? []),
      ...consumers.flatMap(({ stream, durable }) => [
        ...makes(stream, durable),
        ...takes(stream, durable),
        subject({ kind: 'dead', consumer: durable }),
      ]),
    ],
    subscribe: [
      `${inboxOf(service)}.>`,
      ...[service, ...consumers.map(({ durable }) => durable)].map((name) =>
        subject({ kind: 'rpc', service: name, command: any, caller: any }),
      ),
      ...(service === 'agent-gateway'
        ? [subject({ kind: 'handled', tenant: any, actionType: any, instance: any, nonce: any })]
        : []),
    ],
  };
};

/** Returns the permissions of the operator's user. */
const operatorAccess = (): BusPermissions => ({
  publish: [
    '$JS.API.>',
    '$JS.ACK.>',
    '$KV.interlock_relay.>',
    '$KV.interlock_relay_checkpoint.>',
    subject({ kind: 'rpc', service: any, command: 'replay', caller: busOperator }),
  ],
  subscribe: [`${inboxOf(busOperator)}.>`],
});

/** Returns the consumers that are created for a tenant. Only its users take messages from them. */
export const tenantConsumers = (
  tenant: string,
): readonly { readonly stream: BusStream; readonly durable: string; readonly filter: string }[] => [
  { stream: 'OUTCOMES', durable: `accepted-${tenant}`, filter: subject({ kind: 'accepted', tenant }) },
  {
    stream: 'OUTCOMES',
    durable: `outcomes-${tenant}`,
    filter: subject({ kind: 'outcomes', tenant, actionType: any }),
  },
  { stream: 'REJECTED', durable: `rejected-${tenant}`, filter: subject({ kind: 'rejected', tenant }) },
];

/**
 * The rights of a tenant's user: the signals that it may report, and the action types that it
 * handles. `*`: any.
 */
export type BusGrants = { readonly signals: readonly string[]; readonly handlers: readonly string[] };

/** The grants of a tenant's user until more are registered. */
export const noBusGrants: BusGrants = { signals: [], handlers: [] };

/**
 * Returns the permissions of a tenant's user: its own token, its tenant's consumers, and its
 * grants. The old subject of intents is allowed, so that it can be refused with a reason.
 */
const tenantAccess = (tenant: string, user: string, { signals, handlers }: BusGrants): BusPermissions => ({
  publish: [
    subject({ kind: 'intents', tenant, user }),
    subject({ kind: 'old_intents', tenant }),
    ...signals.map((name) => subject({ kind: 'signals', tenant, name, user })),
    ...handlers.map((actionType) =>
      subject({ kind: 'handled', tenant, actionType, instance: any, nonce: any }),
    ),
    ...callsOf(user),
    ...tenantConsumers(tenant).flatMap(({ stream, durable }) => [
      ...takes(stream, durable),
      // A leaf node puts the name of the central servers' JetStream domain into the subject.
      `$JS.*.API.CONSUMER.MSG.NEXT.${stream}.${durable}`,
    ]),
  ],
  subscribe: [
    `${inboxOf(user)}.>`,
    ...handlers.map((actionType) => subject({ kind: 'handlers', tenant, actionType, step: any })),
  ],
});

const isService = (user: string): user is BusService => (busServices as readonly string[]).includes(user);

/**
 * Returns the permissions of any user: a service, the operator, or a tenant's `<tenant>.<name>`
 * with its grants. Throws for every other name.
 */
export const busAccess = (user: string, grants: BusGrants = noBusGrants): BusPermissions => {
  if (isService(user)) return serviceAccess(user);
  if (user === busOperator) return operatorAccess();
  const tenant = tenantOfUser(user);
  if (tenant === undefined) throw new Error(`\`${user}\` is not a user of the bus`);
  return tenantAccess(tenant, user, grants);
};

/** The account of the services and the operator, which has the streams. */
export const busServicesAccount = 'SERVICES';
/** Returns the name of a tenant's account. */
export const busTenantAccount = (tenant: string): string => `tenant_${tenant}`;

/**
 * Returns the subjects that a tenant's account receives from the services' account: the requests to
 * its handlers on the bus.
 */
export const tenantReceives = (tenant: string): readonly string[] => [
  subject({ kind: 'handlers', tenant, actionType: any, step: any }),
];

/**
 * Returns the subjects that the services' account exports to a tenant's account. With `*` for the
 * tenant, it returns those for all tenants.
 */
export const tenantImports = (
  tenant: string,
): readonly { readonly subject: string; readonly streamed: boolean }[] => {
  const single = [
    subject({ kind: 'intents', tenant, user: any }),
    subject({ kind: 'old_intents', tenant }),
    subject({ kind: 'signals', tenant, name: any, user: any }),
    subject({ kind: 'handled', tenant, actionType: any, instance: any, nonce: any }),
    ...Object.entries(rpcCallers)
      .filter(([, callers]) => callers.includes('tenant'))
      .map(([name]) => {
        const [service = '', command = ''] = name.split('.');
        return subject({ kind: 'rpc', service, command, caller: any });
      }),
  ].map((text) => ({ subject: text, streamed: false }));
  const consumers =
    tenant === any
      ? ([
          { stream: 'OUTCOMES', durable: any },
          { stream: 'REJECTED', durable: any },
        ] as const)
      : tenantConsumers(tenant);
  return [
    ...single,
    ...consumers.flatMap(({ stream, durable }) => [
      { subject: `$JS.API.CONSUMER.MSG.NEXT.${stream}.${durable}`, streamed: true },
      { subject: `$JS.ACK.${stream}.${durable}.>`, streamed: false },
    ]),
  ];
};
