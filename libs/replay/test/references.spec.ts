import { describe, expect, it } from '@jest/globals';
import { uuidV5, type RecordedEvent } from '@interlock/kernel';
import { Replay, type ReplayReport } from '../src/index.js';
import { RightsReplay } from '../src/checks/rights.js';
import { person, service } from './simulated-log/journal.ts';
import { SimulatedLog } from './simulated-log/simulated-log.ts';

const simulated = new SimulatedLog(3);
const events = [...simulated.events(25), ...simulated.stories()].map((event): RecordedEvent => ({
  ...event,
  data: JSON.parse(JSON.stringify(event.data)) as object,
}));
const replayed = (of: readonly RecordedEvent[], whole = true): ReplayReport => {
  const replay = new Replay({ whole });
  for (const event of of) if (!replay.take(event)) break;
  return replay.end();
};
const placeOf = (type: string, category = ''): number =>
  events.findLastIndex((event) => event.type === type && event.stream.startsWith(category));
const without = (stream: string): readonly RecordedEvent[] =>
  events.filter((event) => event.stream !== stream);
const altered = (place: number, over: (event: RecordedEvent) => object): readonly RecordedEvent[] =>
  events.with(place, { ...events[place]!, ...over(events[place]!) });

describe('a thing that an event names', () => {
  it.each([
    ['the plan of an action', 'PlanSubmitted', 'plan-'],
    ['the call of a tool', 'CallRequested', 'call-'],
    ['the work of a response', 'ResponseWorkRequested', 'response-'],
    ['an action that holds a lease', 'ReservationGranted', 'action-'],
  ])('must be in a whole log: %s', (_, type, category) => {
    const { stream } = events[placeOf(type, category)]!;
    expect(replayed(without(stream)).difference).not.toBeNull();
    const { difference, unchecked } = replayed(without(stream), false);
    if (difference !== null) expect(['reference', 'handler_answer']).toContain(difference.kind);
    else expect(Object.keys(unchecked).length).toBeGreaterThan(0);
  });

  it('is the request of a bundle that people approve', () => {
    const approved = events[placeOf('BundleApproved', 'bundle-')]!;
    expect(replayed([{ ...approved, revision: 0n }]).difference).toMatchObject({ id: approved.id });
    expect(replayed([approved]).difference).toMatchObject({ id: approved.id, kind: 'order' });
    expect(replayed([approved], false)).toMatchObject({
      difference: null,
      unchecked: { bundle: expect.any(Number) },
    });
  });

  it.each([
    ['LeaseGranted', 'lease-', 'action_id'],
    ['FeedbackGiven', 'feedback-', 'action_id'],
    ['ResponseActionEnded', 'response-', 'action_id'],
  ])('%s is reported where a whole log lacks it, and is not checked in a part', (type, category, member) => {
    const place = placeOf(type, category);
    const action = `action-sim:${(events[place]!.data as { readonly [name: string]: string })[member]}`;
    // The action alone is gone, with everything that only an action can have.
    const left = events.slice(0, place + 1).filter(({ stream }) => stream !== action);
    const own = left.filter(({ stream }) => stream === events[place]!.stream);
    expect(replayed(own, false)).toMatchObject({
      difference: null,
      unchecked: { reference: expect.any(Number) },
    });
    expect(replayed(own).difference).toMatchObject({
      kind: 'reference',
      what: expect.stringContaining('the action that it names is not in the file'),
    });
  });

  it.each([
    ['PlanNodeEnded', { state: 'DENIED' }],
    ['FeedbackGiven', { outcome: 'ROLLED_BACK' }],
    ['FeedbackGiven', { account_id: 'another' }],
    ['ResponseActionEnded', { state: 'DENIED' }],
  ])('says of itself what a %s says of it', (type, over) => {
    const place = placeOf(type);
    const { difference } = replayed(
      altered(place, ({ data }) => ({ data: { ...data, ...over } })),
      false,
    );
    expect(difference).toMatchObject({ id: events[place]!.id });
  });

  it('is the action of an evaluation, which a whole log must hold and a part need not', () => {
    const place = placeOf('EvaluationRecorded');
    const evaluated = (id: string): readonly RecordedEvent[] =>
      altered(place, ({ data }) => ({
        data: { ...data, input: { ...(data as { readonly input: object }).input, action_id: id } },
      }));
    const there = events.slice(0, place).find(({ type }) => type === 'IntentAccepted')!;
    const { action_id: known } = there.data as { readonly action_id: string };
    expect(replayed(evaluated(known)).difference).toBeNull();
    const gone = evaluated('00000000-0000-5000-8000-000000000000');
    expect(replayed(gone).difference).toMatchObject({
      id: events[place]!.id,
      kind: 'reference',
      what: expect.stringContaining('the action that it names is not in the file'),
    });
    const before = replayed(events, false).unchecked['reference'] ?? 0;
    expect(replayed(gone, false)).toMatchObject({ difference: null, unchecked: { reference: before + 1 } });
  });

  it.each([
    ['ActionApproved', 'ApprovalRequested', 'action-'],
    ['PlanApproved', 'PlanApprovalRequested', 'plan-'],
    ['ChangeApproved', 'ChangeRequested', 'change-'],
  ])(
    'is the request of an approval: a whole log without it is refused, and a part is not (%s)',
    (type, request, category) => {
      const { stream, revision, id } = events[placeOf(type, category)]!;
      const asked = events.findLastIndex(
        (event) => event.stream === stream && event.type === request && event.revision < revision,
      );
      // The request is left out, and the later events of the stream close the gap.
      const without = events.flatMap((event, i) =>
        i === asked
          ? []
          : [
              event.stream === stream && event.revision > events[asked]!.revision
                ? { ...event, revision: event.revision - 1n }
                : event,
            ],
      );
      expect(replayed(without).difference).not.toBeNull();
      const part = events.slice(asked + 1).filter((event) => event.stream === stream);
      expect(part.some((event) => event.id === id)).toBe(true);
      const { difference, begun_late: late } = replayed(part, false);
      expect([difference, late.count]).toEqual([null, 1]);
      expect(replayed(part).difference).not.toBeNull();
    },
  );

  it('is an alert, where a notice is about one', () => {
    const { metadata, ...rest } = events[0]!;
    const data = {
      channel_id: 'ops',
      dedup_key: 'a:1:trigger',
      alert_id: 'a',
      episode: 1,
      what: 'trigger',
      attempts: 1,
      detail: '',
      reference: null,
    };
    const delivered: RecordedEvent = {
      ...rest,
      id: 'delivered',
      type: 'NotificationDelivered',
      stream: 'delivery-sim:a',
      revision: 0n,
      data,
      metadata: { ...metadata, command_id: 'd', command: { kind: 'delivered', into: { data: ['*'] } } },
    };
    expect(replayed([delivered]).difference).toMatchObject({ kind: 'reference' });
    expect(replayed([delivered], false)).toMatchObject({ difference: null, unchecked: { reference: 1 } });
    const tested: RecordedEvent = {
      ...delivered,
      id: 'tested',
      type: 'ChannelTested',
      stream: 'channel-sim:ops',
      revision: 4n,
      data: { channel_id: 'ops', test_id: 'a' },
    };
    const requested: RecordedEvent = {
      ...tested,
      id: 'requested',
      type: 'ReportRequested',
      data: {
        ...{ channel_id: 'ops', report_id: 'a', name: 'weekly' },
        report: { title: 't', text: '', sections: [] },
      },
    };
    for (const notice of [tested, requested])
      expect(replayed([notice, delivered], false).unchecked['reference']).toBeUndefined();
  });
});

describe('a right', () => {
  it.each([
    ['PlanApproved', 'plan-'],
    ['TrustUnlocked', 'trust_lock-'],
    ['TrustUnlocksReset', 'trust_lock-'],
    ['BrakeReleased', 'brake-'],
    ['FeedbackGiven', 'feedback-'],
    ['BundleApproved', 'bundle-'],
    ['ActionApproved', 'action-'],
  ])('of people is not a right of a service: %s', (type, category) => {
    const place = placeOf(type, category);
    const found = replayed(
      altered(place, ({ metadata }) => ({ metadata: { ...metadata, actor: service('ci') } })),
    );
    expect(found.difference).toMatchObject({ id: events[place]!.id });
  });

  it.each([
    ['ActionApproved', 'action-'],
    ['PlanApproved', 'plan-'],
  ])('to approve is not of the person who requested it: %s', (type, category) => {
    const place = placeOf(type, category);
    const { stream } = events[place]!;
    const begun = events.find((event) => event.stream === stream)!;
    const actor = category === 'plan-' ? person('olga') : person('dora');
    const by = `person:${'person_id' in actor ? actor.person_id : ''}`;
    const forged = events.map((event): RecordedEvent => {
      if (event.id === events[place]!.id)
        return {
          ...event,
          data: { ...event.data, by },
          metadata: { ...event.metadata, actor },
        };
      return event.id === begun.id && category === 'action-'
        ? { ...event, data: { ...event.data, requester: by }, metadata: { ...event.metadata, actor } }
        : event;
    });
    expect(replayed(forged, false).difference).toMatchObject({
      stream,
      replayed: expect.anything(),
    });
  });

  it("to release the brake is a person's, and the file's where the input file engaged it", () => {
    const release = (id: string) => {
      const rights = new RightsReplay();
      const event = { ...events[0]!, type: 'BrakeReleased', data: {}, metadata: events[0]!.metadata };
      const actor = { kind: 'service', service: 'posture' } as const;
      return rights.take(
        { ...event, metadata: { ...event.metadata, actor } },
        {
          category: 'brake',
          tenant: 'demo',
          id,
        },
      );
    };
    expect(release('brake')).toMatchObject([{ kind: 'right', recorded: 'service' }]);
    expect(release('file')).toEqual([]);
  });

  it("to write in the name of another person is nobody's", () => {
    const place = placeOf('FeedbackGiven', 'feedback-');
    const author = uuidV5('person', 'emil');
    const comment = `enc:1:${author}:${'A'.repeat(90)}`;
    const { actor } = events[place]!.metadata;
    const own = `enc:1:${'person_id' in actor ? actor.person_id : ''}:${'B'.repeat(90)}`;
    const said = (text: string): readonly RecordedEvent[] =>
      altered(place, ({ data }) => ({ data: { ...data, comment: text } }));
    expect(replayed(said(own)).difference).toBeNull();
    expect(replayed(said(comment)).difference).toMatchObject({
      id: events[place]!.id,
      kind: 'right',
      what: expect.stringContaining('no earlier event of its author'),
    });
    expect(replayed(said(comment), false)).toMatchObject({ difference: null, unchecked: { right: 1 } });
    const before = events.findLastIndex(
      ({ type, metadata }, i) =>
        i < place &&
        type === 'FeedbackGiven' &&
        'person_id' in metadata.actor &&
        metadata.actor.person_id === author,
    );
    const repeated = said(comment).with(before, {
      ...events[before]!,
      data: { ...events[before]!.data, comment },
    });
    expect(replayed(repeated).difference).toBeNull();
  });
});

describe('a strict replay', () => {
  it('names what was not made again, with the reason and the first event', () => {
    const { not_made_again: open, itself, unchecked } = replayed(events);
    const counted = (column: { readonly [kind: string]: number }): number =>
      Object.values(column).reduce((sum, n) => sum + n, 0);
    expect(open.reduce((sum, { count }) => sum + count, 0)).toBe(counted(itself) + counted(unchecked));
    expect(open.map(({ kind, because }) => `${kind}: ${because}`).sort()).toEqual([
      'action_type: the action type is not in the file',
      'change: what decides beside the policy is not all in the file',
      'estimate: what `agent-gateway` knows is in no log',
      'estimate: what `posture` knows is in no log',
      'global_switch: the global kill switch is not in the file',
      'trace: it comes from outside the log',
    ]);
    for (const { first, kind } of open)
      expect([kind, events.some(({ id, type }) => id === first?.id && type === first.type)]).toEqual([
        kind,
        true,
      ]);
    const cut = replayed(events.filter(({ type }) => type !== 'IncidentOpened' && type !== 'IncidentLinked'));
    expect(cut.not_made_again.some(({ because }) => because.startsWith('it must follow'))).toBe(
      cut.difference === null,
    );
  });
});
