import type { Readiness } from '@interlock/platform';

import type { EdgeService } from './routing.js';

export type ServiceReadiness = {
  readonly name: string;
  readonly ok: boolean;
  readonly detail?: string;
  readonly checks?: Readiness['checks'];
};
export type EdgeReadiness = {
  readonly status: 'ready' | 'not_ready';
  readonly services: readonly ServiceReadiness[];
};

const ask = async ({ name, origin }: EdgeService, timeoutMs: number): Promise<ServiceReadiness> => {
  try {
    const response = await fetch(`${origin}/health/ready`, { signal: AbortSignal.timeout(timeoutMs) });
    const { checks } = (await response.json()) as Readiness;
    if (response.ok) {
      const told = checks.filter(({ facts }) => facts !== undefined);
      return { name, ok: true, ...(told.length === 0 ? {} : { checks: told }) };
    }
    return {
      name,
      ok: false,
      detail: `not ready: ${checks
        .filter(({ ok }) => !ok)
        .map((check) => check.name)
        .join(', ')}`,
      checks,
    };
  } catch (error) {
    return {
      name,
      ok: false,
      detail: (error as Error).name === 'TimeoutError' ? 'does not answer in time' : 'cannot be reached',
    };
  }
};

/** Asks every service at once whether it is ready; each is named with what is wrong. */
export const readinessOf = async (
  services: readonly EdgeService[],
  timeoutMs = 4000,
): Promise<EdgeReadiness> => {
  const answers = await Promise.all(services.map((service) => ask(service, timeoutMs)));
  return { status: answers.every(({ ok }) => ok) ? 'ready' : 'not_ready', services: answers };
};
