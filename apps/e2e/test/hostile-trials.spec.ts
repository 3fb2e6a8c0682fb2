import { describe } from '@jest/globals';
import { postMortem, type IncidentStory } from '@interlock/alerting';
import type { ActionTypeV1, ChannelKind } from '@interlock/contracts';
import { localTime } from '@interlock/kernel';
import { parseKnownHosts } from '@interlock/netconf';
import {
  emailMessage,
  githubIssue,
  pagerDutyEvent,
  quietHoursFaults,
  slackMessage,
  teamsMessage,
  webhookPayload,
  type AlertNotice,
} from '@interlock/notify';
import { judgeAddress, networkFaults } from '@interlock/outbound';
import { bodyLimit } from '@interlock/platform';
import { decodeCursor } from '@interlock/postgres';
import {
  caseViolations,
  checkComparison,
  checkSimulation,
  evaluableBundle,
  fieldCatalogue,
  namedCases,
  normalRule,
  Simulation,
  syntheticCases,
  syntheticCount,
  type CaseInput,
} from '@interlock/policy';
import { checkIntegrityCsv } from '@interlock/posture';
import { isISO8601 } from 'class-validator';
import { bundles } from './hostile/bundles.js';
import { filled, holds, type Case } from './hostile/hold.js';

const fields = [0, 1, 2, 3, 4, 5].map((i) => `f${i}`);
const acting = {
  action_type: 't0',
  title: 'T',
  parameters_schema: {
    type: 'object',
    properties: Object.fromEntries(fields.map((name) => [name, { type: 'number' }])),
  },
  handler: null,
  impact_fields: [],
  reversible: false,
  read_only: false,
  external_contact: false,
} as unknown as ActionTypeV1;
const inside = Object.fromEntries(fields.map((name) => [`parameters.${name}`, 700]));

describe('the longest hold of the event loop by', () => {
  describe('a request for a simulation', () => {
    const bodies: readonly (readonly [name: string, body: () => object])[] = [
      [
        'with nothing right',
        () => ({ dataset: { kind: 'custom', cases: Array(100_000).fill(1) }, bundle: 1 }),
      ],
      [
        'with unknown members',
        () => ({
          dataset: 'custom',
          ...Object.fromEntries(Array.from({ length: 19_000 }, (_, i) => [`m${i}`, 1])),
        }),
      ],
      [
        'of cases with nothing right',
        () => ({
          dataset: 'custom',
          bundle: {},
          cases: Array.from({ length: 1000 }, () => ({ a: 1, b: 2, id: '', agent: '', action: '' })),
        }),
      ],
    ];
    holds(
      bodies.flatMap(([name, make]): readonly Case[] => [
        [
          name,
          () => {
            const body = make();
            return () => checkSimulation(body);
          },
        ],
        [
          `${name}, compared`,
          () => {
            const body = { ...make(), a: {}, b: {} };
            return () => checkComparison(body);
          },
        ],
      ]),
    );
  });

  describe("a simulation's cases", () => {
    const catalogue = fieldCatalogue([acting]);
    const many = (make: (i: number) => CaseInput): readonly CaseInput[] =>
      Array.from({ length: 1000 }, (_, i) => make(i));
    const inputs: readonly (readonly [name: string, cases: () => readonly CaseInput[]])[] = [
      [
        'of fields that nobody declares',
        () =>
          many((i) => ({
            agent: 'a',
            action: 't0',
            context: Object.fromEntries(
              Array.from({ length: 18 }, (_x, k) => [`${'~/'.repeat(20)}${i}${k}`, 1]),
            ),
          })),
      ],
      ['of one id', () => many(() => ({ id: 'one', agent: 'a', action: 't0', context: inside }))],
      [
        'with names that others would be given',
        () =>
          many((i) =>
            i % 2 === 0
              ? { agent: 'a', action: 't0', context: inside }
              : { id: `case-1${'-'.repeat(i % 120)}`, agent: 'a', action: 't0', context: inside },
          ),
      ],
    ];
    holds(
      inputs.map(([name, make]): Case => [
        name,
        () => {
          const cases = make();
          return () => [caseViolations(cases, catalogue, '/dataset/cases'), namedCases(cases)];
        },
      ]),
    );
  });

  describe.each(Object.entries(bundles))('a bundle tried out: %s', (_, make) => {
    const rules = () => make().map((rule) => normalRule(rule));
    holds([
      [
        'one case',
        () => {
          const given = rules();
          const bundle = evaluableBundle({ bundle_id: 'b', version: '1', bundle_hash: 'h', rules: given });
          const simulation = new Simulation({
            bundle,
            rules: given,
            bundle_id: null,
            policies: null,
            nearMisses: true,
          });
          return () => simulation.add({ id: 'one', agent: 'a0', action: 't0', context: inside });
        },
      ],
      [
        'the report',
        () => {
          const given = rules();
          const bundle = evaluableBundle({ bundle_id: 'b', version: '1', bundle_hash: 'h', rules: given });
          return () => new Simulation({ bundle, rules: given, bundle_id: null, policies: null }).report();
        },
      ],
      [
        'cases made of it',
        () => {
          const given = rules();
          return () =>
            syntheticCases({ rules: given, actionTypes: [acting], count: syntheticCount.most, seed: 1 });
        },
      ],
    ]);
  });

  describe('a text', () => {
    const texts: readonly (readonly [name: string, text: () => string])[] = [
      ['of quotes', () => filled('"')],
      ['of quotes and commas', () => filled('"",')],
      ['of fields that stay open', () => filled(',"a')],
      ['of commas', () => filled(',')],
      ['of line ends', () => filled('\r\n')],
      ['of blanks', () => `a${filled(' ', bodyLimit - 2)}b`],
      ['of digits', () => filled('9')],
      ['of colons', () => filled(':')],
      ['of dots', () => filled('1.')],
      ['of marks', () => filled('|<>[]*_`\\')],
      ['of characters beyond the first plane', () => filled('🧨')],
      ['that begins as a time', () => `2026-01-01T00:00:00.${filled('0', bodyLimit - 64)}`],
      ['of keys of hosts', () => filled('@a |1|a|b ssh AAAA\n')],
    ];
    const notice = (text: string): AlertNotice => ({
      tenant_id: 'demo',
      alert_id: text,
      episode: 1,
      what: 'trigger',
      dedup_key: 'k',
      name: 'kill_switch',
      severity: 'critical',
      detail: text,
      at: '2026-01-01T00:00:00.000Z',
      by: text,
      evidence: null,
      runbook: null,
    });
    const story = (text: string): IncidentStory => ({
      id: 'i',
      tenant_id: 'demo',
      severity: 'critical',
      title: text,
      detail: text,
      status: 'open',
      opened_at: text,
      updated_at: text,
      action_id: text,
      entity_id: text,
      cause: { type: text },
      links: [],
    });
    const readers: readonly (readonly [name: string, read: (text: string) => unknown])[] = [
      ['read as CSV', checkIntegrityCsv],
      ['read as a time', (text) => [isISO8601(text), Date.parse(text)]],
      ['read as the time at a place', (text) => localTime(text, 'Europe/London')],
      ['read as a time zone', (text) => quietHoursFaults({ time_zone: text, from: text, to: text }, '')],
      [
        'read as an address',
        (text) => judgeAddress(text, 443, { own: ['127.0.0.1:1'], allowed: ['10.0.0.0/8'] }),
      ],
      ['read as a network', (text) => networkFaults([text, `${text}/8`])],
      ['read as a cursor', (text) => decodeCursor(text, 'list', ['text', 'timestamptz'])],
      ['read as known hosts', (text) => parseKnownHosts(text, 'a', 830)],
      [
        'told by every channel',
        (text) => {
          const one = notice(text);
          const told: { readonly [kind in ChannelKind]: object } = {
            slack: slackMessage(one, null),
            teams: teamsMessage(one, null),
            pagerduty: pagerDutyEvent(one, 'k'),
            email: emailMessage(one, { from: 'a@b.example', to: ['c@d.example'] }),
            github: githubIssue(one),
            webhook: webhookPayload(one),
          };
          return told;
        },
      ],
      ['told in a post-mortem', (text) => postMortem(story(text), [])],
    ];
    describe.each(readers)('%s', (_, read) => {
      holds(
        texts.map(([name, make]): Case => [
          name,
          () => {
            const text = make();
            return () => read(text);
          },
        ]),
      );
    });
  });
});
