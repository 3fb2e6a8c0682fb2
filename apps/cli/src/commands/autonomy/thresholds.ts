import type { Schema } from '@interlock/api-types';
import { ask } from '../../asks.js';
import { list } from '../../lists.js';
import { decimal } from '../../readers.js';
import { group } from '../../program/declare.js';

const levels = ({ LOW, MEDIUM, HIGH }: Schema<'ConfidenceThresholdsDto'>): string =>
  `${LOW} ${MEDIUM} ${HIGH}`;

/**
 * `interlock autonomy thresholds`: the confidence thresholds that adapt to the outcomes of
 * automatic actions.
 */
export const addThresholds = group(
  'thresholds',
  'confidence thresholds of action types that follow the outcomes of automatic actions',
  [
    list({
      command: 'list',
      about: 'what is configured, what holds, and what waits for a signature',
      route: 'GET /api/v1/autonomy/thresholds',
      what: 'action types',
      query: {
        '--type <action_type>': { about: 'the action type, such as cell_failover', as: 'action_type' },
      },
      limit: 50,
      topics: ['autonomy'],
      columns: [
        { head: 'ACTION TYPE', of: ({ action_type }) => action_type, fit: 12 },
        { head: 'TARGET', of: ({ target_share }) => target_share ?? 'off' },
        { head: 'SHIFT', of: ({ shift }) => shift },
        { head: 'CONFIGURED', of: ({ configured }) => levels(configured), wide: true },
        { head: 'EFFECTIVE', of: ({ effective }) => levels(effective) },
        { head: 'WHY', of: ({ explanation }) => explanation, fit: 16 },
        { head: 'PROPOSAL', of: ({ proposal }) => proposal?.digest, wide: true },
      ],
      id: ({ action_type }) => action_type,
    }),
    ask({
      command: 'set <action_type>',
      about: 'opt in: they tighten by themselves, and loosen when a person signs; by a person (--as)',
      route: 'PUT /api/v1/autonomy/thresholds/{action_type}',
      body: {
        '--target <n>': {
          about:
            "the share of good outcomes that is aimed at, from 0.5 to 1; else the tenant's (`autonomy target get`)",
          as: 'target_share',
          read: decimal,
        },
      },
      personal: true,
    }),
    ask({
      command: 'unset <action_type>',
      about: 'opt out: the configured thresholds hold again; by a person (--as)',
      route: 'DELETE /api/v1/autonomy/thresholds/{action_type}',
      personal: true,
    }),
    ask({
      command: 'sign <action_type>',
      about: 'sign the loosening that is proposed, by a person (--as)',
      route: 'POST /api/v1/autonomy/thresholds/{action_type}/sign',
      body: { '--digest <digest>': { about: 'of the proposal that was read', required: true } },
      personal: true,
    }),
  ],
);
