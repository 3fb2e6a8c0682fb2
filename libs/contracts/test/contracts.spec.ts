import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import {
  actorKey,
  busStreams,
  entityPattern,
  intentIdPattern,
  namePattern,
  parseStream,
  parseSubject,
  problemCodes,
  scopes,
  streamName,
  streamOwners,
  subject,
  tenantPattern,
  type Subject,
} from '../src/index.js';

const name = fc.stringMatching(/^[a-z0-9][a-z0-9_.-]{0,20}$/);
const tenant = fc.stringMatching(/^[a-z0-9][a-z0-9_-]{0,20}$/);
const anySubject: fc.Arbitrary<Subject> = fc.oneof(
  fc.tuple(tenant, name).map(([t, user]): Subject => ({ kind: 'intents', tenant: t, user })),
  tenant.map((t): Subject => ({ kind: 'old_intents', tenant: t })),
  tenant.map((t): Subject => ({ kind: 'accepted', tenant: t })),
  tenant.map((t): Subject => ({ kind: 'rejected', tenant: t })),
  fc.tuple(tenant, name).map(([t, actionType]): Subject => ({ kind: 'outcomes', tenant: t, actionType })),
  fc
    .tuple(name, name, tenant)
    .map(([category, eventType, t]): Subject => ({ kind: 'events', category, eventType, tenant: t })),
  fc
    .tuple(tenant, name, name)
    .map(([t, n, user]): Subject => ({ kind: 'signals', tenant: t, name: n, user })),
  fc
    .tuple(name, name, name)
    .map(([service, command, caller]): Subject => ({ kind: 'rpc', service, command, caller })),
  name.map((consumer): Subject => ({ kind: 'dead', consumer })),
);

describe('subjects', () => {
  it('every one is read back as it was made, dots in names included', () => {
    fc.assert(fc.property(anySubject, (s) => expect(parseSubject(subject(s))).toEqual(s)));
  });

  it('are spelled as the specification spells them', () => {
    expect(subject({ kind: 'intents', tenant: 'demo', user: 'demo.app' })).toBe(
      'interlock.intents.demo.by.demo=app',
    );
    expect(subject({ kind: 'rejected', tenant: 'demo' })).toBe('interlock.intents.rejected.demo');
    expect(subject({ kind: 'accepted', tenant: 'demo' })).toBe('interlock.accepted.demo');
    expect(subject({ kind: 'outcomes', tenant: 'demo', actionType: 'inbox.archive' })).toBe(
      'interlock.outcomes.demo.inbox=archive',
    );
    expect(subject({ kind: 'events', category: 'action', eventType: 'IntentAccepted', tenant: 'demo' })).toBe(
      'interlock.events.action.IntentAccepted.demo',
    );
    expect(
      subject({ kind: 'rpc', service: 'digital-twin', command: 'predict', caller: 'safety-rails' }),
    ).toBe('interlock.rpc.digital-twin.predict.safety-rails');
  });

  it.each([
    '',
    'interlock',
    'interlock.intents',
    'other.intents.demo',
    'interlock.nope.demo',
    'interlock.intents.rejected.demo.more',
    'interlock.accepted.a.b',
    'interlock.events.a.b',
    'interlock.outcomes.a',
  ])('`%s` is none', (text) => expect(parseSubject(text)).toBeUndefined());

  it('each belongs to exactly one stream, or to none where it is a request', () => {
    const holds = (pattern: string, text: string): boolean => {
      const [want, have] = [pattern.split('.'), text.split('.')];
      return want.length === have.length && want.every((token, i) => token === '*' || token === have[i]);
    };
    fc.assert(
      fc.property(anySubject, (s) => {
        const owners = busStreams.filter((stream) =>
          stream.subjects.some((pattern) => holds(pattern, subject(s))),
        );
        expect(owners).toHaveLength(s.kind === 'rpc' ? 0 : 1);
      }),
    );
  });
});

describe('streams', () => {
  it('are read back as they were named, whatever the id holds', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...(Object.keys(streamOwners) as (keyof typeof streamOwners)[])),
        tenant,
        fc.stringMatching(/^[ -~]{1,40}$/),
        (category, t, id) =>
          expect(parseStream(streamName(category, t, id))).toEqual({ category, tenant: t, id }),
      ),
    );
  });

  it.each(['$settings', 'action', 'action-demo', 'action-demo:', '$$action-demo:a'])('`%s` is none', (text) =>
    expect(parseStream(text)).toBeUndefined(),
  );
});

describe('names', () => {
  it('keep to the patterns of the conventions', () => {
    expect(
      ['a', 'cell_failover', 'inbox.archive', '0-9', `a${'b'.repeat(62)}`].every((text) =>
        namePattern.test(text),
      ),
    ).toBe(true);
    expect(
      ['', 'A', '_a', '.a', 'a b', 'ä', `a${'b'.repeat(63)}`, 'a\n'].some((text) => namePattern.test(text)),
    ).toBe(false);
    expect(tenantPattern.test('a.b')).toBe(false);
    expect(tenantPattern.test('_system')).toBe(false);
    expect(['Zelle 1/α', 'x'.repeat(256)].every((text) => entityPattern.test(text))).toBe(true);
    expect(['', 'x'.repeat(257), 'a\nb', 'a\u0000'].some((text) => entityPattern.test(text))).toBe(false);
    expect(intentIdPattern.test('x'.repeat(128))).toBe(true);
    expect(intentIdPattern.test('x'.repeat(129))).toBe(false);
  });

  it('lists hold no name twice', () => {
    for (const list of [problemCodes, scopes, busStreams.map((s) => s.name)])
      expect(new Set(list).size).toBe(list.length);
  });

  it('an actor is one string', () => {
    expect(actorKey({ kind: 'person', person_id: 'p' })).toBe('person:p');
    expect(actorKey({ kind: 'service', service: 's' })).toBe('service:s');
  });
});
