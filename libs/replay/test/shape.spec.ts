import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { RecordedEvent } from '@interlock/kernel';
import { exportedEvent, readExportedLine } from '@interlock/tree';
import { Replay, type Difference } from '../src/index.js';
import { faultOf } from '../src/finding.js';
import { SimulatedLog } from './simulated-log/simulated-log.ts';

const exported = (event: RecordedEvent): RecordedEvent => {
  const read = readExportedLine(JSON.stringify(exportedEvent(event)));
  if ('fault' in read) throw new Error(read.fault);
  return read.event;
};
const events = [...new SimulatedLog(46).events(6)].map(exported);
const types = [...new Set(events.map(({ type }) => type))];
/** In another category, its type would be unknown. */
const categoryOf = (type: string): string =>
  events.find((event) => event.type === type)!.stream.split('-')[0]!;
const difference = (of: readonly RecordedEvent[]): Difference | null => {
  const replay = new Replay({ whole: true });
  for (const event of of) if (!replay.take(event)) break;
  return replay.end().difference;
};
/** Texts of the language's own errors, which describe our code and not the log. */
const raw =
  /TypeError|RangeError|SyntaxError|Cannot (?:read|convert|mix|destructure)|is not (?:a function|iterable|a constructor)|is not defined|\bundefined\b|\[object |Invalid time value|Unexpected (?:token|end)|BigInt|\.js:\d|\.ts:\d|it threw/;
const said = (found: Difference | null): string =>
  found === null
    ? ''
    : `${found.what} ${found.kind === 'shape' ? '' : JSON.stringify([found.recorded, found.replayed])}`;

type NamedByEvaluation = {
  readonly versions: { readonly policies: readonly object[] };
  readonly bundle: object;
};

describe('an event that cannot be made again', () => {
  it('is a difference of its own kind, with a sentence that names the event and its fault', () => {
    const place = events.findIndex(({ type }) => type === 'IntentAccepted');
    const rest = Object.fromEntries(
      Object.entries(events[place]!.data).filter(([name]) => name !== 'intent'),
    );
    const found = difference(events.with(place, { ...events[place]!, data: rest }));
    expect(found).toMatchObject({
      kind: 'shape',
      type: 'IntentAccepted',
      stream: events[place]!.stream,
      recorded: 'IntentAccepted',
      replayed: null,
      what: '`IntentAccepted` cannot be made again: it lacks a member that events of its type have, or has one of another kind, or an event that it rests on does',
    });
  });

  it('quotes our own errors, never those of the language', () => {
    expect(faultOf(new Error('two changes of one leaf'))).toBe('two changes of one leaf');
    for (const error of [
      new TypeError('x.y is not a function'),
      new RangeError('Invalid time value'),
      new Error(''),
      'text',
      undefined,
    ])
      expect(faultOf(error)).toMatch(/^it lacks a member/);
  });

  it.each(types)('is described in a sentence if %s replaces another type', (type) => {
    const place = events.findIndex((event) => event.type === type);
    for (const as of types.filter((one) => one !== type && categoryOf(one) === categoryOf(type))) {
      const told = said(difference(events.with(place, { ...events[place]!, type: as })));
      expect(raw.test(told) ? told : '').toBe('');
    }
  });

  it('is described in a sentence if an evaluation no longer names a policy or a bundle', () => {
    const seen = ({ data }: { readonly data: object }): NamedByEvaluation | undefined =>
      (data as { gates?: readonly { gate: string; saw: { evaluation: NamedByEvaluation } }[] }).gates?.find(
        ({ gate }) => gate === 'policy',
      )?.saw.evaluation;
    const place = events.findIndex((event) => seen(event)?.versions.policies.length);
    const without = (change: (evaluation: NamedByEvaluation) => void): string => {
      const copy = structuredClone(events[place]!);
      change(seen(copy)!);
      return said(difference(events.with(place, copy)));
    };
    for (const told of [
      without(({ versions }) => Reflect.deleteProperty(versions.policies[0]!, 'policy_id')),
      without(({ versions }) => Reflect.deleteProperty(versions.policies[0]!, 'version')),
      without(({ bundle }) => Reflect.deleteProperty(bundle, 'bundle_version')),
    ]) {
      expect(told).not.toBe('');
      expect(raw.test(told) ? told : '').toBe('');
    }
  });

  it.each(['branch', 'detail'])(
    'is described in a sentence if a failed run has a %s that is not a text',
    (member) => {
      const place = events.findIndex(({ type }) => type === 'PostureRunFailed');
      const copy = structuredClone(events[place]!);
      const told = said(
        difference(events.with(place, { ...copy, data: { ...copy.data, branch: 'fix/x', [member]: {} } })),
      );
      expect(told).toContain(`\`PostureRunFailed\` has a branch or a detail that is not text`);
      expect(raw.test(told) ? told : '').toBe('');
    },
  );

  it('is described in a sentence for any change of a member', () => {
    const value = fc.oneof(
      fc.constant(null),
      fc.constant(5),
      fc.constant('x'),
      fc.constant(''),
      fc.constant(true),
      fc.constant([]),
      fc.constant({}),
      fc.constant([null]),
    );
    fc.assert(
      fc.property(
        fc.nat(events.length - 1),
        fc.array(fc.nat(30), { minLength: 1, maxLength: 4 }),
        value,
        fc.boolean(),
        (place, steps, to, drop) => {
          const copy = structuredClone(events[place]!) as unknown as { data: Record<string, unknown> };
          let at: Record<string, unknown> = copy.data;
          for (const [depth, step] of steps.entries()) {
            const names = Object.keys(at);
            if (names.length === 0) break;
            const name = names[step % names.length]!;
            const below = at[name];
            if (depth < steps.length - 1 && typeof below === 'object' && below !== null)
              at = below as Record<string, unknown>;
            else {
              if (drop) Reflect.deleteProperty(at, name);
              else at[name] = to;
              break;
            }
          }
          const told = said(difference(events.with(place, copy as unknown as RecordedEvent)));
          expect(raw.test(told) ? told : '').toBe('');
        },
      ),
      { numRuns: 150 },
    );
  });
});
