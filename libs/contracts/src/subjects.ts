/** One function makes subjects, one reads them; a dot inside a name is written `=` (architecture.md, The bus). */
export type Subject =
  | { readonly kind: 'intents'; readonly tenant: string }
  | { readonly kind: 'accepted'; readonly tenant: string }
  | { readonly kind: 'rejected'; readonly tenant: string }
  | { readonly kind: 'outcomes'; readonly tenant: string; readonly actionType: string }
  | { readonly kind: 'events'; readonly category: string; readonly eventType: string; readonly tenant: string }
  | { readonly kind: 'signals'; readonly tenant: string; readonly name: string }
  | { readonly kind: 'rpc'; readonly service: string; readonly command: string }
  | { readonly kind: 'dead'; readonly consumer: string };

const token = (name: string): string => name.replaceAll('.', '=');
const name = (part: string): string => part.replaceAll('=', '.');

/** The NATS subject of what is described, e.g. `{ kind: 'outcomes', tenant: 'demo', actionType: 'inbox.archive' }` → `interlock.outcomes.demo.inbox=archive`. Pass `*` for a wildcard token. */
export const subject = (s: Subject): string => {
  switch (s.kind) {
    case 'intents': return `interlock.intents.${token(s.tenant)}`;
    case 'accepted': return `interlock.accepted.${token(s.tenant)}`;
    case 'rejected': return `interlock.intents.rejected.${token(s.tenant)}`;
    case 'outcomes': return `interlock.outcomes.${token(s.tenant)}.${token(s.actionType)}`;
    case 'events': return `interlock.events.${token(s.category)}.${token(s.eventType)}.${token(s.tenant)}`;
    case 'signals': return `interlock.signals.${token(s.tenant)}.${token(s.name)}`;
    case 'rpc': return `interlock.rpc.${token(s.service)}.${token(s.command)}`;
    case 'dead': return `interlock.dead.${token(s.consumer)}`;
  }
};

/** Reads a subject back; `undefined` where it is none of Interlock's. */
export const parseSubject = (text: string): Subject | undefined => {
  const [root, kind, a, b, c, ...rest] = text.split('.');
  if (root !== 'interlock' || rest.length > 0 || a === undefined || a === '') return undefined;
  const one = b === undefined;
  const two = b !== undefined && b !== '' && c === undefined;
  if (kind === 'intents' && a === 'rejected' && two) return { kind: 'rejected', tenant: name(b) };
  if (kind === 'intents' && one) return { kind: 'intents', tenant: name(a) };
  if (kind === 'accepted' && one) return { kind: 'accepted', tenant: name(a) };
  if (kind === 'dead' && one) return { kind: 'dead', consumer: name(a) };
  if (kind === 'outcomes' && two) return { kind: 'outcomes', tenant: name(a), actionType: name(b) };
  if (kind === 'signals' && two) return { kind: 'signals', tenant: name(a), name: name(b) };
  if (kind === 'rpc' && two) return { kind: 'rpc', service: name(a), command: name(b) };
  if (kind === 'events' && b !== undefined && c !== undefined) return { kind: 'events', category: name(a), eventType: name(b), tenant: name(c) };
  return undefined;
};

/** JetStream streams and the subjects they hold; `retention` in words of NATS, ages in seconds. */
export const busStreams = [
  { name: 'INTENTS', subjects: ['interlock.intents.*'], retention: 'workqueue', max_age_s: 86_400 },
  { name: 'REJECTED', subjects: ['interlock.intents.rejected.*'], retention: 'limits', max_age_s: 7 * 86_400 },
  { name: 'OUTCOMES', subjects: ['interlock.accepted.*', 'interlock.outcomes.*.*'], retention: 'limits', max_age_s: 7 * 86_400 },
  { name: 'EVENTS', subjects: ['interlock.events.*.*.*'], retention: 'limits', max_age_s: 7 * 86_400 },
  { name: 'SIGNALS', subjects: ['interlock.signals.*.*'], retention: 'limits', max_age_s: 86_400 },
  { name: 'DEAD', subjects: ['interlock.dead.*'], retention: 'limits', max_age_s: 30 * 86_400 },
] as const;
export type BusStream = (typeof busStreams)[number]['name'];
