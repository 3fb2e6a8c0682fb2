/** The routes that the specification names; the document may have more. */
export const namedRoutes: readonly string[] = [
  ...['', '/{id}', '/{id}/timeline'].map((end) => `GET /api/v1/autonomous/actions${end}`),
  ...['', '/{id}/confirm', '/{id}/approve', '/{id}/reject', '/{id}/cancel'].map(
    (end) => `POST /api/v1/autonomous/actions${end}`,
  ),
  'POST /api/v1/autonomous/kill-switch',
  'GET /api/v1/autonomous/status',
  'POST /api/v1/autonomous/digital-twin/predict',
  'POST /api/v1/policies/{tenantId}/evaluate',
  'POST /api/v1/policies/{tenantId}',
  'POST /api/v1/policy/bundles',
  'POST /api/v1/policy/bundles/{id}/approvals',
  'POST /api/v1/policy/bundles/{id}/activate',
  ...['config', 'auto-approval', 'budget'].flatMap((what) => [
    `GET /api/v1/autonomy/${what}`,
    `PUT /api/v1/autonomy/${what}`,
  ]),
  'GET /api/v1/autonomy/budget/state',
  'GET /api/v1/posture',
  'GET /api/v1/audit/streams/{stream}',
  'GET /api/v1/audit/events',
];
