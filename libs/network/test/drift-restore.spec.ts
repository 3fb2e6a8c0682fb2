import { describe, expect, it } from '@jest/globals';
import {
  bindTo,
  bindings,
  buildTopology,
  exactLibrary,
  networkHandlerOf,
  ownBinding,
  type ChangePlan,
  type Device,
  type DriftLeaf,
  type Leaves,
} from '../src/index.js';
import { device, handoverPath, model, powerPath, profile, running, statePath } from './fleet.ts';

const handler = networkHandlerOf('drift_restore')!;
const leaf = (path: string, expected: string | null, over: Partial<DriftLeaf> = {}): DriftLeaf => ({
  path,
  expected,
  actual: 'x',
  binding: ownBinding.name,
  action_id: 'a-1',
  changed_by: null,
  ...over,
});
const topologyOf = (leaves: readonly DriftLeaf[], of: Device = device()) =>
  buildTopology([of], '1', () => (leaves.length === 0 ? null : { found_at: '2026-01-01T00:00:00Z', leaves }));
const planOf = (leaves: readonly DriftLeaf[], present: Leaves = running(), of?: Device): ChangePlan =>
  handler.plan({ entity_id: 'gnb-1', parameters: {} }, present, topologyOf(leaves, of), profile, model);
const codesOf = ({ violations }: ChangePlan): readonly string[] => violations.map(({ code }) => code);

describe('the restore of a drifted device', () => {
  it('is planned as the expected values of the drifted leaves, and its inverse as the present ones', () => {
    const plan = planOf([leaf(statePath('c1'), 'LOCKED'), leaf(handoverPath('c1', 'c2'), null)]);
    expect(plan).toMatchObject({
      device_id: 'gnb-1',
      site_id: 'site-1',
      violations: [],
      changes: [
        { path: statePath('c1'), before: 'UNLOCKED', after: 'LOCKED' },
        { path: handoverPath('c1', 'c2'), before: 'true', after: null },
      ],
    });
    expect(plan.edit_xml).toContain('nc:operation="remove"');
    expect(plan.inverse_xml).not.toContain('nc:operation="remove"');
  });

  it('is of the device itself, in whatever state the leaves are now', () => {
    const topology = topologyOf([leaf(powerPath('c2'), '400')]);
    expect(handler.deviceOf('gnb-1', topology)).toBe('gnb-1');
    expect(handler.deviceOf('c1', topology)).toBeUndefined();
    expect(planOf([leaf(powerPath('c2'), '400')], running({ [powerPath('c2')]: '410' })).changes).toEqual([
      { path: powerPath('c2'), before: '410', after: '400' },
    ]);
    expect(planOf([leaf(powerPath('c2'), '430')]).changes).toEqual([]);
  });

  it('is refused without a drift that is known', () => expect(codesOf(planOf([]))).toEqual(['no-drift']));

  it('is refused for leaves that the binding does not place, and for values that they do not take', () => {
    expect(codesOf(planOf([leaf("/ran/cell[id='c1']/attributes/unknown", '1')]))).toEqual(['leaf-not-bound']);
    expect(codesOf(planOf([leaf(powerPath('c1'), 'much')]))).toEqual(['value-unfit']);
    expect(codesOf(planOf([leaf(powerPath('c1'), '9000')]))).toEqual(['power-beyond-licence']);
  });

  it('is refused where the device does not let the leaf be changed', () => {
    const readOnly = bindTo(ownBinding, { source: 'hello', id: null, modules: [] });
    const topology = topologyOf([leaf(statePath('c1'), 'LOCKED')]);
    const plan = handler.plan({ entity_id: 'gnb-1', parameters: {} }, running(), topology, profile, readOnly);
    expect(codesOf(plan)).toEqual(['binding-unfit']);
  });

  it('never locks the last unlocked cell of the device', () => {
    const locked = Object.fromEntries(['c2', 'c3', 'c4'].map((cell) => [statePath(cell), 'LOCKED']));
    expect(codesOf(planOf([leaf(statePath('c1'), 'LOCKED')], running(locked)))).toEqual([
      'last-cell-of-site',
    ]);
    expect(codesOf(planOf([leaf(statePath('c1'), 'LOCKED')]))).toEqual([]);
  });

  it('goes over the binding of the first drifted leaf, and leaves those of other bindings', () => {
    const other = [...bindings.values()].find((one) => one !== ownBinding)!;
    const leaves = [leaf(statePath('c1'), 'LOCKED'), leaf('/interfaces/x', '1', { binding: other.name })];
    const models = [bindTo(other, exactLibrary(other)), model];
    expect(handler.modelOf(models, 'gnb-1', topologyOf(leaves))).toBe(model);
    expect(handler.modelOf([models[0]!], 'gnb-1', topologyOf(leaves))).toBeUndefined();
    expect(planOf(leaves).changes.map(({ path }) => path)).toEqual([statePath('c1')]);
  });
});
