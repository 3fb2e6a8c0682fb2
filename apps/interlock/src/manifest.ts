/** Every service, and the prefixes that the edge sends to it; the longest prefix wins. */
export const manifest = [
  { service: 'relay', prefixes: [] },
  { service: 'policy-registry', prefixes: ['/api/v1/policies', '/api/v1/policy', '/api/v1/action-types'] },
  { service: 'policy-evaluator', prefixes: ['/api/v1/policies/:tenant/evaluate'] },
  { service: 'digital-twin', prefixes: ['/api/v1/autonomous/digital-twin'] },
  { service: 'budget-ledger', prefixes: ['/api/v1/autonomy'] },
  { service: 'posture', prefixes: ['/api/v1/posture', '/api/v1/responses'] },
  {
    service: 'netconf-gateway',
    prefixes: ['/api/v1/adapters/netconf', '/api/v1/devices', '/api/v1/device-bindings', '/api/v1/topology'],
  },
  { service: 'agent-gateway', prefixes: ['/mcp', '/api/v1/mcp', '/api/v1/calls'] },
  { service: 'alerting', prefixes: ['/api/v1/alerts', '/api/v1/incidents', '/api/v1/webhooks'] },
  { service: 'audit', prefixes: ['/api/v1/audit'] },
  { service: 'safety-rails', prefixes: ['/api/v1/autonomous', '/api/v1/changes', '/api/v1/retention'] },
] as const;
export type ServiceName = (typeof manifest)[number]['service'];
