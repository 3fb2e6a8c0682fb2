// The table of services that every form of deployment is made from.
const optional = (name) => `\${${name}:-}`;
const all = (...names) => Object.fromEntries(names.map((name) => [name, optional(name)]));

/** Where a container finds the files that `init` made for it. */
export const given = '/run/interlock';

/**
 * The settings that each service has beside the common ones. `volumes` are by their place inside.
 * `outside` are the TCP ports that the service opens beyond the installation: to `devices` at any
 * address, or to `public` ones. `callHome` are the ports for devices that open the connection
 * themselves, by the component of Kubernetes that opens each, with the variable that sets it. `lag`
 * is the bus consumer whose backlog more instances work off.
 */
export const services = {
  relay: {},
  'policy-registry': {
    environment: { BUNDLE_KEYS_FILE: `\${BUNDLE_KEYS_FILE:-${given}/bundle-keys.json}` },
  },
  'policy-evaluator': {},
  'digital-twin': { lag: 'digital-twin-actions' },
  'budget-ledger': { lag: 'budget-ledger-actions' },
  posture: { lag: 'posture-signals' },
  'netconf-gateway': {
    environment: {
      NETCONF_GATEWAY_KEY_FILE: `${given}/gateway-key`,
      NETCONF_CREDENTIALS_DIR: '/data/credentials',
    },
    volumes: { '/data/credentials': '${DEVICE_CREDENTIALS_DIR:-device-credentials}:ro' },
    // NETCONF over SSH and over TLS.
    outside: { to: 'devices', ports: [830, 6513] },
    callHome: {
      'call-home': { variable: 'NETCONF_CALL_HOME_PORT', port: 4334 },
      'call-home-tls': { variable: 'NETCONF_CALL_HOME_TLS_PORT', port: 4335 },
    },
  },
  'agent-gateway': {
    environment: {
      AGENT_GATEWAY_KEY_FILE: `${given}/agent-gateway-key`,
      AGENT_SECRETS_DIR: '/data/secrets',
      ...all('AGENT_ALLOWED_NETWORKS'),
    },
    volumes: { '/data/secrets': '${HANDLER_SECRETS_DIR:-handler-secrets}:ro' },
    outside: { to: 'public', ports: [443] },
  },
  alerting: {
    environment: {
      ALERTMANAGER_TOKEN_FILE: `${given}/alertmanager-token`,
      ALERTING_LINK_KEY_FILE: `${given}/link-key`,
      ALERTING_STATE_DIR: '/data/state',
      ALERTING_SECRETS_DIR: '/data/secrets',
      ...all('ALERTING_ALLOWED_NETWORKS', 'ALERTING_CA_FILE', 'ALERTING_HEARTBEAT_URL'),
    },
    volumes: {
      '/data/state': 'alerting-state',
      '/data/secrets': '${CHANNEL_SECRETS_DIR:-channel-secrets}:ro',
    },
    // HTTPS, and mail over TLS.
    outside: { to: 'public', ports: [443, 465, 587] },
  },
  audit: {
    environment: {
      AUDIT_ORIGIN: '${AUDIT_ORIGIN:-interlock.local/tree}',
      AUDIT_KEY_DIR: '/data/keys',
      AUDIT_STATE_DIR: '/data/state',
      AUDIT_MIRROR_DIR: '/data/mirror',
      AUDIT_ARCHIVE: '${AUDIT_ARCHIVE:-/data/archive}',
      ...all(
        'AUDIT_MIRROR_GIT',
        'AUDIT_WITNESSES',
        'AUDIT_TSA_URL',
        'AUDIT_TSA_CA',
        'AUDIT_ARCHIVE_S3_ENDPOINT',
        'AUDIT_ARCHIVE_S3_REGION',
        'AUDIT_ARCHIVE_S3_ACCESS_KEY_ID',
        'AUDIT_ARCHIVE_S3_SECRET_ACCESS_KEY',
      ),
    },
    volumes: {
      '/data/keys': 'audit-keys',
      '/data/state': 'audit-state',
      '/data/mirror': 'audit-mirror',
      '/data/archive': 'audit-archive',
    },
  },
  'safety-rails': {
    environment: {
      CHANGE_REQUIRED_PEOPLE: '${CHANGE_REQUIRED_PEOPLE:-2}',
      ...all('KILL_SWITCH_BREAK_GLASS_KEYS'),
    },
    lag: 'safety-rails-intents',
  },
};

/** The variable that says how many instances of a service run. */
export const replicasOf = (service) => `${service.toUpperCase().replaceAll('-', '_')}_REPLICAS`;

/** The address at which browsers and agents reach the edge. */
const publicUrl = '${INTERLOCK_PUBLIC_URL:-http://localhost:${INTERLOCK_PORT:-8080}}';

/** The variables of every container that accepts tokens. Agents' proofs name the edge's address. */
export const tokens = {
  INTERLOCK_PUBLIC_URL: publicUrl,
  INTERLOCK_AUTH_FILE: `${given}/auth.json`,
  ...all('INTERLOCK_ISSUER', 'INTERLOCK_JWKS_URL', 'INTERLOCK_PERSON_CLAIM'),
  INTERLOCK_AUDIENCE: '${INTERLOCK_AUDIENCE:-interlock}',
  INTERLOCK_ROLES_CLAIM: '${INTERLOCK_ROLES_CLAIM:-roles}',
  INTERLOCK_TENANT_CLAIM: '${INTERLOCK_TENANT_CLAIM:-tenant}',
};

/** The variables of a reader of the log, who is a user of the container's own name. */
export const log = {
  EVENT_STORE_URL: `esdb://\${EVENT_STORE:-event-store}:2113?tls=true&tlsCAFile=${given}/log-ca.crt`,
  EVENT_STORE_PASSWORD_FILE: `${given}/log-password`,
  // Each service signs its events with a key of its own, and checks those of the others.
  EVENT_KEYS_DIR: given,
};

/** The variables of a client of the bus, which refuses a server without TLS. */
export const bus = {
  NATS_URL: 'nats://nats:4222',
  NATS_PASSWORD_FILE: `${given}/nats-password`,
  NATS_CA_FILE: `${given}/bus-ca.crt`,
};

export const telemetry = all('OTEL_EXPORTER_OTLP_ENDPOINT', 'LOG_LEVEL');

/** The login at the identity provider; without a client people log in by invitation. */
export const login = {
  INTERLOCK_PUBLIC_URL: publicUrl,
  ...all(
    'INTERLOCK_OIDC_CLIENT_ID',
    'INTERLOCK_OIDC_CLIENT_SECRET',
    'INTERLOCK_OIDC_NAME',
    'INTERLOCK_OIDC_SCOPE',
    'INTERLOCK_OIDC_RESOURCE',
    'INTERLOCK_OIDC_CLI_CLIENT_ID',
  ),
};
