import { existsSync, readFileSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';

import { rules as alertRules } from '@interlock/alerting';
import { logRights, severities } from '@interlock/contracts';
import { describe, expect, it } from '@jest/globals';

import { variablesOf } from '../docs/configuration.mjs';
import { metricsOf, readData } from '../deploy/read.mjs';
import { root } from '../run/node.mjs';
import { readProjects } from '../run/workspace.mjs';

type Service = {
  image?: string;
  command?: string[];
  volumes?: string[];
  build?: { dockerfile: string };
  environment?: Record<string, unknown>;
  depends_on?: Record<string, unknown>;
};
type Compose = { services: Record<string, Service>; volumes: Record<string, unknown> };

/** The services of docs/architecture.md, and the edge in front of them. */
const services = [
  'policy-registry',
  'policy-evaluator',
  'digital-twin',
  'safety-rails',
  'netconf-gateway',
  'agent-gateway',
  'budget-ledger',
  'alerting',
  'posture',
  'audit',
  'relay',
  'edge',
];

function filesIn(folder: string): string[] {
  return readdirSync(join(root, folder), { withFileTypes: true }).flatMap((entry) =>
    entry.isDirectory() ? filesIn(`${folder}/${entry.name}`) : [`${folder}/${entry.name}`],
  );
}

function sources(): string {
  return readProjects(root)
    .flatMap(({ folder }) => (existsSync(join(root, folder, 'src')) ? filesIn(`${folder}/src`) : []))
    .map((file) => readFileSync(join(root, file), 'utf8'))
    .join('\n');
}

type Recording = { groups: { rules: { record: string; expr: string }[] }[] };
const recordings = (readData('deploy/prometheus/rules.yml') as Recording).groups.flatMap(
  ({ rules }) => rules,
);
const recorded = new Set(recordings.map(({ record }) => record));

function unknownMetrics(expressions: readonly string[]): string[] {
  const code = sources();
  const known = (name: string): boolean =>
    name === 'up' || recorded.has(name) || code.includes(`'${name.replace(/_(?:count|sum|bucket)$/, '')}'`);
  return [...new Set(expressions.flatMap((expression) => metricsOf(expression)))].filter(
    (name) => !known(name),
  );
}

describe("the image's build", () => {
  it('includes every document folder that a build reads', () => {
    const given = readFileSync(join(root, '.dockerignore'), 'utf8').split('\n');
    const read = ['apps/console/vite.config.mjs', ...filesIn('apps/console/src')]
      .flatMap((file) => [...readFileSync(join(root, file), 'utf8').matchAll(/\.\.\/docs\/(\w+)\//g)])
      .map(([, folder]) => `!docs/${folder}`);
    expect(read.length).toBeGreaterThan(1);
    expect(read.filter((line) => !given.includes(line))).toEqual([]);
  });
});

describe('every file of deploy/', () => {
  const files = filesIn('deploy').filter((file) => /\.(?:ya?ml|json)$/.test(file));

  it.each([...files, 'docker-compose.yml'])('%s is well formed', (file) => {
    expect(readData(file)).toEqual(expect.any(Object));
  });
});

describe('docker-compose.yml', () => {
  const compose = readData('docker-compose.yml') as Compose;

  it('has every service, from the one image, and each is an app', () => {
    for (const name of services) {
      expect(existsSync(join(root, 'apps', name, 'package.json'))).toBe(true);
      expect(compose.services[name]).toMatchObject({
        image: 'interlock:local',
        build: { dockerfile: 'deploy/docker/Dockerfile' },
      });
      expect(compose.services[name]?.command).toContain(name);
    }
  });

  it('names every third-party image by its version', () => {
    const images = Object.values(compose.services).flatMap(({ image }) =>
      image === undefined || image === 'interlock:local' ? [] : [image],
    );
    expect(images.length).toBeGreaterThan(4);
    for (const image of images) expect(image).toMatch(/:v?\d+(?:\.\d+)*(?:-[a-z0-9]+)?$/);
  });

  it('mounts only files of the repository and volumes that it declares', () => {
    for (const { volumes = [] } of Object.values(compose.services)) {
      for (const volume of volumes) {
        const [source = ''] = volume.split(':');
        if (source.startsWith('./'))
          expect(statSync(join(root, source)).isFile() || statSync(join(root, source)).isDirectory()).toBe(
            true,
          );
        else expect(Object.keys(compose.volumes)).toContain(source);
      }
    }
  });

  it('has no password in it, and requires each one by name', () => {
    const text = readFileSync(join(root, 'docker-compose.yml'), 'utf8');
    for (const [, value] of text.matchAll(/PASSWORD: (.+)/g))
      expect(value).toMatch(/^\$\{\w+:\?set it in \.env\}$/);
    const example = readFileSync(join(root, 'deploy/docker/example.env'), 'utf8');
    for (const [, name] of text.matchAll(/\$\{(\w+):\?/g)) expect(example).toContain(`${name ?? ''}=\n`);
  });

  it('sets every variable that a container reads', () => {
    const text = readFileSync(join(root, 'deploy/docker/main.mjs'), 'utf8');
    const needed = [...text.matchAll(/needed\('(\w+)'\)/g)].map(([, name]) => name ?? '');
    expect(needed.length).toBeGreaterThan(5);
    // The edge connects only to the log.
    for (const name of [...services.filter((service) => service !== 'edge'), 'prepare'])
      expect(Object.keys(compose.services[name]?.environment ?? {})).toEqual(expect.arrayContaining(needed));
  });

  it('lets the edge serve the console, with every variable of its login, a place for its sessions and the log to listen to', () => {
    const environment = compose.services['edge']?.environment ?? {};
    const read = variablesOf('edge').map(({ name }) => name);
    expect(read).toContain('INTERLOCK_OIDC_CLIENT_ID');
    const left = ['EDGE_SESSION_S'];
    expect(Object.keys(environment)).toEqual(
      expect.arrayContaining([...read.filter((name) => !left.includes(name)), 'EVENT_STORE_URL']),
    );
    expect(compose.services['edge']?.volumes).toEqual(['edge-state:/state']);
    const example = readFileSync(join(root, 'deploy/docker/example.env'), 'utf8');
    for (const name of read.filter((one) => one.startsWith('INTERLOCK_')))
      expect(example).toMatch(new RegExp(`^${name}=`, 'm'));
  });

  it('publishes no port beyond this machine', () => {
    const ports = Object.values(compose.services).flatMap(
      (service) => (service as { ports?: string[] }).ports ?? [],
    );
    expect(ports.length).toBeGreaterThan(0);
    for (const port of ports) expect(port).toMatch(/^127\.0\.0\.1:/);
  });
});

describe('the log of a deployment', () => {
  const compose = readData('docker-compose.yml') as Compose & {
    readonly secrets: { readonly [name: string]: { readonly file?: string } };
  };
  type WithSecrets = {
    readonly secrets?: readonly (string | { readonly source: string; readonly target: string })[];
  };
  const secretsOf = (name: string): NonNullable<WithSecrets['secrets']> =>
    (compose.services[name] as WithSecrets).secrets ?? [];

  it('lets in each service as a user with its own password, which only its container and `prepare` know', () => {
    for (const name of services) {
      const own = secretsOf(name).filter((secret) => JSON.stringify(secret).includes('log-'));
      expect(own).toEqual(['log-ca.crt', { source: `log-${name}`, target: 'log-password' }]);
      expect(compose.secrets[`log-${name}`]?.file).toMatch(new RegExp(`/${name}\\.password$`));
      expect(secretsOf('prepare')).toContain(`log-${name}`);
      expect(compose.services[name]?.environment).toMatchObject({
        EVENT_STORE_PASSWORD_FILE: '/run/secrets/log-password',
      });
    }
  });

  it('holds events that each service signs with its own key, which only its container has', () => {
    const keys = services.filter((name) => Object.keys(logRights([name]).writes).length > 0);
    expect(keys.length).toBeGreaterThan(8);
    for (const name of [...services, 'prepare']) {
      const own = secretsOf(name).filter((secret) => JSON.stringify(secret).includes('.key'));
      expect(own).toEqual(
        keys.includes(name) ? [{ source: `event-key-${name}`, target: `${name}.key` }] : [],
      );
      expect(secretsOf(name)).toContain('writers.json');
      expect(compose.services[name]?.environment).toMatchObject({ EVENT_KEYS_DIR: '/run/secrets' });
    }
    for (const name of keys)
      expect(compose.secrets[`event-key-${name}`]?.file).toMatch(new RegExp(`/${name}\\.key$`));
  });

  it('is reached over TLS, and only by users', () => {
    const text = readFileSync(join(root, 'docker-compose.yml'), 'utf8');
    expect(text).not.toMatch(/tls=false|EVENTSTORE_INSECURE/);
    expect(text).toContain('tls=true&tlsCAFile=/run/secrets/log-ca.crt');
    expect(compose.services['prepare']?.environment).toMatchObject({
      EVENT_STORE_USER: 'admin',
      EVENT_STORE_USERS_DIR: '/run/secrets',
    });
  });
});

describe('the bus of a deployment', () => {
  it('lets in each service with its own password, which only its container knows', () => {
    const compose = readData('docker-compose.yml') as Compose;
    const accounts = readFileSync(join(root, 'deploy/nats/services.conf'), 'utf8');
    const users = [...accounts.matchAll(/user: "([\w-]+)", password: \$(\w+)/g)].map(
      ([, user = '', variable = '']) => ({ user, variable }),
    );
    expect(users.map(({ user }) => user)).toEqual(
      ['operator', ...services.filter((service) => service !== 'edge')].sort(
        (a, b) => users.findIndex(({ user }) => user === a) - users.findIndex(({ user }) => user === b),
      ),
    );
    for (const { user, variable } of users) {
      expect(compose.services['nats']?.environment).toHaveProperty(variable);
      expect(compose.services[user === 'operator' ? 'prepare' : user]?.environment).toMatchObject({
        NATS_PASSWORD: `\${${variable}:?set it in .env}`,
      });
    }
  });

  it('acknowledges only what is on disk', () => {
    expect(readFileSync(join(root, 'deploy/nats/nats.conf'), 'utf8')).toMatch(/^ {2}sync_interval: always$/m);
  });
});

describe('Prometheus', () => {
  type Rule = { alert: string; expr: string; labels: { severity: string }; annotations: { summary: string } };
  const { groups } = readData('deploy/prometheus/alerts.yml') as { groups: { rules: Rule[] }[] };
  const rules = groups.flatMap((group) => group.rules);

  it('scrapes the metrics of every service', () => {
    const config = readData('deploy/prometheus/prometheus.yml') as {
      scrape_configs: { static_configs: { targets: string[] }[] }[];
      rule_files: string[];
    };
    expect(config.scrape_configs[0]?.static_configs[0]?.targets).toEqual(
      services.map((name) => `${name}:8080`),
    );
    expect(config.rule_files.every((file) => existsSync(join(root, 'deploy/prometheus', file)))).toBe(true);
  });

  it('has alerts with their own names, a severity and a sentence', () => {
    expect(new Set(rules.map(({ alert, labels }) => `${alert} ${labels.severity}`)).size).toBe(rules.length);
    for (const { alert, labels, annotations } of rules) {
      expect(alert).toMatch(/^[a-z][a-z0-9_]*$/);
      expect(severities).toContain(labels.severity);
      expect(annotations.summary).toMatch(/\w/);
    }
  });

  it('has every alert of alerting under its name, at its worst severity', () => {
    for (const { name, severity } of alertRules)
      expect(rules.filter(({ alert }) => alert === name).map(({ labels }) => labels.severity)).toContain(
        severity,
      );
  });

  it('notifies Alertmanager, whose only receiver is alerting', () => {
    const prometheus = readData('deploy/prometheus/prometheus.yml') as {
      alerting: { alertmanagers: { static_configs: { targets: string[] }[] }[] };
    };
    expect(prometheus.alerting.alertmanagers[0]?.static_configs[0]?.targets).toEqual(['alertmanager:9093']);
    const manager = readData('deploy/alertmanager/alertmanager.yml') as {
      route: { receiver: string };
      receivers: { name: string; webhook_configs: { url: string; send_resolved: boolean }[] }[];
    };
    expect(manager.receivers.map(({ name }) => name)).toEqual([manager.route.receiver]);
    expect(manager.receivers[0]?.webhook_configs).toMatchObject([
      { url: 'http://alerting:8080/api/v1/alerts/alertmanager', send_resolved: true },
    ]);
  });

  it('records the rate of policy errors from existing metrics', () => {
    expect([...recorded]).toEqual(['policy_evaluation_error_rate_5m']);
    expect(unknownMetrics(recordings.map(({ expr }) => expr))).toEqual([]);
  });

  it('alerts on existing metrics', () => {
    expect(unknownMetrics(rules.map(({ expr }) => expr))).toEqual([]);
  });
});

describe('the dashboard', () => {
  type Panel = { title: string; targets: { expr: string }[]; gridPos: { x: number; y: number } };
  const dashboard = readData('deploy/grafana/dashboards/policy-system-health.json') as {
    title: string;
    panels: Panel[];
  };

  it('Policy System Health has its six panels', () => {
    expect(dashboard.title).toBe('Policy System Health');
    expect(dashboard.panels.map(({ title }) => title)).toEqual([
      'Error rate',
      'Deny rate',
      'Cost, 24 h',
      'Canary gates',
      'Decisions by effect',
      'Rollbacks',
    ]);
    expect(new Set(dashboard.panels.map(({ gridPos }) => `${gridPos.x},${gridPos.y}`)).size).toBe(6);
  });

  it('shows existing metrics', () => {
    expect(
      unknownMetrics(dashboard.panels.flatMap(({ targets }) => targets.map(({ expr }) => expr))),
    ).toEqual([]);
  });
});

describe('the names in an expression', () => {
  it.each([
    ['up{job="a"} == 0', ['up']],
    ['sum by (a, b) (rate(x_total{c=~"D|E"}[5m])) / sum(rate(y_total[5m])) > 0.2', ['x_total', 'y_total']],
    ['clamp_min(a_total or vector(0), 1e-9)', ['a_total']],
    ['histogram_quantile(0.99, sum by (le) (rate(z_seconds_bucket[5m])))', ['z_seconds_bucket']],
  ])('%s are its metrics', (expression, names) => {
    expect(metricsOf(expression)).toEqual(names);
  });
});
