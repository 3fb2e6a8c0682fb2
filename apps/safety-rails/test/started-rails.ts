import type { ActionIntentV1 } from '@interlock/contracts';
import { createRelay } from '@interlock/jetstream';
import type { RunningService, ServiceContext } from '@interlock/platform';
import { startParts, testContext, type Parts } from '@interlock/testing';
import { start } from '../src/main.js';
import { StandIns } from './stand-ins.js';

export type StartedRails = {
  readonly parts: Parts;
  readonly rails: RunningService;
  /** Answers for the services that safety-rails asks. */
  readonly stand: StandIns;
  /** Stops safety-rails, then what the test itself gave to it (`own`), then the parts. */
  readonly stop: (own?: () => Promise<void>) => Promise<void>;
};

/**
 * Starts safety-rails on the real log, bus and database, with stand-ins for the services that it
 * asks; `over` makes parts of its context of the test's own.
 */
export const startRails = async (
  environment: ServiceContext['environment'],
  over: (parts: Parts) => Promise<Partial<ServiceContext>> = () => Promise.resolve({}),
): Promise<StartedRails> => {
  const parts = await startParts();
  const own = await over(parts);
  const relay = createRelay({ store: parts.log.store, connection: parts.connection });
  relay.start();
  const stand = new StandIns(parts.connection);
  const rails = await start({ ...testContext(parts, 'safety-rails', environment), ...own });
  return {
    parts,
    rails,
    stand,
    stop: async (own) => {
      await rails.stop();
      await relay.stop();
      await own?.();
      await parts.stop();
    },
  };
};

export type RailsAnswer = { readonly status: number; readonly body: { readonly [name: string]: unknown } };

/** A request to the API of safety-rails with these headers. */
export const requestRails = async (
  { rails }: StartedRails,
  method: string,
  path: string,
  { headers, body }: { readonly headers: { readonly [name: string]: string }; readonly body?: unknown },
): Promise<RailsAnswer> => {
  const response = await fetch(`http://127.0.0.1:${rails.http.port}/api/v1/autonomous${path}`, {
    method,
    headers: { ...headers, ...(body === undefined ? {} : { 'content-type': 'application/json' }) },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const text = await response.text();
  return { status: response.status, body: (text === '' ? {} : JSON.parse(text)) as RailsAnswer['body'] };
};

/**
 * Makes intents of the tenant `demo`, each for a cell of its own, with ids that begin with these
 * letters.
 */
export const intentsOf = (letters: string): ((over?: Partial<ActionIntentV1>) => ActionIntentV1) => {
  let serial = 0;
  return (over = {}) => {
    serial += 1;
    return {
      intent_id: `${letters}-${serial}`,
      tenant_id: 'demo',
      account_id: 'ran',
      agent: 'ran-optimizer',
      action_type: 'cell_failover',
      entity_id: `cell-${serial}`,
      parameters: {},
      affected_entity_count: 3,
      confidence_score: 0.95,
      ...over,
    };
  };
};
