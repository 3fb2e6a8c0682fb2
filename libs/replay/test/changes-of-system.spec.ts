import { describe, expect, it } from '@jest/globals';
import { registryStream, systemTenant } from '@interlock/contracts';
import { changeStream, type RecordedEvent } from '@interlock/kernel';
import { tenantDecider, tenantLoosens } from '@interlock/rails';
import { Replay } from '../src/index.js';
import { writeSetting } from './simulated-log/changes.ts';
import { Journal, person, tenant } from './simulated-log/journal.ts';

const log = new Journal(1);
const stream = registryStream(tenant);
log.tell(stream, tenantDecider, { kind: 'create', tenant_id: tenant }, person('ann'));
writeSetting(
  log,
  { stream, decider: tenantDecider, loosens: tenantLoosens },
  {
    kind: 'register',
    credential: 'service:nats.demo.upstream',
    agents: ['*'],
    accounts: ['*'],
    public_key: null,
  },
  person('ann'),
  person('bob'),
);
const told = log.out.filter((event) => /^(?:change|tenant)-/.test(event.stream));
/** The change request is in the system's log, as credentials of tenants have it. */
const whole: readonly RecordedEvent[] = told.map((event) => {
  const id = event.stream.split(`${changeStream(tenant, '')}`)[1];
  return id === undefined
    ? event
    : {
        ...event,
        stream: changeStream(systemTenant, id),
        metadata: { ...event.metadata, tenant_id: systemTenant },
      };
});
const isSystem = (event: RecordedEvent): boolean => event.metadata.tenant_id === systemTenant;

const replayed = (events: readonly RecordedEvent[]) => {
  const replay = new Replay({ whole: true });
  for (const event of events) if (!replay.take(event)) break;
  const { difference, unchecked } = replay.end();
  return { difference, unchecked: unchecked['change'] ?? 0 };
};

describe('a credential of a tenant, which people of the system approve', () => {
  it('is checked in the log of all tenants', () => {
    expect(whole.filter(isSystem)).toHaveLength(3);
    expect(replayed(whole)).toEqual({ difference: null, unchecked: 0 });
  });

  it("counts as not checked in the tenant's own log and in the system's", () => {
    for (const own of [whole.filter((event) => !isSystem(event)), whole.filter(isSystem)])
      expect(replayed(own)).toEqual({ difference: null, unchecked: expect.any(Number) });
    expect(replayed(whole.filter((event) => !isSystem(event))).unchecked).toBeGreaterThan(0);
    expect(replayed(whole.filter(isSystem)).unchecked).toBeGreaterThan(0);
  });

  it('is found where the log of all tenants holds other changes, and not this one', () => {
    const other = new Journal(2);
    writeSetting(
      other,
      { stream, decider: tenantDecider, loosens: () => [{ pointer: '', detail: 'is new' }] },
      { kind: 'create', tenant_id: tenant },
      person('ann'),
      person('bob'),
    );
    const forged = whole.filter((event) => !isSystem(event));
    const [asked] = other.out;
    const elsewhere = {
      ...asked!,
      stream: changeStream(systemTenant, 'c0000000-0000-5000-8000-000000000000'),
      metadata: { ...asked!.metadata, tenant_id: systemTenant },
    };
    expect(replayed([elsewhere, ...forged]).difference).toMatchObject({ kind: 'change' });
  });

  it('is found where the change names a setting of the tenant that no event has', () => {
    const applied = whole.filter(({ type }) => type !== 'CredentialIssued');
    expect(replayed(applied).difference).toMatchObject({ kind: 'change' });
  });
});
