import type { Schema } from '@interlock/api-types';
import { tenantLimitBounds, tenantLimitNames, type TenantLimits } from '@interlock/contracts';
import type { Command } from 'commander';
import { addAsks, decimal, whole, type Ask } from '../../asks.js';
import { linesShape } from '../../output/output.js';
import type { Globals } from '../../connection/session.js';

type Limits = Schema<'LimitsDto'>;

/** The short option names of limits that are often set. */
const flags: { readonly [name in keyof TenantLimits]: string } = {
  blast_radius_limit: 'action <n>',
  blast_radius_1h: 'hour <n>',
  soak_s: 'soak <seconds>',
  notify_within_s: 'notify-within <seconds>',
  approval_expiry_s: 'expiry <seconds>',
  approval_escalation_s: 'escalation <seconds>',
};

const shape = linesShape((limits: Limits) => [
  ...tenantLimitNames.map(
    (name) => `${name.padEnd(30)} ${limits[name]}${limits.by_default.includes(name) ? '  the default' : ''}`,
  ),
  ...(limits.updated_at === null ? [] : [`set ${limits.updated_at} by ${limits.updated_by ?? 'nobody'}`]),
]);

/** `interlock autonomy limits`: blast radius, soak, waiting times for people, and alert limits. */
export const addLimits = (autonomy: Command, globals: () => Globals): void => {
  const limits = autonomy
    .command('limits')
    .description(
      'how much the actions of a tenant may affect, how long things are waited for, and when alerts fire',
    );
  const asks: readonly Ask<Limits>[] = [
    { command: 'get', about: 'what holds', route: 'GET /api/v1/autonomy/limits', shape },
    {
      command: 'set',
      about: 'set all of them: what is left out has its default again',
      route: 'PUT /api/v1/autonomy/limits',
      body: [
        ...tenantLimitNames.map((name) => {
          const { about, whole: isWhole, least, most } = tenantLimitBounds[name];
          const read = isWhole ? whole(least, most) : decimal;
          return { flags: `--${flags[name] ?? `${name.replaceAll('_', '-')} <n>`}`, about, as: name, read };
        }),
        { flags: '--reason <text>', about: 'why, for the record', required: true },
      ],
      ifMatch: 'option',
      loosens: true,
      shape,
    },
  ];
  addAsks(limits, globals, asks);
};
