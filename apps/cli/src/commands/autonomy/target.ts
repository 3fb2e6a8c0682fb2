import type { Schema } from '@interlock/api-types';
import { ask } from '../../asks.js';
import { decimal } from '../../readers.js';
import { group } from '../../program/declare.js';
import type { Shape } from '../../output/output.js';

const shape: Shape<Schema<'AutonomyTargetDto'>> = {
  text: ({ target_share, updated_at }) =>
    `${target_share}  ${updated_at === null ? 'the default' : `since ${updated_at}`}`,
  names: ({ target_share }) => [String(target_share)],
};

/** `interlock autonomy target`: the share of good outcomes that a tenant requires of autonomy. */
export const addTarget = group('target', 'the share of good outcomes that autonomy has to show', [
  ask({
    command: 'get',
    about: 'what it is, and since when',
    route: 'GET /api/v1/autonomy/earned/target',
    shape,
  }),
  ask({
    command: 'set <share>',
    about: 'choose it, from 0.5 to 0.999; by a person (--as)',
    route: 'PUT /api/v1/autonomy/earned/target',
    argumentsAs: [{ as: 'target_share', read: decimal }],
    ifMatch: 'option',
    loosens: true,
    personal: true,
    shape,
  }),
]);
