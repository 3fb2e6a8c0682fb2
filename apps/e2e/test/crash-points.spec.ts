import { existsSync } from 'node:fs';
import { callDecider } from '@interlock/agents';
import { alertDecider } from '@interlock/alerting';
import { budgetDayDecider } from '@interlock/autonomy';
import { openWorkEvents } from '@interlock/kernel';
import { deviceTxDecider } from '@interlock/network';
import { deliveryDecider } from '@interlock/notify';
import { responseDecider, responseWorkDecider } from '@interlock/posture';
import {
  actionDecider,
  executorDecider,
  killSwitchDecider,
  leaseDecider,
  planDecider,
} from '@interlock/rails';
import { crashPoints, crashPointsOf } from '@interlock/testing';
import { describe, expect, it } from '@jest/globals';
import { longPoints, shortPoints, windowPoint, type Point } from './kill-points.js';

/** The streams in which a process writes the steps of its work, by their names in the table. */
const steps: { readonly [category: string]: { readonly types: readonly string[] } } = {
  action: actionDecider,
  plan: planDecider,
  lease: leaseDecider,
  kill_switch: killSwitchDecider,
  executor: executorDecider,
  budget: budgetDayDecider,
  call: callDecider,
  device_tx: deviceTxDecider,
  response: responseDecider,
  response_work: responseWorkDecider,
  delivery: deliveryDecider,
  alert: alertDecider,
  open_work: openWorkEvents,
};
const root = new URL('../../../', import.meta.url);
const nameOf = ({ stream, after }: Pick<Point, 'stream' | 'after'>): string => `${stream} ${after}`;

describe('the table of crash points', () => {
  const { suites, points } = crashPoints();

  it('has exactly the events that a process appends as steps of its work', () => {
    const events = Object.entries(steps).flatMap(([category, { types }]) =>
      types.map((type) => `${category} ${type}`),
    );
    expect(
      Object.keys(points)
        .filter((point) => !point.includes(' probe '))
        .sort(),
    ).toEqual(events.sort());
  });

  it('names a suite that kills there, or the reason why none needs to', () => {
    const unsaid = Object.entries(points).filter(
      ([, { killed_by, why_not }]) => (killed_by.length === 0) !== (why_not !== undefined),
    );
    expect(unsaid).toEqual([]);
    for (const [point, { killed_by }] of Object.entries(points))
      for (const suite of killed_by)
        expect([point, Object.keys(suites)]).toEqual([point, expect.arrayContaining([suite])]);
    for (const file of Object.values(suites))
      expect([file, existsSync(new URL(file, root))]).toEqual([file, true]);
  });

  it('matches the kill points of the whole stack', () => {
    expect([...shortPoints, windowPoint].map(nameOf).sort()).toEqual(crashPointsOf('stack'));
    expect([...new Set(longPoints.map(nameOf))].sort()).toEqual(crashPointsOf('stack-long'));
  });
});
