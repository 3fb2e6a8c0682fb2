import { afterAll, beforeAll, beforeEach } from '@jest/globals';
import { subject, type ActionIntentV1, type Scope, type TenantLimits } from '@interlock/contracts';
import { actionIdOf, collect } from '@interlock/kernel';
import { until } from '@interlock/testing';
import { JSONCodec } from 'nats';
import { registerUser } from './registered.js';
import { intentsOf, requestRails, startRails, type RailsAnswer, type StartedRails } from './started-rails.js';

export const json = JSONCodec();
export const scopes: readonly Scope[] = [
  'AUTONOMOUS_READ',
  'AUTONOMOUS_SUBMIT',
  'AUTONOMOUS_APPROVE',
  'AUTONOMOUS_KILL',
];
type Who = {
  sub?: string;
  kind?: 'person' | 'service';
  tenant?: string;
  scopes?: readonly Scope[];
  headers?: { readonly [name: string]: string };
};
type Call = (method: string, path: string, body?: unknown, who?: Who) => Promise<RailsAnswer>;
type View = {
  state: string;
  waiting_for: string | null;
  reasons: { code: string }[];
  gates: { gate: string; verdict: string }[];
  steps: { step: string; verdict: string }[];
  window: { digest: string } | null;
  approval: { digest: string } | null;
};

const environment = { SAFETY_RAILS_SWEEP_S: '0.5', SAFETY_RAILS_WORKERS: '8' };
export const intent = intentsOf('i');
export const event = (data: object, over: object = {}): object => ({
  specversion: '1.0',
  type: 'interlock.action_intent.v1',
  source: 'test',
  id: (data as { intent_id?: string }).intent_id,
  time: new Date().toISOString(),
  datacontenttype: 'application/json',
  data,
  ...over,
});
/**
 * An instance of safety-rails on the real log, bus and database; the services that it asks are
 * stood in for.
 */
type RailsWorld = Omit<StartedRails, 'stop'> & {
  readonly publish: (body: object, tenant?: string) => Promise<void>;
  readonly call: Call;
  readonly view: (of: ActionIntentV1) => Promise<View>;
  readonly reaches: (of: ActionIntentV1, state: string) => Promise<View>;
  readonly typesOf: (of: ActionIntentV1) => Promise<readonly string[]>;
};

/**
 * Starts that world before a file's tests, with settings and a tenant's limits of the file's own,
 * and stops it after them; before each test everything is well and allowed.
 */
export const railsWorld = (
  over: { readonly [name: string]: string } = {},
  limits: TenantLimits = {},
): RailsWorld => {
  let started: StartedRails;

  const publish = async (body: object, tenant = 'demo'): Promise<void> => {
    await started.parts.connection
      .jetstream()
      .publish(subject({ kind: 'intents', tenant, user: `${tenant}.app` }), json.encode(body));
  };

  const call: Call = async (method, path, body, who = {}) => {
    const headers = await started.parts.issuer.person(who.scopes ?? scopes, {
      sub: who.sub ?? 'anna',
      kind: who.kind ?? 'person',
      tenant: who.tenant ?? 'demo',
    });
    return requestRails(started, method, path, { headers: { ...headers, ...who.headers }, body });
  };
  const view = async (of: ActionIntentV1): Promise<View> => {
    const { status, body } = await call('GET', `/actions/${actionIdOf('demo', of.intent_id)}`);
    if (status !== 200) throw new Error(`${status}`);
    return body as unknown as View;
  };
  const reaches = (of: ActionIntentV1, state: string): Promise<View> =>
    until(async () => {
      const seen = await view(of);
      return seen.state === state ? seen : false;
    }, `${of.intent_id} is ${state}`);
  const typesOf = async (of: ActionIntentV1): Promise<readonly string[]> =>
    (await collect(started.parts.log.store.read(`action-demo:${actionIdOf('demo', of.intent_id)}`))).map(
      (e) => e.type,
    );

  beforeAll(async () => {
    started = await startRails({ ...environment, ...over });
    Object.assign(started.stand.tenantLimits, limits);
    await registerUser(started.rails, started.parts.issuer, 'demo.app');
  });
  afterAll(() => started.stop());
  beforeEach(() => {
    Object.assign(started.stand, {
      posture: 'GREEN',
      mode: 'AUTO_EXECUTE',
      decision: 'ALLOW',
      budget: 1000,
      device: { drop: -5, applied: 0 },
    });
    started.stand.limits = {
      max_affected_entities: null,
      min_confidence: null,
      confirmation_window_s: null,
      confirm_above_entities: null,
      on_elapse: 'proceed',
      window_policy: null,
    };
  });
  return {
    get parts() {
      return started.parts;
    },
    get rails() {
      return started.rails;
    },
    get stand() {
      return started.stand;
    },
    publish,
    call,
    view,
    reaches,
    typesOf,
  };
};
