/**
 * The effect of a route on what Interlock allows:
 *
 * - `tightens`: less may run afterwards, or more people are needed. One principal may do it at
 * once.
 * - `loosens`: more may run afterwards, or fewer people are needed. Only a person may call it.
 * - `by_content`: the service compares the states. A loosening becomes a change request.
 * - `neutral`: it decides nothing. It asks, records, reports, drafts or submits.
 */
export const routeEffectNames = ['tightens', 'loosens', 'by_content', 'neutral'] as const;
export type RouteEffect = (typeof routeEffectNames)[number];

/**
 * The effects by method and path, as in the OpenAPI document: `POST /api/v1/changes/{id}/approve`.
 */
export type RouteEffects = { readonly [route: string]: RouteEffect };

const v1 = (effects: RouteEffects): RouteEffects =>
  Object.fromEntries(
    Object.entries(effects).map(([route, effect]) => [route.replace(' /', ' /api/v1/'), effect]),
  );

/**
 * Every documented route that writes. A service does not start with a route that has no row. `GET`
 * and `HEAD` are neutral.
 */
export const routeEffects: RouteEffects = v1({
  'POST /action-types/{actionType}': 'by_content',
  'PUT /action-types/{actionType}': 'by_content',
  'POST /action-types/{actionType}/retire': 'tightens',

  'POST /adapters/netconf/connect': 'neutral',
  'POST /adapters/netconf/execute': 'neutral',
  'POST /adapters/netconf/validate': 'neutral',

  'POST /alerts/alertmanager': 'neutral',
  'PUT /alerts/channels/{id}': 'by_content',
  'DELETE /alerts/channels/{id}': 'by_content',
  'POST /alerts/channels/{id}/reports': 'neutral',
  'POST /alerts/channels/{id}/test': 'neutral',
  'POST /alerts/links/open': 'neutral',
  'PUT /alerts/rotas/{id}': 'by_content',
  'DELETE /alerts/rotas/{id}': 'by_content',
  'POST /alerts/rotas/{id}/overrides': 'by_content',
  'DELETE /alerts/rotas/{id}/overrides/{override_id}': 'by_content',
  'PUT /alerts/routes': 'by_content',
  'POST /alerts/{id}/acknowledge': 'neutral',
  'POST /alerts/{id}/note': 'neutral',
  'POST /alerts/{id}/resolve': 'neutral',
  'POST /alerts/{id}/silence': 'neutral',
  'POST /incidents/{id}/acknowledge': 'neutral',
  'POST /incidents/{id}/note': 'neutral',
  'POST /incidents/{id}/resolve': 'neutral',

  'POST /webhooks': 'neutral',
  'DELETE /webhooks/{id}': 'neutral',
  'POST /webhooks/{id}/replay': 'neutral',
  'POST /webhooks/{id}/secret': 'neutral',
  'POST /webhooks/{id}/test': 'neutral',

  'POST /audit/people/lookup': 'neutral',
  'DELETE /audit/people/{person}': 'neutral',

  'POST /autonomous/actions': 'neutral',
  'POST /autonomous/actions/{id}/approve': 'loosens',
  'POST /autonomous/actions/{id}/cancel': 'tightens',
  'POST /autonomous/actions/{id}/confirm': 'loosens',
  'POST /autonomous/actions/{id}/extend': 'loosens',
  'POST /autonomous/actions/{id}/feedback': 'neutral',
  'POST /autonomous/actions/{id}/reject': 'tightens',
  'POST /autonomous/actions/{id}/rollback': 'tightens',
  'POST /autonomous/plans': 'neutral',
  'POST /autonomous/plans/{id}/approve': 'loosens',
  'POST /autonomous/plans/{id}/cancel': 'tightens',
  'POST /autonomous/plans/{id}/reject': 'tightens',
  'POST /autonomous/agents': 'by_content',
  'POST /autonomous/agents/{name}/revoke': 'tightens',
  'POST /autonomous/agents/{name}/rotate': 'by_content',
  'POST /autonomous/digital-twin/predict': 'neutral',
  'POST /autonomous/digital-twin/traces/import': 'neutral',
  'DELETE /autonomous/digital-twin/traces/{id}': 'loosens',
  'POST /autonomous/kill-switch': 'by_content',
  'POST /autonomous/kill-switch/break-glass': 'tightens',
  'POST /autonomous/tenants': 'by_content',
  'POST /autonomous/tenants/{tenant}/credentials': 'by_content',
  'POST /autonomous/tenants/{tenant}/credentials/revoke': 'tightens',
  'POST /autonomous/tenants/{tenant}/remove': 'tightens',
  'POST /autonomous/tenants/{tenant}/resume': 'by_content',
  'POST /autonomous/tenants/{tenant}/suspend': 'tightens',

  'PUT /autonomy/auto-approval': 'by_content',
  'PUT /autonomy/budget': 'by_content',
  'DELETE /autonomy/budget': 'by_content',
  'PUT /autonomy/config': 'by_content',
  'DELETE /autonomy/config': 'by_content',
  'PUT /autonomy/limits': 'by_content',
  'PUT /autonomy/earned/target': 'by_content',
  'POST /autonomy/earned/lift': 'loosens',
  'POST /autonomy/earned/refuse': 'tightens',
  'POST /autonomy/earned/sign': 'loosens',
  'POST /autonomy/earned/step-down': 'tightens',
  'PUT /autonomy/thresholds/{action_type}': 'by_content',
  'DELETE /autonomy/thresholds/{action_type}': 'by_content',
  'POST /autonomy/thresholds/{action_type}/sign': 'loosens',

  'PUT /changes/required-people': 'by_content',
  'POST /changes/{id}/approve': 'loosens',
  'POST /changes/{id}/break-glass': 'loosens',
  'POST /changes/{id}/reject': 'tightens',

  'POST /devices': 'loosens',
  'POST /devices/validate': 'neutral',
  'PUT /devices/{id}': 'by_content',
  'DELETE /devices/{id}': 'tightens',
  'POST /devices/{id}/drift/adopt': 'neutral',
  'POST /devices/{id}/drift/check': 'neutral',
  'POST /devices/{id}/qualify': 'neutral',
  'POST /devices/{id}/release': 'loosens',
  'PUT /devices/{id}/bindings': 'by_content',
  'POST /device-bindings': 'loosens',
  'POST /device-bindings/check': 'neutral',
  'DELETE /device-bindings/{name}': 'tightens',

  'POST /mcp/servers': 'by_content',
  'POST /calls/{action_id}/status': 'neutral',
  'POST /mcp/servers/look': 'neutral',
  'POST /mcp/servers/{server}/look': 'neutral',
  'POST /mcp/servers/{server}/retire': 'tightens',
  'POST /mcp/servers/{server}/tools/{tool}/confirm': 'by_content',

  'POST /people': 'by_content',
  'DELETE /people/{id}': 'tightens',
  'POST /people/{id}/link': 'by_content',
  'DELETE /sessions': 'tightens',
  'DELETE /sessions/{id}': 'tightens',

  'POST /policies/{tenantId}': 'by_content',
  'POST /policies/{tenantId}/evaluate': 'neutral',
  'PATCH /policies/{tenantId}/{policyId}': 'by_content',
  'POST /policy/analyse': 'neutral',
  'POST /policy/bundles': 'neutral',
  'POST /policy/bundles/import': 'neutral',
  'PUT /policy/bundles/{id}': 'neutral',
  'DELETE /policy/bundles/{id}': 'neutral',
  'POST /policy/bundles/{id}/activate': 'by_content',
  'POST /policy/bundles/{id}/adopt': 'loosens',
  'POST /policy/bundles/{id}/approvals': 'loosens',
  'POST /policy/bundles/{id}/check-gates': 'neutral',
  'POST /policy/bundles/{id}/clone': 'neutral',
  'POST /policy/bundles/{id}/flip-list': 'neutral',
  'POST /policy/bundles/{id}/holds': 'tightens',
  'DELETE /policy/bundles/{id}/holds': 'loosens',
  'POST /policy/bundles/{id}/promote': 'loosens',
  'POST /policy/bundles/{id}/rollback': 'by_content',
  'POST /policy/bundles/{id}/schedule': 'loosens',
  'DELETE /policy/bundles/{id}/schedule': 'tightens',
  'POST /policy/bypass': 'loosens',
  'DELETE /policy/bypass': 'tightens',
  'POST /policy/lint': 'neutral',
  'PUT /policy/lint/settings': 'by_content',
  'PUT /policy/rollout/settings': 'by_content',
  'PUT /policy/signing': 'by_content',
  'POST /policy/simulate': 'neutral',
  'POST /policy/simulate/compare': 'neutral',
  'DELETE /policy/simulate/runs/{id}': 'neutral',
  'POST /policy/suggestions/{id}/draft': 'neutral',
  'PUT /policy/teams/{teamId}': 'by_content',

  'POST /posture/brake/engage': 'tightens',
  'POST /posture/brake/release': 'loosens',
  'PUT /posture/config': 'by_content',
  'POST /posture/evaluate': 'neutral',
  'PUT /posture/signals/{name}': 'neutral',
  'POST /posture/trust/lock': 'tightens',
  'POST /posture/trust/reset-unlocks': 'loosens',
  'POST /posture/trust/unlock': 'loosens',
  'PUT /retention': 'by_content',

  'POST /responses/run': 'neutral',
  'POST /responses/{id}/undo': 'loosens',
});

/** The endpoints of other protocols, which are not in the OpenAPI document. */
const doors: RouteEffects = {
  'POST /mcp/{server}': 'neutral',
  'DELETE /mcp/{server}': 'neutral',
};

const isRead = (method: string): boolean => ['GET', 'HEAD', 'OPTIONS'].includes(method);

/**
 * Returns the effect of a route; undefined if the table has no row for it. `path` may contain a
 * parameter as `{id}` or `:id`.
 */
export const routeEffect = (
  method: string,
  path: string,
  effects: RouteEffects = routeEffects,
): RouteEffect | undefined => {
  const verb = method.toUpperCase();
  const row = `${verb} ${path.replaceAll(/:(\w+)/g, '{$1}')}`;
  if (isRead(verb)) return 'neutral';
  return [effects, doors].find((table) => Object.hasOwn(table, row))?.[row];
};
