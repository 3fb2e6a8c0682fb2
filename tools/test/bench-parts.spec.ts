import { describe, expect, it } from '@jest/globals';
import { grown, mostOf, written } from '../../bench/pipeline/budget.mjs';
import { cpuByPart, partOfFrame, sumOfParts, timeByPart } from '../../bench/pipeline/parts.mjs';

const frame = (url: string, functionName = 'f') => ({ functionName, url });
const installed = (path: string) => frame(`file:///repo/node_modules/${path}`);
const own = (path: string) => frame(`file:///repo/${path}`);

describe('the part that a frame belongs to', () => {
  it.each([
    ['log client', installed('@eventstore/db-client/dist/streams.js')],
    ['log client', installed('google-protobuf/google-protobuf.js')],
    ['log client', frame('node:internal/http2/core')],
    ['log client', own('libs/eventstore/dist/reading/hub.js')],
    ['bus', installed('nats/lib/nats-base-client/protocol.js')],
    ['bus', own('libs/jetstream/dist/relay/relay.js')],
    ['validation', installed('class-validator/cjs/index.js')],
    ['validation', installed('ajv/dist/core.js')],
    ['validation', own('apps/safety-rails/dist/intent.dto.js')],
    ['hashing', installed('@noble/hashes/sha2.js')],
    ['hashing', frame('node:internal/crypto/hash')],
    ['hashing', own('libs/kernel/dist/values/hash.js')],
    ['hashing', own('libs/tree/dist/tree.js')],
    ['projections', installed('pg-protocol/dist/parser.js')],
    ['projections', own('apps/safety-rails/dist/actions.projection.js')],
    ['projections', own('libs/postgres/dist/runner.js')],
    ['SSH', installed('ssh2/lib/protocol/Protocol.js')],
    ['SSH', own('libs/netconf/dist/session.js')],
    ['telemetry', installed('@opentelemetry/api/build/src/index.js')],
    ['our own code', own('apps/safety-rails/dist/orchestrator.js')],
    ['our own code', own('libs/rails/dist/action/action.js')],
    ['garbage collection', frame('', '(garbage collector)')],
  ])('%s: %j', (part, of) => expect(partOfFrame(of)).toBe(part));

  it.each([
    [frame('', 'writev')],
    [frame('node:net')],
    [frame('', '(program)')],
    [installed('rxjs/dist/cjs/index.js')],
    [frame('file:///elsewhere/x.js')],
  ])('%j belongs to no part', (of) => expect(partOfFrame(of)).toBeUndefined());
});

const node = (id: number, callFrame: ReturnType<typeof frame>, ...children: number[]) => ({
  id,
  callFrame,
  children,
});

describe('time by part', () => {
  const profile = {
    nodes: [
      node(1, frame('', '(root)'), 2, 5, 6, 7, 8),
      node(2, installed('nats/lib/a.js'), 3),
      node(3, frame('node:net'), 4),
      node(4, own('libs/rails/dist/action/action.js')),
      node(5, frame('', '(idle)')),
      node(6, frame('', '(garbage collector)')),
      node(7, frame('node:internal/timers')),
      node(8, frame('', '(program)')),
    ],
    samples: [2, 3, 4, 5, 6, 7, 8, 3],
    timeDeltas: [10, 20, 40, 1000, 80, 160, 320, 5],
  };

  it('counts the runtime for its caller, and the remainder as rest', () => {
    expect(Object.fromEntries(timeByPart(profile))).toEqual({
      bus: 35,
      'our own code': 40,
      'garbage collection': 80,
      rest: 480,
    });
  });

  it('counts no sample for longer than the limit, because the machine may have done something else', () =>
    expect(timeByPart(profile, 15).get('bus')).toBe(10 + 15 + 5));

  it("divides the system's measure, and keeps the other threads apart", () => {
    const parts = cpuByPart(
      new Map([
        ['bus', 30],
        ['rest', 10],
      ]),
      { main: 8, threads: 1 },
    );
    expect(Object.fromEntries(parts)).toEqual({ bus: 6, rest: 2, 'other threads': 1 });
  });

  it('of nothing is nothing', () =>
    expect(Object.fromEntries(cpuByPart(new Map(), { main: 8, threads: 0 }))).toEqual({
      'other threads': 0,
    }));

  it('of several processes is their sum', () => {
    expect(
      Object.fromEntries(
        sumOfParts([
          new Map([['bus', 1]]),
          new Map([
            ['bus', 2],
            ['SSH', 3],
          ]),
        ]),
      ),
    ).toEqual({ bus: 3, SSH: 3 });
  });
});

describe('the budget', () => {
  const budget = { about: 'a', noise: 0.5, kinds: { denied: { bus: 4, hashing: 1 } } };

  it('lets a part grow by a quarter, and by noise', () => {
    expect(mostOf(4, 0.5)).toBe(5);
    expect(mostOf(1, 0.5)).toBe(1.5);
    expect(
      grown(
        'denied',
        new Map([
          ['bus', 5],
          ['hashing', 1.5],
        ]),
        budget,
      ),
    ).toEqual([]);
  });

  it('names the parts that grew by more, the worst first', () => {
    expect(
      grown(
        'denied',
        new Map([
          ['hashing', 1.6],
          ['bus', 6],
        ]),
        budget,
      ),
    ).toEqual([
      { kind: 'denied', part: 'bus', is: 6, was: 4 },
      { kind: 'denied', part: 'hashing', is: 1.6, was: 1 },
    ]);
  });

  it('allows only the noise for a part that it does not name', () => {
    expect(grown('denied', new Map([['SSH', 0.5]]), budget)).toEqual([]);
    expect(grown('denied', new Map([['SSH', 0.6]]), budget)).toEqual([
      { kind: 'denied', part: 'SSH', is: 0.6, was: 0 },
    ]);
  });

  it('ignores a kind that it does not have', () =>
    expect(grown('devices', new Map([['bus', 100]]), budget)).toEqual([]));

  it('is written for the measured kinds, and keeps the others', () => {
    expect(written(budget, new Map([['devices', new Map([['SSH', 12.345]])]]))).toEqual({
      about: 'a',
      noise: 0.5,
      kinds: { denied: { bus: 4, hashing: 1 }, devices: { SSH: 12.35 } },
    });
  });
});
