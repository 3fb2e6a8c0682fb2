import 'reflect-metadata';
import { describe, expect, it } from '@jest/globals';
import { faultsOf } from '@interlock/platform';
import { CloneBundleDto } from '../src/bundles/bundles.dto.js';
import { MakeFlipListDto } from '../src/rollout/approvals.dto.js';
import { SettingsDto } from '../src/rollout/rollout.dto.js';

const pointers = (given: object): readonly string[] => [
  ...new Set(faultsOf(given, { strict: true }).map(({ pointer }) => pointer)),
];

describe("an optional member of people's requests about bundles", () => {
  it('is refused by name if it is null', () => {
    expect(pointers(Object.assign(new CloneBundleDto(), { version: null, bump: null, notes: null }))).toEqual(
      ['/version', '/bump', '/notes'],
    );
    expect(pointers(Object.assign(new MakeFlipListDto(), { from: null, to: null }))).toEqual([
      '/from',
      '/to',
    ]);
    expect(pointers(Object.assign(new SettingsDto(), { dwell_h: null, gates: null }))).toEqual([
      '/gates',
      '/dwell_h',
    ]);
  });

  it('may be null if that has a meaning', () =>
    expect(pointers(Object.assign(new CloneBundleDto(), { team: null }))).toEqual([]));
});
