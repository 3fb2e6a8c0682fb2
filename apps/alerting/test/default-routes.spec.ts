import { describe, expect, it } from '@jest/globals';
import { rules } from '@interlock/alerting';
import { defaultRoutes, routesOf } from '@interlock/notify';

/** The channels that the default routes name: one of mail and one of each kind. */
const channels = [...new Set(defaultRoutes.flatMap(({ channels: ids }) => ids)), 'mail'].filter(
  (id) => id !== '*',
);
/** Programs and trackers, which reach no person. */
const reachesNobody: readonly string[] = ['github'];
const reachedOf = (name: string, severity: (typeof rules)[number]['severity'], of = channels) =>
  routesOf(
    { routes: defaultRoutes, channels: of, people: [], critical_to: 'routes', rotas: {} },
    { name, severity, except: null },
    '2026-01-10T12:00:00.000Z',
  );

describe('the default routes', () => {
  it.each(rules.map((rule) => [rule.name, rule] as const))('lead %s to a channel', (name, { severity }) => {
    const { routes, targets } = reachedOf(name, severity);
    expect(routes).not.toEqual([]);
    expect(targets).not.toEqual([]);
  });

  it.each(rules.filter(({ severity }) => severity === 'critical').map(({ name }) => name))(
    'notify people of critical %s, whichever channel of people exists',
    (name) => {
      const reached = (of: readonly string[]): readonly string[] =>
        reachedOf(name, 'critical', [...of]).targets.map(({ channel_id }) => channel_id);
      for (const people of channels.filter((id) => !reachesNobody.includes(id)))
        expect(reached(['github', people])).toContain(people);
    },
  );
});
