import type { ActionIntentV1 } from '@interlock/contracts';
import { tenant, unique } from './names.js';
import type { World } from './world.js';

/** Invalid intents for the bus: the fault, the code of the refusal, and the named violation. */
export const busFaults: readonly {
  readonly what: string;
  readonly code: string;
  readonly pointer: string;
  readonly over: Partial<ActionIntentV1>;
}[] = [
  {
    what: 'of an unknown action type',
    code: 'unknown-action-type',
    pointer: '/action_type',
    over: { action_type: 'no.such.thing' },
  },
  {
    what: 'of another tenant than its subject',
    code: 'wrong-tenant',
    pointer: '/tenant_id',
    over: { tenant_id: 'globex' },
  },
  {
    what: 'with parameters that its type does not know',
    code: 'validation-failed',
    pointer: '/parameters/surprise',
    over: { parameters: { power_raise_db: 3, surprise: 1 } },
  },
];

/**
 * Invalid intents for HTTP: the fault, the status and code of the answer, and the named violations.
 */
export const httpFaults = (
  world: Pick<World, 'intent'>,
  cell: string,
): readonly {
  readonly what: string;
  readonly body: () => unknown;
  readonly status: number;
  readonly code: string;
  readonly pointers?: readonly string[];
}[] => [
  { what: 'no JSON', body: () => '{"intent_id": ', status: 400, code: 'malformed-json' },
  {
    what: 'too much',
    body: () => ({ ...world.intent(cell), entity_id: 'x'.repeat(300 * 1024) }),
    status: 413,
    code: 'payload-too-large',
  },
  {
    what: 'many faults',
    body: () => ({ intent_id: unique('bad'), tenant_id: tenant, confidence_score: 2 }),
    status: 422,
    code: 'validation-failed',
    pointers: [
      '/confidence_score',
      '/account_id',
      '/agent',
      '/action_type',
      '/entity_id',
      '/parameters',
      '/affected_entity_count',
    ],
  },
  {
    what: 'a member that nobody knows',
    body: () => ({ ...world.intent(cell), surprise: 1 }),
    status: 422,
    code: 'validation-failed',
    pointers: ['/surprise'],
  },
  {
    what: 'an unknown action type',
    body: () => world.intent(cell, { action_type: 'no.such.thing' }),
    status: 422,
    code: 'unknown-action-type',
    pointers: ['/action_type'],
  },
  {
    what: 'another tenant',
    body: () => world.intent(cell, { tenant_id: 'globex' }),
    status: 403,
    code: 'wrong-tenant',
  },
];
