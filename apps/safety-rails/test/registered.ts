import { systemTenant, tenantOfUser, throughChange } from '@interlock/contracts';
import type { RunningService } from '@interlock/platform';
import type { TestIssuer } from '@interlock/testing';

/** Where safety-rails listens, in this process or in one of its own. */
type Listening = { readonly http: Pick<RunningService['http'], 'port'> };

type Answer = { readonly status: number; readonly body: { readonly [name: string]: unknown } };

const callAs = async (
  rails: Listening,
  issuer: TestIssuer,
  who: { readonly sub: string; readonly tenant: string; readonly kind?: 'service' },
  method: string,
  path: string,
  body?: object,
): Promise<Answer> => {
  const headers = await issuer.person(['AUTONOMY_ADMIN', 'AUTONOMOUS_READ'], who);
  const response = await fetch(`http://127.0.0.1:${rails.http.port}/api/v1${path}`, {
    method,
    headers: { ...headers, ...(body === undefined ? {} : { 'content-type': 'application/json' }) },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  return { status: response.status, body: (await response.json()) as Answer['body'] };
};

/** Another person of the tenant approves a change request. Throws if that is refused. */
export const approveChange = async (
  rails: Listening,
  issuer: TestIssuer,
  tenant: string,
  { change_id, digest }: { readonly change_id: string; readonly digest: string },
): Promise<void> => {
  const second = { sub: 'second', tenant };
  const { status, body } = await callAs(rails, issuer, second, 'POST', `/changes/${change_id}/approve`, {
    digest,
  });
  if (status !== 200 || body['status'] !== 'applied') throw new Error(JSON.stringify(body));
};

/** Calls the registration of tenants as a person of the installation; nobody else approves. */
const askSystem = (
  rails: Listening,
  issuer: TestIssuer,
  method: string,
  path: string,
  body?: object,
): Promise<Answer> =>
  callAs(
    rails,
    issuer,
    { sub: 'operator', tenant: systemTenant },
    method,
    `/autonomous/tenants${path}`,
    body,
  );

/** Calls the registration of tenants; what loosens is approved by another person. */
export const asSystem = (
  rails: Listening,
  issuer: TestIssuer,
  method: string,
  path: string,
  body?: object,
): Promise<Answer> =>
  throughChange(
    () => askSystem(rails, issuer, method, path, body),
    (change) => approveChange(rails, issuer, systemTenant, change),
  );

/** Registers a user of the bus, and its tenant, for these agents and accounts. */
export const registerUser = async (
  rails: Listening,
  issuer: TestIssuer,
  user: string,
  names: { readonly agents: readonly string[]; readonly accounts: readonly string[] } = {
    agents: ['*'],
    accounts: ['*'],
  },
): Promise<void> => {
  const tenant = tenantOfUser(user)!;
  for (const [path, body] of [
    ['', { name: tenant }],
    [`/${tenant}/credentials`, { kind: 'bus', name: user, ...names }],
  ] as const) {
    const { status, body: answer } = await asSystem(rails, issuer, 'POST', path, body);
    if (status !== 200) throw new Error(JSON.stringify(answer));
  }
};
