import type { Schema } from '@interlock/api-types';
import type { Shape } from '../../output/output.js';
import { valueText } from '../../output/record.js';
import { toned } from '../../output/screen.js';
import { spanText, timeText } from '../../output/times.js';
import { visible } from '../../output/visible.js';

export type Receipt = Schema<'KillSwitchReceiptDto'>;
type Named = Pick<Receipt, 'scope' | 'tenant_id' | 'action_type' | 'account_id' | 'agent' | 'site_id'>;

/** Returns what a switch stops, for a sentence: `the account ran-north of the tenant demo`. */
export const stopped = (named: Named): string => {
  const { scope, tenant_id: tenant } = named;
  const name = named.action_type ?? named.account_id ?? named.agent ?? named.site_id;
  if (scope === 'global') return 'all tenants';
  const of = name === null ? '' : ` of the tenant ${visible(tenant ?? '')}`;
  return `the ${scope.replaceAll('_', ' ')} ${visible(name ?? tenant ?? '')}${of}`;
};

const counted = (count: number): string => `${count} ${count === 1 ? 'action' : 'actions'}`;

const engagedText = (receipt: Receipt): readonly string[] => {
  const asked = receipt.executors.length;
  const silent = receipt.executors.filter(({ answered }) => !answered);
  const how =
    receipt.acknowledged_by === 'executors'
      ? `all ${asked} executors answered`
      : `${asked - silent.length} of ${asked} executors answered; the leases of the others ran out`;
  return [
    `stopped in  ${spanText(receipt.time_to_stop_ms)}, ${receipt.acknowledged_by === null ? 'not acknowledged yet' : how}`,
    `cancelled   ${counted(receipt.cancelled_count)}`,
    `in flight   ${counted(receipt.in_flight_count)}${receipt.rollback_in_flight ? ', to be taken back' : ''}`,
    ...(receipt.use_id === null
      ? []
      : [`receipt     interlock kill-switch receipt ${visible(receipt.use_id)}`]),
  ];
};

/**
 * A receipt for people: first a sentence that says whether autonomous actions may start, then the
 * figures and the actions concerned. `wide` adds every member of the answer.
 */
export const receiptShape: Shape<Receipt> = {
  text: (receipt, screen, wide) => {
    const { engaged, release_requested: release, cancelled, in_flight, not_notified } = receipt;
    const what = stopped(receipt);
    const lists = { cancelled, in_flight, not_notified };
    const named = Object.fromEntries(Object.entries(lists).filter(([, actions]) => actions.length > 0));
    const lines = !engaged
      ? [`${toned('released', 'good', screen)}: autonomous actions of ${what} may start again`]
      : release === null
        ? [
            `${toned('ENGAGED', 'bad', screen)}: no autonomous action of ${what} starts`,
            ...engagedText(receipt),
          ]
        : [
            `${toned('STILL ENGAGED', 'bad', screen)}: the release of ${what} is requested, and waits for another person`,
            `until       ${timeText(release.expires_at, screen.now)}`,
          ];
    return [
      ...lines,
      ...(wide
        ? ['', valueText(receipt, screen)]
        : Object.keys(named).length === 0
          ? []
          : ['', valueText(named, screen)]),
    ].join('\n');
  },
  names: ({ use_id }) => (use_id === null ? [] : [use_id]),
};
