/**
 * The description of a subject. `subject` writes one and `parseSubject` reads it back. A dot inside
 * a name is written `=`.
 */
export type Subject =
  /** `user` is the authenticated publisher: the bus allows each user only its own token. */
  | { readonly kind: 'intents'; readonly tenant: string; readonly user: string }
  /** The former subject of intents, without the publisher; intents there are refused. */
  | { readonly kind: 'old_intents'; readonly tenant: string }
  | { readonly kind: 'accepted'; readonly tenant: string }
  | { readonly kind: 'rejected'; readonly tenant: string }
  | { readonly kind: 'outcomes'; readonly tenant: string; readonly actionType: string }
  | {
      readonly kind: 'events';
      readonly category: string;
      readonly eventType: string;
      readonly tenant: string;
    }
  | { readonly kind: 'signals'; readonly tenant: string; readonly name: string; readonly user: string }
  | { readonly kind: 'rpc'; readonly service: string; readonly command: string; readonly caller: string }
  | { readonly kind: 'dead'; readonly consumer: string }
  /** The subject of requests to a tenant's handler on the bus. */
  | { readonly kind: 'handlers'; readonly tenant: string; readonly actionType: string; readonly step: string }
  /**
   * The subject of its answers. They go to the instance that asked, under a nonce that only this
   * instance knows.
   */
  | {
      readonly kind: 'handled';
      readonly tenant: string;
      readonly actionType: string;
      readonly instance: string;
      readonly nonce: string;
    };

/** Returns a name as one token of a subject, e.g. `demo.upstream` → `demo=upstream`. */
export const subjectToken = (name: string): string => name.replaceAll('.', '=');
const name = (part: string): string => part.replaceAll('=', '.');

/**
 * Returns the NATS subject of a description, e.g. `{ kind: 'outcomes', tenant: 'demo', actionType:
 * 'inbox.archive' }` → `interlock.outcomes.demo.inbox=archive`. Pass `*` for a wildcard token.
 */
export const subject = (s: Subject): string => {
  switch (s.kind) {
    case 'intents':
      return `interlock.intents.${subjectToken(s.tenant)}.by.${subjectToken(s.user)}`;
    case 'old_intents':
      return `interlock.intents.${subjectToken(s.tenant)}`;
    case 'accepted':
      return `interlock.accepted.${subjectToken(s.tenant)}`;
    case 'rejected':
      return `interlock.intents.rejected.${subjectToken(s.tenant)}`;
    case 'outcomes':
      return `interlock.outcomes.${subjectToken(s.tenant)}.${subjectToken(s.actionType)}`;
    case 'events':
      return `interlock.events.${subjectToken(s.category)}.${subjectToken(s.eventType)}.${subjectToken(s.tenant)}`;
    case 'signals':
      return `interlock.signals.${subjectToken(s.tenant)}.${subjectToken(s.name)}.by.${subjectToken(s.user)}`;
    case 'rpc':
      return `interlock.rpc.${subjectToken(s.service)}.${subjectToken(s.command)}.${subjectToken(s.caller)}`;
    case 'dead':
      return `interlock.dead.${subjectToken(s.consumer)}`;
    case 'handlers':
      return `interlock.handlers.${subjectToken(s.tenant)}.${subjectToken(s.actionType)}.${subjectToken(s.step)}`;
    case 'handled':
      return `interlock.handled.${subjectToken(s.tenant)}.${subjectToken(s.actionType)}.${subjectToken(s.instance)}.${subjectToken(s.nonce)}`;
  }
};

/** Parses a subject; undefined if it is not one of Interlock's. */
export const parseSubject = (text: string): Subject | undefined => {
  const [root, kind, ...tokens] = text.split('.');
  const [a, b, c, d] = tokens.map(name);
  if (root !== 'interlock' || a === undefined || tokens.includes('')) return undefined;
  const isBy = tokens.at(-2) === 'by';
  switch (`${kind} ${tokens.length}`) {
    case 'intents 3':
      return isBy ? { kind: 'intents', tenant: a, user: c! } : undefined;
    case 'intents 2':
      return a === 'rejected' ? { kind: 'rejected', tenant: b! } : undefined;
    case 'intents 1':
      return { kind: 'old_intents', tenant: a };
    case 'accepted 1':
      return { kind: 'accepted', tenant: a };
    case 'dead 1':
      return { kind: 'dead', consumer: a };
    case 'outcomes 2':
      return { kind: 'outcomes', tenant: a, actionType: b! };
    case 'signals 4':
      return isBy ? { kind: 'signals', tenant: a, name: b!, user: d! } : undefined;
    case 'rpc 3':
      return { kind: 'rpc', service: a, command: b!, caller: c! };
    case 'handlers 3':
      return { kind: 'handlers', tenant: a, actionType: b!, step: c! };
    case 'handled 4':
      return { kind: 'handled', tenant: a, actionType: b!, instance: c!, nonce: d! };
    case 'events 3':
      return { kind: 'events', category: a, eventType: b!, tenant: c! };
    default:
      return undefined;
  }
};

/** The JetStream streams and their subjects. `retention` uses NATS' terms; ages are in seconds. */
export const busStreams = [
  {
    name: 'INTENTS',
    subjects: ['interlock.intents.*.by.*', 'interlock.intents.*'],
    retention: 'workqueue',
    max_age_s: 86_400,
  },
  {
    name: 'REJECTED',
    subjects: ['interlock.intents.rejected.*'],
    retention: 'limits',
    max_age_s: 7 * 86_400,
  },
  {
    name: 'OUTCOMES',
    subjects: ['interlock.accepted.*', 'interlock.outcomes.*.*'],
    retention: 'limits',
    max_age_s: 7 * 86_400,
  },
  { name: 'EVENTS', subjects: ['interlock.events.*.*.*'], retention: 'limits', max_age_s: 7 * 86_400 },
  { name: 'SIGNALS', subjects: ['interlock.signals.*.*.by.*'], retention: 'limits', max_age_s: 86_400 },
  { name: 'DEAD', subjects: ['interlock.dead.*'], retention: 'limits', max_age_s: 30 * 86_400 },
] as const;
export type BusStream = (typeof busStreams)[number]['name'];
