import { beforeAll, describe, expect, it } from '@jest/globals';
import { callDecider } from '@interlock/agents';
import { endStates } from '@interlock/contracts';
import { actionIdOf } from '@interlock/kernel';
import { crashPoints, crashPointsOf, until } from '@interlock/testing';
import { callProbes } from '../src/calls/call-context.js';
import { agentsWorld } from './agents-world.js';
import type { Behaviour } from './handler-server.js';

type Point = {
  /** The event or the probe of a call right after which the gateway is killed. */
  readonly at: string;
  readonly type?: 'well' | 'lost' | 'stuck' | 'fails' | 'inside';
  /** It is killed here first, because nothing else leads there. */
  readonly first?: string;
  readonly ends?: 'COMPLETED' | 'ROLLED_BACK' | 'ROLLBACK_FAILED' | 'CANCELLED';
};

const points: readonly Point[] = [
  { at: 'TurnAccepted' },
  { at: 'TurnTaken' },
  { at: 'turn-taken' },
  { at: 'ApplyAccepted' },
  { at: 'ApplyRefused', type: 'inside', ends: 'CANCELLED' },
  { at: 'CallRequested', ends: 'ROLLED_BACK' },
  { at: 'requested', ends: 'ROLLED_BACK' },
  { at: 'answered', ends: 'ROLLED_BACK' },
  { at: 'CallApplied' },
  { at: 'OutcomeUnknown', type: 'lost', ends: 'ROLLED_BACK' },
  { at: 'CallObserved' },
  { at: 'ConfirmRequested' },
  { at: 'CallConfirmed' },
  { at: 'UndoRequested', type: 'lost', ends: 'ROLLED_BACK' },
  { at: 'CallUndone', type: 'lost', ends: 'ROLLED_BACK' },
  { at: 'CallFailed', type: 'fails', ends: 'ROLLED_BACK' },
  { at: 'UndoFailed', type: 'stuck', ends: 'ROLLBACK_FAILED' },
  { at: 'TurnLapsed', first: 'TurnTaken' },
];

const world = agentsWorld();
const { handler } = world;
const behaviours: readonly (readonly [string, Behaviour])[] = [
  ['crash.lost apply', 'acts-and-resets'],
  ['crash.stuck apply', 'acts-and-resets'],
  ['crash.stuck undo', 'refuses'],
  ['crash.fails apply', 'fails'],
];

/**
 * The events after which a call is not being sent; after a turn that lapsed, or a refusal that is
 * not the end, it is sent under the next turn.
 */
const answered: ReadonlySet<string> = new Set(['CallApplied', 'CallFailed', 'CallUndone', 'UndoFailed']);

describe('a gateway of agents that is killed', () => {
  const idOf = (at: string): string => actionIdOf('demo', `crash-${at}`);

  beforeAll(async () => {
    for (const type of ['well', 'lost', 'stuck', 'fails', 'inside']) {
      const { status, body } = await world.call('policy-registry', 'POST', `/action-types/crash.${type}`, {
        title: 'Sort a message',
        parameters: { type: 'object', properties: {} },
        external_contact: false,
        reversible: true,
        on_unknown: 'undo',
        handler: world.webhook(type === 'inside' ? { url: 'http://169.254.169.254/handler' } : {}),
      });
      if (status !== 201) throw new Error(JSON.stringify(body));
    }
  });

  it('is killed after each event of a call, and at each probe between them', () => {
    const nameOf = (at: string): string =>
      callProbes.some((probe) => probe === at) ? `agent-gateway probe ${at}` : `call ${at}`;
    const killed = points.map(({ at }) => nameOf(at));
    expect(killed.sort()).toEqual(crashPointsOf('agents'));
    const { points: table } = crashPoints();
    const left = [...callDecider.types, ...callProbes].map(nameOf).filter((name) => !killed.includes(name));
    expect(left.filter((name) => table[name]?.why_not === undefined)).toEqual([]);
  });

  it.each(points)('after $at has a successor', async ({ at, type = 'well', first }) => {
    for (const [step, behaviour] of behaviours) handler.behaviour.set(step, behaviour);
    const died = world.killAt(idOf(at), first ?? at);
    await world.submit({ intent_id: `crash-${at}`, action_type: `crash.${type}` });
    await died;
    const again = first === undefined ? undefined : world.killAt(idOf(at), at);
    await world.succeed();
    if (again !== undefined) {
      await again;
      await world.succeed();
    }
    // The next kill is not to meet this call while it is being sent.
    await until(
      async () =>
        (await world.eventsOf(`call-demo:${idOf(at)}`)).some(
          (event) => answered.has(event) || (type === 'inside' && event === 'ApplyRefused'),
        ),
      `the call killed after ${at} has its answer`,
    );
  });

  it('has each call come to its one right end, and none sent twice', async () => {
    const ended = await Promise.all(
      points.map(async ({ at }) => {
        const id = idOf(at);
        const { state } = await world.reaches(id, ...endStates);
        const types = await world.eventsOf(`call-demo:${id}`);
        const sent = [
          types.filter((type) => type === 'CallRequested').length,
          handler.received.filter(({ step, body }) => step === 'apply' && body.action_id === id).length,
        ];
        return { at, state, isSentOnce: Math.max(...sent) <= 1, isLeft: handler.done.has(id) };
      }),
    );
    expect(ended).toEqual(
      points.map(({ at, ends = 'COMPLETED' }) => ({
        at,
        state: ends,
        isSentOnce: true,
        isLeft: ends === 'COMPLETED' || ends === 'ROLLBACK_FAILED',
      })),
    );
  });
});
