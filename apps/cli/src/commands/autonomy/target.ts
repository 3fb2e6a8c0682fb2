import type { Schema } from '@interlock/api-types';
import type { Command } from 'commander';
import { addAsk, decimal } from '../../asks.js';
import type { Globals } from '../../connection/session.js';

const text = ({ target_share, updated_at }: Schema<'AutonomyTargetDto'>): string =>
  `${target_share}  ${updated_at === null ? 'the default' : `since ${updated_at}`}`;

/** `interlock autonomy target`: the share of good outcomes that a tenant requires of autonomy. */
export const addTarget = (autonomy: Command, globals: () => Globals): void => {
  const target = autonomy
    .command('target')
    .description('the share of good outcomes that autonomy has to show');
  addAsk<Schema<'AutonomyTargetDto'>>(target, globals, {
    command: 'get',
    about: 'what it is, and since when',
    route: 'GET /api/v1/autonomy/earned/target',
    shape: { text, names: ({ target_share }) => [String(target_share)] },
  });
  addAsk<Schema<'WrittenTargetDto'>>(target, globals, {
    command: 'set <share>',
    about: 'choose it, from 0.5 to 0.999; by a person (--as)',
    route: 'PUT /api/v1/autonomy/earned/target',
    argumentsAs: [{ as: 'target_share', read: decimal }],
    ifMatch: 'option',
    loosens: true,
    personal: true,
    shape: { text, names: ({ target_share }) => [String(target_share)] },
  });
};
