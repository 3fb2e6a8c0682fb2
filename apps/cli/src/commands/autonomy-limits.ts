import type { Schema } from '@interlock/api-types';
import { tenantLimitNames } from '@interlock/contracts';
import type { Command } from 'commander';
import { addAsks, decimal, whole, type Ask } from '../asks.js';
import { linesShape } from '../output/output.js';
import type { Globals } from '../session.js';

type Limits = Schema<'LimitsDto'>;

const shape = linesShape((limits: Limits) => [
  ...tenantLimitNames.map(
    (name) => `${name.padEnd(22)} ${limits[name]}${limits.by_default.includes(name) ? '  the default' : ''}`,
  ),
  ...(limits.updated_at === null ? [] : [`set ${limits.updated_at} by ${limits.updated_by ?? 'nobody'}`]),
]);

/** `interlock autonomy limits`: blast radius, soak, and how long people are waited for. */
export const addLimits = (autonomy: Command, globals: () => Globals): void => {
  const limits = autonomy
    .command('limits')
    .description('how much the actions of a tenant may affect, and how long things are waited for');
  const asks: readonly Ask<Limits>[] = [
    { command: 'get', about: 'what holds', route: 'GET /api/v1/autonomy/limits', shape },
    {
      command: 'set',
      about: 'set all of them: what is left out has its default again',
      route: 'PUT /api/v1/autonomy/limits',
      body: [
        {
          flags: '--action <n>',
          about: 'entities of one action where no policy says how many',
          as: 'blast_radius_limit',
          read: whole(1),
        },
        {
          flags: '--hour <n>',
          about: 'entities of all actions of an hour; else five times --action',
          as: 'blast_radius_1h',
          read: whole(1),
        },
        { flags: '--soak <seconds>', about: 'how long a change is observed', as: 'soak_s', read: decimal },
        {
          flags: '--told-within <seconds>',
          about: 'within so long somebody must be told of a window',
          as: 'told_within_s',
          read: decimal,
        },
        {
          flags: '--expiry <seconds>',
          about: 'after so long an approval expires',
          as: 'approval_expiry_s',
          read: whole(1),
        },
        {
          flags: '--escalation <seconds>',
          about: 'after so long an approval is escalated',
          as: 'approval_escalation_s',
          read: whole(1),
        },
        { flags: '--reason <text>', about: 'why, for the record', as: 'reason', required: true },
      ],
      ifMatch: 'option',
      shape,
    },
  ];
  addAsks(limits, globals, asks);
};
