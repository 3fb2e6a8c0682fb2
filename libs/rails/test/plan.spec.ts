import { describe, expect, it } from '@jest/globals';
import { shapeViolations, sumViolations, type PlanNode } from '../src/index.js';
import { later, now } from './looks.js';
import { actionOf, approvalHold, node, PlanLife, planId, previewed, submittedData } from './plan-life.js';

const chain = [node('a'), node('b', ['a']), node('c', ['b'])];
const fork = [node('a'), node('b', ['a']), node('c', ['a']), node('d', ['b', 'c'])];
const running = (nodes = chain, over: Parameters<PlanLife['submit']>[1] = {}): PlanLife =>
  new PlanLife().submit(nodes, over).preview();

describe('the shape of a plan', () => {
  const pointers = (...args: Parameters<typeof shapeViolations>): readonly string[] =>
    shapeViolations(...args).map(({ pointer, detail }) => `${pointer} ${detail}`);

  it('a graph without a way back is taken', () => expect(pointers(fork)).toEqual([]));

  it('one to fifty nodes are taken', () => {
    const many = (count: number) => Array.from({ length: count }, (_, i) => node(`n${i}`));
    expect(pointers([])).toEqual(['/nodes must hold at least one node']);
    expect(pointers(many(1))).toEqual([]);
    expect(pointers(many(50))).toEqual([]);
    expect(pointers(many(51))).toEqual(['/nodes must not hold more than 50 nodes, and holds 51']);
    const needs = Array.from({ length: 51 }, (_, i) => `n${i}`);
    expect(pointers([node('a', needs)])).toEqual([
      '/nodes/0/depends_on must not hold more than 50 nodes, and holds 51',
    ]);
  });

  it('every violation is named at once', () => {
    expect(
      pointers([
        node('a', ['b']),
        node('b', ['a']),
        node('b', []),
        node('c', ['c']),
        node('d', ['nobody', 'a', 'a']),
        node('e', ['f']),
        node('f', ['g']),
        node('g', ['e']),
      ]),
    ).toEqual([
      '/nodes/2/node_id `b` is the id of an earlier node already',
      '/nodes/4/depends_on/2 `a` is named twice',
      '/nodes/4/depends_on/0 `nobody` is not a node of the plan',
      expect.stringContaining('must not lead back to its node'),
      expect.stringContaining('must not lead back to its node: `c` needs `c`'),
      '/nodes/5/depends_on must not lead back to its node: `e` needs `f` needs `g` needs `e`',
    ]);
  });

  it('the entities of all nodes together may reach the limit and not pass it', () => {
    expect(sumViolations(chain, 9)).toEqual([]);
    expect(sumViolations(chain, 8)).toEqual([
      {
        pointer: '/max_affected_entities',
        detail: 'must not be under the 9 entities that the nodes affect together',
      },
    ]);
  });
});

describe('a plan that goes well', () => {
  it('submits each node once what it depends on is COMPLETED', () => {
    const life = running(fork);
    expect(life.requested()).toEqual(['a']);
    expect(life.ends('a').requested()).toEqual(['a', 'b', 'c']);
    expect(life.ends('c').requested()).toEqual(['a', 'b', 'c']);
    expect(life.ends('b').requested()).toEqual(['a', 'b', 'c', 'd']);
    expect(life.ends('d').known.status).toBe('COMPLETED');
  });

  it('names the intents by the plan and the node, so that whoever resumes submits the same', () => {
    expect(running().events).toContainEqual({
      type: 'PlanNodeRequested',
      data: { node_id: 'a', intent_id: `plan:${planId}:a`, action_id: actionOf('a') },
    });
  });

  it('is over with its dry runs where it is one', () => {
    const life = running(chain, { dry_run: true, approval: 'required' });
    expect(life.known.status).toBe('COMPLETED');
    expect(life.requested()).toEqual([]);
  });

  it('says nothing where the same is submitted or told again', () => {
    const life = running().ends('a');
    const before = life.events;
    life.submit(chain).ends('a', 'DENIED').preview();
    expect(life.events).toEqual(before);
    expect(() => life.submit(chain, { content_hash: 'other' })).toThrow(
      expect.objectContaining({ code: 'plan-conflict' }),
    );
  });
});

describe('what is found before anything runs', () => {
  it('a node whose dry run does not complete denies the whole', () => {
    const life = new PlanLife().submit(chain).preview({ b: { state: 'DENIED', digest_parts: null } });
    expect(life.known).toMatchObject({
      status: 'DENIED',
      reasons: [{ code: 'node-refused', node_id: 'b', detail: 'the dry run of `b` ended DENIED' }],
    });
  });

  it('the topology may make the whole larger than it may be', () => {
    const larger = { c: { affected_entity_count: 5 } };
    const submit = (limit: number) =>
      new PlanLife().submit(chain, { max_affected_entities: limit }).preview(larger);
    expect(submit(11).known.status).toBe('RUNNING');
    expect(submit(10).known).toMatchObject({
      status: 'DENIED',
      reasons: [{ code: 'blast-radius', affected: 11, limit: 10 }],
    });
  });

  it('nothing follows while one dry run is missing', () => {
    const life = new PlanLife().submit([node('a'), node('b')]);
    life.tell({ kind: 'record_preview', node_id: 'a', preview: previewed(), now });
    expect(life.settle().known.status).toBe('PREVIEWING');
  });
});

describe('one approval for the whole', () => {
  const held = () => new PlanLife().submit(chain).preview({ b: { holds: [approvalHold] } });

  it('is asked for where a node holds for one, or where the plan says so', () => {
    expect(held().known.status).toBe('AWAITING_APPROVAL');
    expect(running(chain, { approval: 'required' }).known.status).toBe('AWAITING_APPROVAL');
    const window = { b: { holds: [{ ...approvalHold, hold: 'window' as const }] } };
    expect(new PlanLife().submit(chain).preview(window).known.status).toBe('RUNNING');
  });

  it('lets the plan start', () =>
    expect(held().approve().types.slice(-3)).toEqual(['PlanApproved', 'PlanStarted', 'PlanNodeRequested']));

  it('needs the digest, and another person than who submitted it', () => {
    const code = (by: string, over: object) => () => held().approve(by, over);
    expect(code('person:ann', { digest: null })).toThrow(
      expect.objectContaining({ code: 'digest-required' }),
    );
    expect(code('person:ann', { digest: 'other' })).toThrow(
      expect.objectContaining({ code: 'approval-mismatch' }),
    );
    expect(code('person:olga', {})).toThrow(expect.objectContaining({ code: 'same-person' }));
    expect(code('person:eve', { refused_as: ['person:olga'] })).toThrow(
      expect.objectContaining({ code: 'same-person' }),
    );
  });

  it('is not a yes for another request than the one that was made', () => {
    const life = held();
    const { digest } = life.known.approval!;
    const data = { by: 'person:ann', digest, approvals: 1, approvals_required: 1 } as const;
    const yes = (of: string): PlanLife => {
      const one = held();
      one.events = [...one.events, { type: 'PlanApproved', data: { ...data, digest: of } }];
      return one.settle();
    };
    expect(yes('of another request').known).toMatchObject({
      status: 'DENIED',
      reasons: [{ detail: 'the plan holds an approval that nobody had asked for' }],
    });
    expect(yes(digest).known.status).toBe('RUNNING');
  });

  it('denies the plan where nobody was asked, lets nobody approve it, and a person cancel it', () => {
    const stray = (): PlanLife => {
      const one = new PlanLife().submit(chain);
      const data = { by: 'person:ann', digest: 'd', approvals: 1, approvals_required: 1 } as const;
      one.events = [...one.events, { type: 'PlanApproved', data }];
      return one;
    };
    expect(stray().settle().types).toEqual(['PlanSubmitted', 'PlanApproved', 'PlanDeniedByPreview']);
    expect(stray().cancel().known.status).toBe('CANCELLED');
    expect(() => stray().approve()).toThrow('nobody had asked for');
  });

  it('needs two people where a node does', () => {
    const life = new PlanLife()
      .submit(chain)
      .preview({ c: { approvals_required: 2, holds: [approvalHold] } });
    expect(life.approve('person:ann').known.status).toBe('AWAITING_APPROVAL');
    expect(() => life.approve('person:ann')).toThrow(expect.objectContaining({ code: 'same-person' }));
    expect(life.approve('person:bob').known.status).toBe('RUNNING');
  });

  it('expires after an hour and not before', () => {
    const life = held();
    life.at = later(3599);
    expect(life.settle().known.status).toBe('AWAITING_APPROVAL');
    life.at = later(3600);
    expect(() => life.approve()).toThrow(expect.objectContaining({ code: 'wrong-state' }));
    expect(life.settle().known.status).toBe('EXPIRED');
  });

  it('a rejection ends the plan', () => {
    const life = held();
    life.tell({ kind: 'reject', by: 'person:ann', now });
    expect(life.known.status).toBe('REJECTED');
    expect(life.requested()).toEqual([]);
  });
});

describe('a node that does not end well', () => {
  const bad = ['DENIED', 'REJECTED', 'EXPIRED', 'CANCELLED', 'ROLLED_BACK', 'PROPOSED', 'REFUSED'] as const;

  it.each(bad)('`stop` submits nothing more when it ended %s, and lets what is in flight end', (end) => {
    const life = running(fork).ends('a').ends('b', end);
    expect(life.known.status).toBe('STOPPING');
    expect(life.ends('c').known).toMatchObject({ status: 'STOPPED', halt: { take_back: false } });
    expect(life.requested()).toEqual(['a', 'b', 'c']);
    expect(life.known.reasons.map(({ code }) => code)).toEqual(
      expect.arrayContaining(['node-failed', 'node-stands', 'node-not-started']),
    );
  });

  it('`continue` goes on with all that does not need it', () => {
    const life = running([...fork, node('e')], { failure_rule: 'continue' });
    life.ends('a').ends('b', 'DENIED').ends('c');
    expect(life.requested()).toEqual(['a', 'e', 'b', 'c']);
    expect(life.known.status).toBe('RUNNING');
    expect(life.ends('e').known).toMatchObject({
      status: 'COMPLETED_IN_PART',
      nodes: [{}, {}, {}, { progress: { phase: 'skipped' } }, {}],
    });
    // Who reads of the end reads why each node that is not there is not.
    expect(life.known.reasons.map(({ code, node_id }) => `${code} ${String(node_id)}`)).toEqual(
      expect.arrayContaining(['node-failed b', 'node-skipped d', 'node-stands e']),
    );
  });

  it('`rollback_all` takes back what is done in reverse order, one after the other', () => {
    const life = running(fork, { failure_rule: 'rollback_all' });
    life.ends('a').ends('c').ends('b').ends('d', 'ROLLED_BACK');
    expect(life.backRequested()).toEqual(['b']);
    expect(life.takenBack('b').backRequested()).toEqual(['b', 'c']);
    expect(life.takenBack('c').backRequested()).toEqual(['b', 'c', 'a']);
    expect(life.takenBack('a').known.status).toBe('ROLLED_BACK');
  });

  it('`rollback_all` waits for what is in flight first, and takes that back too where it is done', () => {
    const life = running(fork, { failure_rule: 'rollback_all' }).ends('a').ends('b', 'DENIED');
    expect(life.known.status).toBe('STOPPING');
    expect(life.backRequested()).toEqual([]);
    expect(life.ends('c').backRequested()).toEqual(['c']);
  });

  describe('without compensations', () => {
    const bare = chain.map((each) => ({ ...each, compensation: null }));
    const all = { failure_rule: 'rollback_all' } as const;
    const asked = (nodes: readonly PlanNode[], over: Parameters<PlanLife['preview']>[0] = {}) =>
      new PlanLife().submit(nodes, all).preview(over).known;

    it('`rollback_all` asks before the start for a yes that includes the rollbacks, and says so in the digest', () => {
      const { status, approval } = asked(bare);
      expect([status, approval?.rolls_back]).toEqual(['AWAITING_APPROVAL', true]);
      const compensated = new PlanLife().submit(chain, { ...all, approval: 'required' }).preview().known;
      expect(compensated.approval?.rolls_back).toBeUndefined();
      expect(compensated.approval?.digest).not.toBe(approval?.digest);
    });

    it('asks nobody where there is nothing to roll back: one node, or nodes that only read', () => {
      expect(asked(bare.slice(0, 1)).status).toBe('RUNNING');
      expect(asked(bare.slice(0, 2)).status).toBe('AWAITING_APPROVAL');
      const reading = Object.fromEntries(bare.map(({ node_id }) => [node_id, { read_only: true as const }]));
      expect(asked(bare, reading).status).toBe('RUNNING');
      expect(new PlanLife().submit(bare, { failure_rule: 'stop' }).preview().known.status).toBe('RUNNING');
    });
  });

  it('what could not be taken back is said, and the others are taken back all the same', () => {
    const life = running(chain, { failure_rule: 'rollback_all' }).ends('a').ends('b').ends('c', 'DENIED');
    life.takenBack('b', 'DENIED').takenBack('a');
    expect(life.known.status).toBe('ROLLBACK_FAILED');
    expect(life.known.reasons).toEqual(
      expect.arrayContaining([expect.objectContaining({ code: 'node-not-taken-back', node_id: 'b' })]),
    );
  });

  it('a node that is left as it was not meant to be makes no plan ROLLED_BACK', () => {
    const life = running(chain, { failure_rule: 'rollback_all' }).ends('a', 'ROLLBACK_FAILED');
    expect(life.known.status).toBe('ROLLBACK_FAILED');
  });
});

describe('cancel and kill switch', () => {
  it('a plan that was not started is cancelled', () => {
    expect(new PlanLife().submit(chain).cancel().known.status).toBe('CANCELLED');
    expect(new PlanLife().submit(chain).kill().known.status).toBe('CANCELLED');
  });

  it('a running one submits nothing more; what is done stays, or is taken back by `rollback_all`', () => {
    const stopped = running().ends('a').cancel();
    expect(stopped.known).toMatchObject({ status: 'STOPPING', halt: { cause: 'cancel', by: 'person:ann' } });
    expect(stopped.ends('b', 'CANCELLED').known.status).toBe('STOPPED');
    const back = running(chain, { failure_rule: 'rollback_all' }).ends('a').cancel().ends('b', 'CANCELLED');
    expect(back.takenBack('a').known.status).toBe('ROLLED_BACK');
  });

  it('under the kill switch nothing is taken back, because taking back starts something', () => {
    const life = running(chain, { failure_rule: 'rollback_all' }).ends('a').kill().ends('b', 'CANCELLED');
    expect(life.known.status).toBe('STOPPED');
    expect(life.backRequested()).toEqual([]);
    expect(life.known.reasons).toEqual(
      expect.arrayContaining([expect.objectContaining({ code: 'node-stands', node_id: 'a' })]),
    );
  });

  it('an action that the kill switch stopped stops its plan as well', () => {
    const life = running(chain, { failure_rule: 'rollback_all' }).ends(
      'a',
      'CANCELLED',
      'kill-switch-engaged',
    );
    expect(life.known).toMatchObject({ status: 'STOPPED', halt: { cause: 'kill_switch' } });
  });

  it('the kill switch ends the taking back where it stands', () => {
    const life = running(chain, { failure_rule: 'rollback_all' }).ends('a').ends('b').ends('c', 'DENIED');
    life.kill().takenBack('b', 'CANCELLED');
    expect(life.known.status).toBe('STOPPED');
    expect(life.backRequested()).toEqual(['b']);
  });

  it('a repeat changes nothing, and a plan that is over is not cancelled', () => {
    const life = running().ends('a').cancel();
    const before = life.events;
    expect(life.cancel().events).toEqual(before);
    const over = running([node('a')]).ends('a');
    expect(() => over.cancel()).toThrow(expect.objectContaining({ code: 'wrong-state' }));
    expect(over.kill().known.status).toBe('COMPLETED');
  });
});

it('nothing can be told to a plan that is not there', () => {
  expect(() => new PlanLife().settle()).toThrow(expect.objectContaining({ code: 'plan-not-found' }));
  expect(submittedData(chain).plan_id).toBe(planId);
});
