import { describe, expect, it } from '@jest/globals';
import { caseViolations, checkComparison, checkSimulation, namedCases } from '../src/index.js';
import { catalogue } from './samples.js';
import { one, violationsOf } from './simulations.js';

describe('a simulation request', () => {
  it('has its defaults written out', () => {
    expect(checkSimulation({ bundle_id: 'b', dataset: { kind: 'synthetic' } })).toEqual({
      of: { bundle_id: 'b' },
      dataset: { kind: 'synthetic', count: 100, seed: 1 },
      limits: { cost: 1000, compute: 100 },
      with_policies: false,
      async: false,
      page: { limit: 100, cursor: null },
    });
    expect(
      checkComparison({
        a: { version: '1.0.0' },
        b: { bundle: {} },
        dataset: { kind: 'replay', max_evaluations: 100_000 },
        async: true,
        limits: { cost: 5 },
      }),
    ).toMatchObject({ a: { version: '1.0.0' }, b: { bundle: {} }, limits: { cost: 5, compute: 100 } });
  });

  it.each([
    ['no object', [], [' type']],
    ['nothing', {}, [' one-of', '/dataset required']],
    ['two bundles', { bundle_id: 'a', version: '1.0.0', dataset: { kind: 'fixtures' } }, [' one-of']],
    ['an unknown dataset', { bundle_id: 'a', dataset: { kind: 'dreams' } }, ['/dataset/kind enum']],
    [
      'members of another dataset',
      { bundle_id: 'a', dataset: { kind: 'fixtures', seed: 1 } },
      ['/dataset/seed additional'],
    ],
    [
      'counts beyond the borders',
      { bundle_id: 'a', dataset: { kind: 'synthetic', count: 1001, seed: -1 } },
      ['/dataset/count maximum', '/dataset/seed minimum'],
    ],
    [
      'a count that is not whole',
      { bundle_id: 'a', dataset: { kind: 'synthetic', count: 100.5 } },
      ['/dataset/count type'],
    ],
    [
      'cases that are none',
      { bundle_id: 'a', dataset: { kind: 'custom', cases: [{ agent: 'A b', context: [] }, 7] } },
      [
        '/dataset/cases/0/action required',
        '/dataset/cases/0/agent pattern',
        '/dataset/cases/0/context type',
        '/dataset/cases/1 type',
      ],
    ],
    ['no cases', { bundle_id: 'a', dataset: { kind: 'custom', cases: [] } }, ['/dataset/cases min-items']],
    [
      'times that are none',
      { bundle_id: 'a', dataset: { kind: 'replay', from: 'yesterday', to: '2026-13-45T00:00:00Z' } },
      ['/dataset/from format', '/dataset/from pattern', '/dataset/to format'],
    ],
    [
      'a day that the calendar lacks',
      { bundle_id: 'a', dataset: { kind: 'replay', to: '2026-02-30T00:00:00Z' } },
      ['/dataset/to format'],
    ],
    [
      'more than one waits for',
      { bundle_id: 'a', dataset: { kind: 'replay', max_evaluations: 10_001 } },
      ['/dataset/max_evaluations maximum'],
    ],
    [
      'limits and pages that are none',
      {
        bundle_id: 'a',
        dataset: { kind: 'fixtures' },
        limits: { cost: -1, time: 3 },
        page: { limit: 0 },
        more: true,
      },
      ['/limits/cost minimum', '/limits/time additional', '/more additional', '/page/limit minimum'],
    ],
    [
      'a limit that is not a number',
      { bundle_id: 'a', dataset: { kind: 'fixtures' }, limits: { cost: Infinity } },
      ['/limits/cost type'],
    ],
  ])('%s is refused, every fault named', (_, body, faults) => {
    expect(violationsOf(() => checkSimulation(body))).toEqual(faults);
  });

  it('a comparison names one bundle on each side', () => {
    expect(
      violationsOf(() =>
        checkComparison({ a: {}, b: { bundle_id: 'x', version: 'y' }, dataset: { kind: 'fixtures' } }),
      ),
    ).toEqual(['/a one-of', '/b one-of']);
    expect(violationsOf(() => checkComparison({ dataset: { kind: 'fixtures' } }))).toEqual([
      '/a required',
      '/b required',
    ]);
  });

  it('cases with undeclared actions or fields, wrong types or duplicate ids are refused', () => {
    const given = [
      one('a', { risk_score: 'high' as unknown as number, 'parameters.sender': 'x', 'parameters.nope': 1 }),
      one('a', { risk_score: Number.NaN }),
      one('b', {}, { action: 'warp_drive' }),
      one('c', { 'parameters.sender': 'y'.repeat(1025) }),
    ];
    expect(
      caseViolations(given, catalogue, '/cases').map(({ pointer, code }) => `${pointer} ${code ?? ''}`),
    ).toEqual([
      '/cases/0/context/risk_score type-mismatch',
      '/cases/0/context/parameters.nope unknown-field',
      '/cases/1/id duplicate-id',
      '/cases/1/context/risk_score type-mismatch',
      '/cases/2/action unknown-action-type',
      '/cases/3/context/parameters.sender max-length',
    ]);
  });

  it('cases without an id get a unique one', () => {
    const bare = { agent: 'a', action: 'x', context: {} };
    expect(namedCases([bare, { ...bare, id: 'case-1' }, bare]).map(({ id }) => id)).toEqual([
      'case-1-',
      'case-1',
      'case-3',
    ]);
  });
});
