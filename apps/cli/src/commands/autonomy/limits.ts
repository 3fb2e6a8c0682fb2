import type { Schema } from '@interlock/api-types';
import { tenantLimitBounds, tenantLimitNames, type TenantLimits } from '@interlock/contracts';
import { linesShape } from '../../output/output.js';
import { ask } from '../../asks.js';
import { whole, decimal } from '../../readers.js';
import { group } from '../../program/declare.js';
import type { Options } from '../../program/options.js';

/** The short option names of limits that are often set. */
const flags: { readonly [name in keyof TenantLimits]: string } = {
  blast_radius_limit: 'action <n>',
  blast_radius_1h: 'hour <n>',
  soak_s: 'soak <seconds>',
  notify_within_s: 'notify-within <seconds>',
  approval_expiry_s: 'expiry <seconds>',
  approval_escalation_s: 'escalation <seconds>',
};

const shape = linesShape((limits: Schema<'LimitsDto'>) => [
  ...tenantLimitNames.map(
    (name) => `${name.padEnd(30)} ${limits[name]}${limits.by_default.includes(name) ? '  the default' : ''}`,
  ),
  ...(limits.updated_at === null ? [] : [`set ${limits.updated_at} by ${limits.updated_by ?? 'nobody'}`]),
]);

const limitOptions: Options = Object.fromEntries(
  tenantLimitNames.map((name) => {
    const { about, whole: isWhole, least, most } = tenantLimitBounds[name];
    const read = isWhole ? whole(least, most) : decimal;
    return [`--${flags[name] ?? `${name.replaceAll('_', '-')} <n>`}`, { about, as: name, read }];
  }),
);

/** `interlock autonomy limits`: blast radius, soak, waiting times for people, and alert limits. */
export const addLimits = group(
  'limits',
  'how much the actions of a tenant may affect, how long things are waited for, and when alerts fire',
  [
    ask({ command: 'get', about: 'what holds', route: 'GET /api/v1/autonomy/limits', shape }),
    ask({
      command: 'set',
      about: 'set all of them: what is left out has its default again',
      route: 'PUT /api/v1/autonomy/limits',
      body: { ...limitOptions, '--reason <text>': { about: 'why, for the record', required: true } },
      ifMatch: 'option',
      loosens: true,
      shape,
    }),
  ],
);
