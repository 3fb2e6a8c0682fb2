import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';

const document = JSON.parse(readFileSync(new URL('../../../docs/openapi.json', import.meta.url), 'utf8')) as {
  readonly paths: { readonly [path: string]: object };
};
const routes = Object.entries(document.paths).flatMap(([path, methods]) =>
  Object.keys(methods).map((method) => `${method.toUpperCase()} ${path}`),
);

const folder = new URL('../src/', import.meta.url);
const sources = readdirSync(folder, { recursive: true, encoding: 'utf8' })
  .filter((name) => /\.tsx?$/.test(name))
  .map((name) => readFileSync(new URL(name, folder), 'utf8'));

/** Routes that the console names outside its typed client: streams, workers and sessions. */
const named: readonly (readonly [route: string, by: string])[] = [
  ['GET /api/v1/live', '`/api/v1/live?'],
  ['GET /api/v1/sessions', "ask('GET', undefined, '/api/v1/sessions')"],
  ['DELETE /api/v1/sessions/{id}', '`/api/v1/sessions/${'],
  ['GET /api/v1/audit/access', '`/api/v1/audit/${list}`'],
  ['GET /api/v1/audit/overrides', '`/api/v1/audit/${list}`'],
  ['GET /api/v1/audit/who', '`/api/v1/audit/${list}`'],
  ['GET /api/v1/audit/export', "'/api/v1/audit/export'"],
  ['GET /api/v1/audit/proofs/consistency', "'/api/v1/audit/proofs/consistency'"],
  ['GET /api/v1/audit/proofs/inclusion', "'/api/v1/audit/proofs/inclusion'"],
];

/** Routes without a control, each with its reason. */
const without: { readonly [route: string]: string } = {
  'PUT /api/v1/action-types/{actionType}':
    'the form of the page posts each further version, which needs no revision',
  'POST /api/v1/adapters/netconf/connect':
    'a person looks at the device by its page, which opens the session',
  'POST /api/v1/adapters/netconf/execute':
    'an action goes through every gate; the console asks for nothing beside them',
  'POST /api/v1/adapters/netconf/validate': 'the plan of an action shows what was validated',
  'POST /api/v1/alerts/alertmanager': 'Alertmanager calls it',
  'GET /api/v1/alerts/channels/{id}': 'the list of channels holds the same',
  'POST /api/v1/alerts/channels/{id}/reports': 'a schedule sends reports, by `interlock report weekly`',
  'GET /api/v1/alerts/check': 'monitoring asks it; the list of alerts shows them',
  'GET /api/v1/alerts/rotas/{id}': 'the list of rotas holds the same',
  'GET /api/v1/audit/archive': 'only tenant `_system` asks it, by `interlock audit archive`',
  'GET /api/v1/audit/checkpoint':
    'the export that a browser verifies holds it; monitors and witnesses read it',
  'GET /api/v1/audit/events': 'the log is browsed by `GET /api/v1/audit/browse`',
  'GET /api/v1/audit/tiles/entries/{index}': 'monitors read tiles',
  'GET /api/v1/audit/tiles/{level}/{index}': 'witnesses and mirrors read tiles',
  'GET /api/v1/autonomous/actions/records': 'an auditor compares records with the log, by the CLI',
  'GET /api/v1/autonomous/actions/stream': 'the console listens to the one live stream',
  'POST /api/v1/autonomous/agents':
    'it answers a secret key, which a program stores; `interlock agents` creates it',
  'POST /api/v1/autonomous/agents/{name}/rotate': 'it answers a secret key, which a program stores',
  'DELETE /api/v1/autonomous/digital-twin/traces/{id}':
    'a data protection officer forgets a trace, by `interlock twin forget`',
  'GET /api/v1/autonomous/kill-switch': 'the overview reads the status and each receipt',
  'POST /api/v1/autonomous/kill-switch/break-glass': 'it works without a session, with a key that is offline',
  'POST /api/v1/autonomous/plans': 'agents submit plans',
  'POST /api/v1/autonomous/tenants': 'the operator of the system creates tenants, by `interlock tenants`',
  'POST /api/v1/autonomous/tenants/{tenant}/remove': 'the operator of the system removes tenants',
  'POST /api/v1/autonomous/tenants/{tenant}/resume': 'the operator of the system resumes tenants',
  'POST /api/v1/autonomous/tenants/{tenant}/suspend': 'the operator of the system suspends tenants',
  'POST /api/v1/calls/{action_id}/status': 'the page of the action shows what the handler answered',
  'DELETE /api/v1/sessions': 'the console ends them with its own session, by `DELETE /session?all`',
  'POST /api/v1/device-bindings/check': 'it takes YANG files, by `interlock bindings check`',
  'GET /api/v1/device-bindings/{name}': 'authors of bindings read the file, by `interlock bindings`',
  'POST /api/v1/devices/validate': 'the form sends the registration, which is checked the same way',
  'GET /api/v1/devices/{id}/nacm': 'operators of the device load the rules, by `interlock devices nacm`',
  'GET /api/v1/incidents/stream': 'the console listens to the one live stream',
  'POST /api/v1/mcp/servers/look': 'it starts a program of the operator, by `interlock mcp add`',
  'GET /api/v1/mcp/servers/{server}': 'the list of servers holds the same',
  'GET /api/v1/policies/{tenantId}/{policyId}': 'the list of policies holds the same',
  'GET /api/v1/policies/{tenantId}/{policyId}/versions/{version}':
    'the list of versions and the comparison hold the same',
  'POST /api/v1/policy/analyse': 'the studio answers the same questions in the browser',
  'GET /api/v1/policy/bundles/version/{version}': 'bundles are opened by their id',
  'POST /api/v1/policy/bundles/{id}/check-gates': 'the status of the canary holds the readings of its gates',
  'GET /api/v1/policy/bundles/{id}/diff/{other_id}':
    'the studio compares drafts in the browser, before they are saved',
  'GET /api/v1/policy/bundles/{id}/export/download': 'the studio saves the same file',
  'GET /api/v1/policy/bundles/{id}/history': 'the audit page follows the stream of a bundle',
  'GET /api/v1/policy/bundles/{id}/lint': 'the studio lints in the browser, as the text is typed',
  'POST /api/v1/policy/lint': 'the studio lints in the browser, as the text is typed',
  'GET /api/v1/policy/schema': 'editors outside the console read it',
  'GET /api/v1/policy/signing/keys': 'who imports elsewhere reads them',
  'GET /api/v1/policy/simulate/fixtures':
    '`interlock policy simulate` lists them; the studio names the dataset',
  'GET /api/v1/policy/simulate/runs/{id}/events': 'the studio asks how far a run is',
  'GET /api/v1/posture/config/history': 'the audit page follows the stream of the configuration',
  'GET /api/v1/posture/runs': 'the history of the posture shows each level',
  'GET /api/v1/posture/signals': 'the posture itself holds its signals with their sources',
  'PUT /api/v1/posture/signals/{name}': 'sources report signals with their own credential',
  'GET /api/v1/responses/{id}': 'the list of responses holds the same',
  'GET /api/v1/webhooks/{id}': 'the list of webhooks holds the same',
  'POST /api/v1/webhooks/{id}/secret':
    'a secret is printed where programs are configured, by `interlock webhooks`',
  'GET /api/v1/whoami': 'the session says who is signed in',
};

const called = sources.flatMap((text) => [
  ...[...text.matchAll(/'(put|post|patch|delete)',\s*'(\/api\/[^']+)'/g)].map(
    ([, method = '', path = '']) => `${method.toUpperCase()} ${path}`,
  ),
  ...[...text.matchAll(/\bpost: '(\/api\/[^']+)'/g)].map(([, path = '']) => `POST ${path}`),
  ...[...text.matchAll(/\b(?:read|readText|routeQuery)\(\s*'(\/api\/[^']+)'/g)].map(
    ([, path = '']) => `GET ${path}`,
  ),
]);

describe('the routes of the API', () => {
  it('each have a control in the console, or a reason for having none', () => {
    const reached = new Set([...called, ...named.map(([route]) => route)]);
    expect(routes.filter((route) => !reached.has(route)).sort()).toEqual(Object.keys(without).sort());
  });

  it('include all that the console calls', () =>
    expect(called.filter((route) => !routes.includes(route))).toEqual([]));

  it.each(named)('%s is asked for by its address', (_route, by) =>
    expect(sources.some((text) => text.includes(by))).toBe(true),
  );
});
