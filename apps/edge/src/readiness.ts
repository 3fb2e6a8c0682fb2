import { atThisPace } from '@interlock/pace';
import type { Readiness } from '@interlock/platform';

import type { EdgeService } from './routing.js';

type ServiceReadiness = {
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
      const withFacts = checks.filter(({ facts }) => facts !== undefined);
      return { name, ok: true, ...(withFacts.length === 0 ? {} : { checks: withFacts }) };
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
      detail:
        (error as Error).name === 'TimeoutError'
          ? 'is slow: no answer in time'
          : 'is down: cannot be reached',
    };
  }
};

/**
 * Asks every service at once whether it is ready, and names each fault. It also names the remaining
 * setup (`setup`), because a request that names something not yet registered would be denied.
 */
export const readinessOf = async (
  services: readonly EdgeService[],
  setup?: () => string | undefined,
  timeoutMs = atThisPace(4000),
): Promise<EdgeReadiness> => {
  const undone = setup?.();
  const answers = await Promise.all(services.map((service) => ask(service, timeoutMs)));
  const all = undone === undefined ? answers : [...answers, { name: 'setup', ok: false, detail: undone }];
  return { status: all.every(({ ok }) => ok) ? 'ready' : 'not_ready', services: all };
};
