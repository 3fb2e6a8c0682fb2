import { describe, expect, it } from '@jest/globals';
import type { RecordedEvent } from '@interlock/kernel';
import {
  answerText,
  LogQuestion,
  monthPeriod,
  questions,
  type Asked,
  type QuestionName,
} from '../src/index.js';
import { after, ask, demo, idOf, idsOf, log, withType } from './questions-log.ts';
import { SimulatedLog } from './simulated-log/simulated-log.ts';

const names = Object.keys(questions) as QuestionName[];

describe('who approved', () => {
  const requested = withType(demo, 'ApprovalRequested');
  const { digest } = requested.data as { readonly digest: string };
  const approver = { roles: ['approver'], scopes: ['AUTONOMOUS_APPROVE'], shown: digest };
  const approved = (over: object): readonly RecordedEvent[] =>
    log([
      requested.stream,
      'ActionApproved',
      { by: 'person:ann', digest, approvals: 1, approvals_required: 1, ...over },
      { approver },
    ]);

  it('names the person with their rights, and the digest, plan and diff that they had been shown', () => {
    const answer = ask(approved({}), 'approvals', { id: idOf(requested) });
    expect([answer.found, answer.missing, answer.items.length]).toEqual([true, [], 1]);
    const { plan } = demo.findLast(
      ({ stream, type }) => stream === requested.stream && type === 'PlanPrepared',
    )!.data as {
      readonly plan: { readonly plan_hash: string; readonly diff: readonly { readonly path: string }[] };
    };
    expect(answer.items[0]).toMatchObject({
      title: 'approved by person:ann',
      facts: {
        'scopes then': 'AUTONOMOUS_APPROVE',
        'digest shown': digest,
        'same digest': 'yes',
        'plan shown': plan.plan_hash,
        'diff shown': plan.diff.map(({ path }) => expect.stringContaining(path) as unknown),
        'asked because': expect.arrayContaining([expect.stringContaining('confidence is 0.6')]) as unknown,
      },
    });
  });

  it('says that what was approved is not what was shown', () => {
    const [item] = ask(approved({ digest: 'f'.repeat(64) }), 'approvals', { id: idOf(requested) }).items;
    expect(item?.facts['same digest']).toMatch(/^NO/);
  });

  it('finds an action by the beginning of its id and by its intent', () => {
    const { intent } = demo.find(
      ({ stream, type }) => stream === requested.stream && type === 'IntentAccepted',
    )!.data as { readonly intent: { readonly intent_id: string } };
    const events = approved({});
    const found = idsOf(ask(events, 'approvals', { id: idOf(requested) }));
    expect(found).toHaveLength(1);
    for (const id of [idOf(requested).slice(0, 8), intent.intent_id])
      expect(idsOf(ask(events, 'approvals', { id }))).toEqual(found);
  });

  it('shows a loosened setting and that its requester approved it alone', () => {
    const answer = ask(demo, 'approvals', { id: idOf(withType(demo, 'ChangeApproved')) });
    expect(answer.items[0]?.facts).toMatchObject({
      'setting shown': 'autonomy-demo:config',
      'loosening shown': ['/limits/blast_radius_1h: rises from 50 to 10000', expect.any(String)],
      alone: expect.any(String) as unknown,
    });
    // The demo is a log of a release that did not record the rights of approvers.
    expect(answer.missing).toEqual([expect.stringContaining('the rights of the person')]);
  });

  it('says that nobody approved an action, and what became of it', () => {
    const id = idOf(withType(demo, 'ActionDenied'));
    expect(ask(demo, 'approvals', { id })).toMatchObject({
      found: true,
      items: [],
      summary: `nobody approved ${id}; it was denied`,
    });
  });
});

describe('what ran without an approval', () => {
  it('is every execution on the basis of the gates or of an elapsed window, with what the gates saw', () => {
    const answer = ask(demo, 'unapproved', {});
    expect(idsOf(answer)).toEqual(demo.filter(({ type }) => type === 'ExecutionStarted').map(({ id }) => id));
    const elapsed = answer.items.find(({ facts }) => facts['basis'] === 'elapsed')!;
    expect(elapsed.facts['window']).toMatch(/by policy \S+, until .*; channel \S+ has told people/);
    expect(answer.items[0]?.facts).toMatchObject({
      'gate policy': expect.arrayContaining([expect.stringContaining('policy cell-failover version 1')]),
      'gate auto_approval': [expect.stringContaining('no clause asks for a person')],
    });
  });

  it('leaves out what a person approved, and what lies outside the period', () => {
    const started = withType(demo, 'ExecutionStarted');
    const others = demo.map((event) =>
      event === started ? { ...event, data: { ...event.data, basis: 'approved' } } : event,
    );
    expect(idsOf(ask(others, 'unapproved', {}))).not.toContain(started.id);
    expect(ask(demo, 'unapproved', monthPeriod('2026-10')!).items).toEqual([]);
    expect(ask(demo, 'unapproved', monthPeriod('2026-11')!).items).toHaveLength(3);
  });
});

describe('overrides', () => {
  it('are bypasses, forced steps and changes alone or by break-glass, and no ordinary changes', () => {
    const events = log(
      ['rollout-demo:all', 'PolicyBypassed', { reason: 'r', since: 's', until: 'u' }],
      ['trust_lock-demo:guard', 'TrustUnlocked', { reason: 'r', forced: true, unlocks_today: 4 }],
      ['change-demo:c1', 'ChangeApproved', { by: 'person:ann', digest: 'd', people: ['a', 'b'] }],
      ['change-demo:c2', 'ChangeApproved', { by: 'person:ann', digest: 'd', people: [], break_glass: {} }],
    );
    const titles = ask(events, 'overrides', monthPeriod('2026-11')!).items.map(({ title }) => title);
    expect(titles).toEqual([
      ...Array.from({ length: 3 }, () => 'loosening approved, by the requester alone'),
      'policies bypassed',
      'trust lock opened, forced',
      'loosening approved, by break-glass',
    ]);
    expect(ask(events, 'overrides', monthPeriod('2026-12')!)).toMatchObject({ summary: '0 overrides' });
  });
});

describe('who could have', () => {
  const session = (of: string, roles: readonly string[], from: string, to: string) =>
    [
      `person-demo:${of}`,
      'SessionStarted',
      { person_id: of, session_id: `s-${of}`, by: 'provider', roles, name: null, expires_at: to },
      { occurred_at: from },
    ] as const;
  const requested = withType(demo, 'ApprovalRequested');
  const day = '2026-11-26';
  const people = log(
    session('vera', ['approver'], `${day}T04:00:00.000Z`, `${day}T09:00:00.000Z`),
    session('ulf', ['viewer'], `${day}T04:00:00.000Z`, `${day}T09:00:00.000Z`),
    session('tom', ['approver'], `${day}T01:00:00.000Z`, `${day}T02:00:00.000Z`),
    [
      'person-demo:sia',
      'RoleGranted',
      { person_id: 'sia', role: 'administrator' },
      { occurred_at: `${day}T03:00:00.000Z` },
    ],
    [
      'person-demo:ria',
      'RoleGranted',
      { person_id: 'ria', role: 'approver' },
      { occurred_at: `${day}T03:00:00.000Z` },
    ],
    [
      'person-demo:ria',
      'RoleRevoked',
      { person_id: 'ria', role: 'approver' },
      { occurred_at: `${day}T03:30:00.000Z` },
    ],
    [
      requested.stream,
      'ActionApproved',
      { by: 'person:vera', digest: 'd', approvals: 1, approvals_required: 1 },
      { actor: { kind: 'person', person_id: 'vera' }, occurred_at: `${day}T05:00:00.000Z` },
    ],
  );

  it('are those whose session or role gave the right while people were asked', () => {
    const answer = ask(people, 'rights', { id: idOf(requested) });
    expect(answer.items.map(({ title, facts }) => [title, facts['signed in']])).toEqual([
      ['person:vera approved', 'yes'],
      ['person:sia could have', expect.stringContaining('no session')],
    ]);
    expect(answer.missing).toEqual([]);
  });

  it('may not be the person in whose name the action was requested', () => {
    const own = people.map((event) =>
      event.stream === requested.stream && event.type === 'IntentAccepted'
        ? { ...event, data: { ...event.data, requester: 'person:sia' } }
        : event,
    );
    expect(ask(own, 'rights', { id: idOf(requested) }).items.map(({ title }) => title)).toContain(
      'person:sia had the right, and may not: the request is their own',
    );
  });

  it('are asked for by a scope and a time too', () => {
    const at = (time: string): readonly string[] =>
      ask(people, 'rights', { scope: 'AUTONOMOUS_APPROVE', at: `${day}T${time}:00.000Z` }).items.map(
        ({ title }) => title,
      );
    expect(at('01:30')).toEqual(['person:tom could have']);
    expect(at('03:15')).toEqual(['person:sia could have', 'person:ria could have']);
  });

  it('are unknown where no event says what people were given, and nobody where nobody was asked', () => {
    expect(ask(demo, 'rights', { id: idOf(requested) }).missing).toEqual([
      expect.stringContaining('no event of the category `person`'),
    ]);
    expect(ask(demo, 'rights', { id: idOf(withType(demo, 'ActionDenied')) }).summary).toBe(
      'no person was asked',
    );
  });
});

describe('what the device, the handler and the tool said', () => {
  const device = idOf(withType(demo, 'ActionRolledBack'));

  it('is each exchange with the device, with the hashes in full', () => {
    const answer = ask(demo, 'said', { id: device });
    expect(answer.items.map(({ event }) => event.type)).toEqual(
      demo
        .filter(
          ({ stream, data }) =>
            stream === `device_tx-demo:${device}` && ('exchanges' in data || 'observation' in data),
        )
        .map(({ type }) => type),
    );
    const read = answer.items.find(({ event }) => event.type === 'TentativeCommitApplied')!;
    expect(read.facts['hash of what was read back']).toMatch(/^[0-9a-f]{64}$/);
    expect(read.facts['said']).toContainEqual(expect.stringMatching(/^sent at .*: commit, answered ok/));
  });

  it('names the recording of the handler that is not there', () => {
    const without = demo.filter(({ stream }) => !stream.startsWith('device_tx-'));
    expect(ask(without, 'said', { id: device })).toMatchObject({
      items: [],
      missing: [`what netconf-gateway cell_failover recorded of the execution of ${device}`],
    });
  });

  it("is the hash of a tool's answer, and its text where that is kept", () => {
    const answer = { sha256: 'ab12', bytes: 24 };
    const applied = (mark: object) => ({ by: 'apply', undo: null, answer: mark });
    const events = log(
      ['call-demo:a-0001', 'CallApplied', applied(answer)],
      ['call-demo:a-0002', 'CallApplied', applied({ ...answer, content: { plain: { result: 'yes' } } })],
      ['mcp_call-demo:hash', 'ToolCallAnswered', { n: 1, action_id: 'a-0002', state: 'COMPLETED' }],
    );
    expect(ask(events, 'said', { id: 'a-0001' }).items.map(({ facts }) => facts)).toEqual([
      { sha256: 'ab12', bytes: '24', text: 'not kept: the log has its hash and size only' },
    ]);
    expect(ask(events, 'said', { id: 'a-0002' }).items.map(({ facts }) => facts)).toEqual([
      { sha256: 'ab12', bytes: '24', text: '{"result":"yes"}' },
      expect.objectContaining({ state: 'COMPLETED' }),
    ]);
  });

  it('is nothing where nothing was executed', () => {
    const id = idOf(withType(demo, 'ActionDenied'));
    expect(ask(demo, 'said', { id }).summary).toBe('no device, handler or tool was asked to act');
  });
});

describe('what decided', () => {
  const accepted = withType(demo, 'IntentAccepted');
  const { release, writer } = accepted.metadata;

  it('names release, agent, twin and policies by version and hash', () => {
    const question = new LogQuestion('decided', { id: idOf(accepted) });
    for (const event of demo) question.take(event);
    expect(question.answer().missing).toEqual([expect.stringContaining(release!)]);
    question.takeNamed({
      ...after([], `release-_system:${writer}`, 'ReleaseStarted', {
        version: '0.2.0',
        build: 'b1',
        node: 'v24',
      }),
      id: release!,
    });
    const { items, missing } = question.answer();
    expect(missing).toEqual([]);
    const titled = (title: string) => items.find((item) => item.title.startsWith(title))?.facts;
    expect(titled('release of safety-rails')).toEqual({
      ...{ release, version: '0.2.0', build: 'b1', 'Node.js': 'v24' },
    });
    expect(titled('agent ran-optimizer, as claimed')).toMatchObject({
      account: 'ran-north',
      model: 'not claimed',
    });
    expect(titled('digital twin')).toMatchObject({ basis: 'memory', 'memory at position': '138' });
    expect(titled('policy gate: pass')).toMatchObject({
      'policies in force': [
        expect.stringMatching(/^busy-neighbours version 1, content [0-9a-f]{64}$/),
        expect.stringMatching(/^cell-failover version 1, content [0-9a-f]{64}$/),
      ],
      bundle: expect.stringMatching(/1\.0\.0, active, hash [0-9a-f]{64}$/) as unknown,
    });
  });
});

it.each([
  [{ agent_model: 'planner', agent_model_version: '2026-05' }, 'planner, version 2026-05'],
  [{ agent_model: 'planner' }, 'planner'],
  [{ agent_model_version: '2026-05' }, 'a model without a name, version 2026-05'],
])('names the model that the intent claims: %j', (claim, model) => {
  const accepted = withType(demo, 'IntentAccepted');
  const { intent } = accepted.data as { readonly intent: object };
  const claimed = demo.map((event) =>
    event.id === accepted.id ? { ...event, data: { ...event.data, intent: { ...intent, ...claim } } } : event,
  );
  const { items } = ask(claimed, 'decided', { id: idOf(accepted) });
  expect(items.find(({ title }) => title.startsWith('agent '))?.facts).toMatchObject({ model });
});

describe('any question', () => {
  const someId = idOf(withType(demo, 'ActionRolledBack'));
  const asked = (name: QuestionName): Asked =>
    questions[name].subject || name === 'rights' ? { id: someId } : {};

  it.each(names.filter((name) => questions[name].subject || name === 'rights'))(
    '%s finds nothing about a subject that is not in the log',
    (name) => {
      const answer = ask(demo, name, { id: 'nobody-knows-this' });
      expect([answer.found, answer.items, answer.missing]).toEqual([false, [], []]);
      expect(answerText(answer)).toMatch(/^the events hold nothing about nobody-knows-this\n/);
    },
  );

  it.each(names)('%s says what the file is without', (name) => {
    const missing = (filter: Parameters<typeof ask>[3]): string =>
      ask(demo, name, asked(name), filter).missing.join('\n');
    expect(missing(null)).toContain('no seal');
    expect(missing({ categories: ['alert'] })).toContain('the export is without them');
    expect(missing({ after: '100' })).toContain('the export has only after 100');
    expect(missing({ categories: [...questions[name].categories].sort() })).not.toContain('export');
  });

  it('names the gap in a stream that matters to it, and no gap in another', () => {
    const stream = `action-demo:${someId}`;
    const without = demo.filter((event) => event.stream !== stream || event.revision !== 3n);
    expect(ask(without, 'approvals', { id: someId }).missing).toContain(`revisions 3 to 3 of ${stream}`);
    const other = idOf(withType(demo, 'ActionDenied'));
    expect(ask(without, 'approvals', { id: other }).missing).toEqual([]);
  });

  it.each(names)('%s reads every kind of event, and any shape that somebody gave one', (name) => {
    const simulated = [...new SimulatedLog(5).events(200)];
    const subject = idOf(simulated.find(({ type }) => type === 'ExecutionStarted')!);
    for (const event of simulated) {
      const question = new LogQuestion(name, { id: subject });
      const altered = [
        ...Object.keys(event.data).flatMap((member) =>
          [null, 7, [], {}].map((value) => ({ ...event, data: { ...event.data, [member]: value } })),
        ),
        { ...event, data: {} },
        event,
      ];
      for (const one of altered) question.take(one);
      expect(() => answerText(question.answer())).not.toThrow();
    }
  });

  it('has each approval and each unapproved execution of a simulated log, and no others', () => {
    const simulated = [...new SimulatedLog(3).events(250)];
    const started = simulated.filter(({ type }) => type === 'ExecutionStarted');
    expect(idsOf(ask(simulated, 'unapproved', {}))).toEqual(
      started
        .filter(({ data }) => ['allow', 'elapsed'].includes((data as { readonly basis: string }).basis))
        .map(({ id }) => id),
    );
    const approvals = ['ActionApproved', 'ActionConfirmed', 'RollbackApproved', 'PlanApprovalRecorded'];
    for (const { stream } of started) {
      const id = stream.slice(stream.indexOf(':') + 1);
      expect(idsOf(ask(simulated, 'approvals', { id }))).toEqual(
        simulated
          .filter((event) => event.stream === stream && approvals.includes(event.type))
          .map((event) => event.id),
      );
    }
  });
});
