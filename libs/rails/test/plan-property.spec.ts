import { expect, it } from '@jest/globals';
import fc from 'fast-check';
import { fold, recalledDecision } from '@interlock/kernel';
import {
  failureRules,
  planDecider,
  planWork,
  type NodeEnd,
  type PlanCommand,
  type PlanEvent,
  type PlanNode,
  type PlanWork,
} from '../src/index.js';
import { now } from './looks.js';
import { node, previewed, submittedData } from './plan-life.js';

const ends: readonly NodeEnd[] = [
  'COMPLETED',
  'COMPLETED',
  'COMPLETED',
  'DENIED',
  'ROLLED_BACK',
  'ROLLBACK_FAILED',
];
/** A graph without a way back: each node may need only those before it. */
const graph: fc.Arbitrary<readonly PlanNode[]> = fc
  .array(fc.array(fc.boolean(), { minLength: 6, maxLength: 6 }), { minLength: 1, maxLength: 6 })
  .map((rows) =>
    rows.map((row, index) =>
      node(
        `n${index}`,
        row.flatMap((needs, other) => (needs && other < index ? [`n${other}`] : [])),
      ),
    ),
  );
/**
 * What happens next: a runner's step, an outcome, a runner that dies before it records anything, or
 * somebody's word.
 */
const step = fc.record({
  pick: fc.nat(20),
  end: fc.constantFrom(...ends),
  what: fc.oneof(
    { weight: 12, arbitrary: fc.constant('work' as const) },
    { weight: 6, arbitrary: fc.constant('advance' as const) },
    { weight: 2, arbitrary: fc.constant('crash' as const) },
    { weight: 1, arbitrary: fc.constant('cancel' as const) },
    { weight: 1, arbitrary: fc.constant('kill' as const) },
  ),
});

const recorded = (work: PlanWork, end: NodeEnd): PlanCommand => {
  const { node_id } = work.node.node;
  switch (work.kind) {
    case 'preview':
      return { kind: 'record_preview', node_id, preview: previewed(), now };
    case 'run':
    case 'stop':
      return { kind: 'record_end', node_id, state: end, reasons: [], now };
    case 'take_back':
      return { kind: 'record_compensation', node_id, state: end, reasons: [], now };
  }
};

/**
 * The world outside of the plan: what was really done there, and in which order. A submission that
 * is repeated does nothing new.
 */
class Outside {
  readonly ended = new Map<string, NodeEnd>();
  readonly done: string[] = [];

  happens(work: PlanWork, end: NodeEnd): NodeEnd {
    const key = `${work.kind === 'stop' ? 'run' : work.kind} ${work.node.node.node_id}`;
    const known = this.ended.get(key);
    if (known !== undefined) return known;
    this.ended.set(key, end);
    this.done.push(`${key} ${end}`);
    return end;
  }
}

it('whatever the order of outcomes and crashes, a plan comes to an end that is true', () => {
  fc.assert(
    fc.property(
      graph,
      fc.constantFrom(...failureRules),
      fc.array(step, { maxLength: 60 }),
      (nodes, rule, steps) => {
        const outside = new Outside();
        let events: readonly PlanEvent[] = [];
        const state = () => fold(planDecider, events, { occurred_at: now });
        const tell = (command: PlanCommand): boolean => {
          const before = state();
          const written = planDecider.decide(command, before);
          expect(written.length).toBeLessThanOrEqual(1);
          expect(recalledDecision(planDecider, command, before)).toEqual(written);
          events = [...events, ...written];
          return written.length > 0;
        };
        const work = (pick: number, end: NodeEnd, isRecorded: boolean): boolean => {
          const open = planWork(state());
          const one = open[pick % Math.max(1, open.length)];
          if (one === undefined) return false;
          const happened = outside.happens(one, end);
          return isRecorded && tell(recorded(one, happened));
        };
        const over = (): boolean => {
          const at = state();
          return at.status !== 'NONE' && at.ended_at !== null;
        };
        tell({ kind: 'submit', data: submittedData(nodes, { failure_rule: rule }), now });
        for (const { what, pick, end } of steps) {
          if (over()) break;
          if (what === 'advance') tell({ kind: 'advance', now });
          else if (what === 'work' || what === 'crash') work(pick, end, what === 'work');
          else if (what === 'kill') tell({ kind: 'stop_by_kill_switch', reasons: [], now });
          else if (state().status !== 'ROLLING_BACK') tell({ kind: 'cancel', by: 'person:ann', now });
        }
        // Somebody takes over and runs it to its end, whatever was left undone.
        while (!over()) expect(tell({ kind: 'advance', now }) || work(0, 'COMPLETED', true)).toBe(true);

        const ran = nodes.filter(({ node_id: id }) => outside.ended.get(`run ${id}`) === 'COMPLETED');
        const left = ran.filter(({ node_id: id }) => outside.ended.get(`take_back ${id}`) !== 'COMPLETED');
        const failed = [...outside.ended].some(
          ([key, end]) => key.startsWith('run ') && end === 'ROLLBACK_FAILED',
        );
        const { status } = state();
        if (status === 'COMPLETED') expect(ran).toHaveLength(nodes.length);
        if (status === 'COMPLETED_IN_PART') expect(ran.length).toBeLessThan(nodes.length);
        if (status === 'ROLLED_BACK') expect([left, failed]).toEqual([[], false]);
        if (status === 'ROLLBACK_FAILED') expect(left.length > 0 || failed).toBe(true);
        if (status === 'CANCELLED') expect(ran).toEqual([]);
        // No node ran before what it needs was done, and none was taken back before what needed it.
        const place = (what: string): number => outside.done.findIndex((one) => one.startsWith(`${what} `));
        for (const { node_id: id, depends_on } of nodes)
          for (const needed of depends_on) {
            if (place(`run ${id}`) >= 0)
              expect(outside.done.slice(0, place(`run ${id}`))).toContain(`run ${needed} COMPLETED`);
            if (place(`take_back ${id}`) >= 0 && place(`take_back ${needed}`) >= 0)
              expect(place(`take_back ${id}`)).toBeLessThan(place(`take_back ${needed}`));
          }
      },
    ),
    { numRuns: 300 },
  );
});
