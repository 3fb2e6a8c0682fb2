import { describe, expect, it } from '@jest/globals';
import { judge, nextEffect, type GateName, type Look, lookedAtGates } from '../src/index.js';
import { consumed, Life } from './life.js';
import { looks, now } from './looks.js';

const sawWith = (gate: GateName, change: (saw: Record<string, unknown>) => unknown): Look => {
  const look = structuredClone(looks().find((one) => one.gate === gate)!) as unknown as {
    saw: Record<string, unknown>;
  };
  return { gate, saw: change(look.saw) ?? look.saw } as Look;
};

describe('an answer that no service of this version gives', () => {
  it.each<readonly [string, Look]>([
    [
      'a posture nobody knows',
      sawWith('posture', (saw) => ({ ...saw, answer: { effective: 'PURPLE', effective_reasons: [] } })),
    ],
    ['a mode nobody knows', sawWith('autonomy_mode', () => ({ answer: { mode: 'YOLO' } }))],
    [
      'a decision nobody knows',
      sawWith('policy', () => ({ evaluation: { decision: 'MAYBE', reasons: [] } })),
    ],
    [
      'an auto-approval nobody knows',
      sawWith('auto_approval', (saw) => ({ ...saw, answer: { decision: 'SURE' } })),
    ],
    ['a prediction without a basis', sawWith('prediction', () => ({ answer: {} }))],
    [
      'a prediction without a risk',
      sawWith('prediction', () => ({ answer: { basis: 'memory', risk_score: null } })),
    ],
    [
      'an impact that is not a number',
      sawWith('blast_radius', (saw) => ({ ...saw, estimate: { affected_entity_count: 'few' } })),
    ],
    ['an impact without a count', sawWith('blast_radius', (saw) => ({ ...saw, estimate: {} }))],
    ['a limit that is not a number', sawWith('blast_radius', (saw) => ({ ...saw, policies_limit: 'none' }))],
    ['a threshold that is none', sawWith('confidence', (saw) => ({ ...saw, tenant_threshold: null }))],
    ['no answer of the ledger', { gate: 'budget', saw: { answer: null } } as unknown as Look],
    [
      'a ledger that says neither',
      { gate: 'budget', saw: { answer: { consumed: 'no' } } } as unknown as Look,
    ],
  ])('%s is an error, never a pass or a question', (_, look) => {
    expect(judge(look)).toMatchObject({ verdict: 'error', hold: null, reasons: [{ code: 'gate-error' }] });
  });

  it('from the ledger ends the action and gives back what it may have taken', () => {
    const life = new Life().accept().walk();
    life.tell({ kind: 'record_consume', gates: [{ gate: 'budget', saw: { answer: null as never } }], now });
    expect(life.types.slice(-3)).toEqual([
      'GatesJudged',
      'ActionDenied by an error',
      'BudgetGiveBackRequested',
    ]);
    expect(nextEffect(life.state, now)).toEqual({ kind: 'give_back' });
  });

  it('a good answer still passes', () => {
    expect(judge({ gate: 'budget', saw: { answer: consumed() } }).verdict).toBe('pass');
    expect(looks().map((look) => judge(look).verdict)).toEqual(lookedAtGates.map(() => 'pass'));
  });
});
