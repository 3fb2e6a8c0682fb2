import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';

import { rules as alertRules } from '@interlock/alerting';
import { severities } from '@interlock/contracts';
import { suiteWhere } from '@interlock/testing';
import { describe, expect, it } from '@jest/globals';

import { variablesOf } from '../docs/configuration.mjs';
import { images } from '../deploy/images.mjs';
import { readData } from '../deploy/read.mjs';
import { given, replicasOf, services as table } from '../deploy/services.mjs';
import { root } from '../run/node.mjs';
import { recorded, recordings, unknownMetrics } from './metric-names.js';

type Service = {
  image?: string;
  command?: string[];
  volumes?: string[];
  build?: { dockerfile: string };
  entrypoint?: string[];
  profiles?: string[];
  read_only?: boolean;
  cap_drop?: string[];
  user?: string;
  environment?: Record<string, string>;
  depends_on?: Record<string, unknown>;
};
type Compose = { services: Record<string, Service>; volumes: Record<string, unknown> };

const missing = ['promtool', 'amtool'].filter((program) => spawnSync(program, ['--version']).status !== 0);

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
  // Those for Kubernetes hold several documents; kubernetes.spec.ts renders them.
  const files = filesIn('deploy').filter(
    (file) => /\.(?:ya?ml|json)$/.test(file) && !file.startsWith('deploy/kubernetes/'),
  );

  it.each([...files, 'docker-compose.yml'])('%s is well formed', (file) =>
    expect(readData(file)).toEqual(expect.any(Object)),
  );
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

  it('names every third-party image by its version, from the one table', () => {
    const used = Object.values(compose.services).flatMap(({ image }) =>
      image === undefined || image === 'interlock:local' ? [] : [image],
    );
    expect(used.length).toBeGreaterThan(4);
    for (const image of used) {
      expect(image).toMatch(/:v?\d+(?:\.\d+)*(?:-[a-z0-9]+)?$/);
      expect(Object.values(images)).toContain(image);
    }
  });

  it('mounts only files of the repository and volumes that it declares', () => {
    for (const { volumes = [] } of Object.values(compose.services)) {
      for (const volume of volumes) {
        const source = /^(?:\$\{\w+:-)?([\w./-]+)\}?:/.exec(volume)?.[1] ?? '';
        // The engine makes this folder at the first backup.
        if (source === './backups') continue;
        if (source.startsWith('./'))
          expect(statSync(join(root, source)).isFile() || statSync(join(root, source)).isDirectory()).toBe(
            true,
          );
        else expect(Object.keys(compose.volumes)).toContain(source);
      }
    }
  });

  it('has no password in it, and starts without a setting', () => {
    const text = readFileSync(join(root, 'docker-compose.yml'), 'utf8');
    expect(text).not.toMatch(/\$\{\w+:?\?/);
    for (const { environment = {} } of Object.values(compose.services))
      for (const [name, value] of Object.entries(environment))
        if (/PASSWORD|TOKEN|SECRET|KEY/.test(name) && !name.startsWith('AUDIT_') && !name.endsWith('_KEYS'))
          expect(value).toMatch(
            /^(?:\/run\/interlock(?:\/|$)|\/data\/|\$\{\w+:-(?:\/run\/interlock\/[\w.-]+)?\}$)/,
          );
  });

  it('explains each of its settings in the example, and no other', () => {
    const text = ['docker-compose.yml', 'deploy/compose/three.yml']
      .map((file) => readFileSync(join(root, file), 'utf8'))
      .join('');
    const used = new Set([...text.matchAll(/\$\{(\w+)/g)].map(([, name]) => name));
    const example = readFileSync(join(root, 'deploy/docker/example.env'), 'utf8');
    const explained = [...example.matchAll(/^(\w+)=/gm)].map(([, name]) => name);
    expect(explained.sort()).toEqual([...used].sort());
  });

  it('confines each container of its own image', () => {
    const own = Object.entries(compose.services).filter(([, { image }]) => image === 'interlock:local');
    expect(own.length).toBe(services.length + 5);
    for (const [name, service] of own) {
      expect(service).toMatchObject({ read_only: true, cap_drop: ['ALL'] });
      const isRoot = ['init', 'operator'].includes(name);
      expect([name, service.user]).toEqual([name, isRoot ? '0:0' : undefined]);
    }
  });

  it('needs no profile for the services, and one for the demo, the operator, the real log and the observers', () => {
    const profileOf = (name: string): readonly string[] => compose.services[name]?.profiles ?? [];
    for (const name of [...services, 'init', 'prepare', 'event-store', 'nats', 'postgres'])
      expect([name, profileOf(name)]).toEqual([name, []]);
    expect(profileOf('demo')).toEqual(['demo']);
    expect(profileOf('operator')).toEqual(['operator']);
    expect(profileOf('eventstoredb')).toEqual(['eventstoredb']);
    for (const name of ['otel-collector', 'traces', 'prometheus', 'alertmanager', 'grafana'])
      expect([name, profileOf(name)]).toEqual([name, ['observability']]);
  });

  it('tells `prepare` how many instances of each service there are', () => {
    for (const name of Object.keys(table))
      expect(compose.services['prepare']?.environment).toHaveProperty(replicasOf(name));
  });

  it('lets the edge serve the console, with every variable of its login, a place for its sessions and the log to listen to', () => {
    const environment = compose.services['edge']?.environment ?? {};
    const read = variablesOf('edge').map(({ name }) => name);
    expect(read).toContain('INTERLOCK_OIDC_CLIENT_ID');
    const left = ['EDGE_SESSION_S', 'EDGE_SESSION_KEY'];
    expect(Object.keys(environment)).toEqual(
      expect.arrayContaining([...read.filter((name) => !left.includes(name)), 'EVENT_STORE_URL']),
    );
    expect(compose.services['edge']?.volumes).toContain('edge-state:/data/state');
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

describe('the secrets of a deployment', () => {
  const compose = readData('docker-compose.yml') as Compose;
  const volumesOf = (name: string): readonly string[] => compose.services[name]?.volumes ?? [];

  it('reach each container in a volume of its own, which only `init` may write', () => {
    const holders = [...services, 'prepare', 'event-store', 'postgres', 'nats', 'demo', 'eventstoredb'];
    for (const name of holders) {
      expect(volumesOf(name)).toContain(`for-${name}:${given}:ro`);
      expect(volumesOf('init')).toContain(`for-${name}:/made/${name}`);
      const others = Object.keys(compose.services).filter((one) => one !== name && one !== 'init');
      for (const other of others)
        expect(volumesOf(other).filter((volume) => volume.startsWith(`for-${name}:`))).toEqual([]);
    }
    expect(compose.services['init']).toMatchObject({ network_mode: 'none' });
  });

  it('let each service into log, bus and database as a user of its own name', () => {
    for (const name of services.filter((service) => service !== 'edge'))
      expect(compose.services[name]?.environment).toMatchObject({
        EVENT_STORE_PASSWORD_FILE: `${given}/log-password`,
        EVENT_KEYS_DIR: given,
        NATS_PASSWORD_FILE: `${given}/nats-password`,
        DATABASE_URL: `postgres://interlock_${name.replaceAll('-', '_')}@postgres:5432/interlock`,
        DATABASE_PASSWORD_FILE: `${given}/database-password`,
        ALLOW_SUPERUSER: '${ALLOW_SUPERUSER:-false}',
      });
  });

  it('reach the log over TLS only', () => {
    const text = readFileSync(join(root, 'docker-compose.yml'), 'utf8');
    expect(text).not.toMatch(/tls=false|EVENTSTORE_INSECURE/);
    expect(text).toContain(`tls=true&tlsCAFile=${given}/log-ca.crt`);
  });
});

describe('the bus of a deployment', () => {
  it('has the accounts that `init` makes, and those of tenants', () => {
    const config = readFileSync(join(root, 'deploy/nats/nats.conf'), 'utf8');
    const included = [...config.matchAll(/include "([^"]+)"/g)].map(([, file]) =>
      join('/etc/nats', file ?? ''),
    );
    expect(included).toEqual([`${given}/accounts.conf`, '/etc/nats/tenants.conf']);
  });

  it('acknowledges only what is on disk', () =>
    expect(readFileSync(join(root, 'deploy/nats/nats.conf'), 'utf8')).toMatch(
      /^ {2}sync_interval: always$/m,
    ));
});

describe('Prometheus', () => {
  type Rule = {
    alert: string;
    expr: string;
    labels: { severity: string };
    annotations: { summary: string; runbook?: string };
  };
  const { groups } = readData('deploy/prometheus/alerts.yml') as { groups: { rules: Rule[] }[] };
  const rules = groups.flatMap((group) => group.rules);

  it('scrapes the metrics of every service', () => {
    const config = readData('deploy/prometheus/prometheus.yml') as {
      scrape_configs: { dns_sd_configs: { names: string[]; type: string; port: number }[] }[];
      rule_files: string[];
    };
    // The address of a service with several instances answers for another one each time.
    expect(config.scrape_configs[0]?.dns_sd_configs).toMatchObject([
      { names: services, type: 'A', port: 8080 },
    ]);
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

  it('names a runbook page for each alert, which says what to do', () => {
    for (const { alert, annotations } of rules) {
      expect([alert, annotations.runbook]).toEqual([alert, `docs/runbooks/${alert}.md#what-to-do`]);
      const page = readFileSync(join(root, `docs/runbooks/${alert}.md`), 'utf8');
      expect(page).toMatch(
        new RegExp(`^# ${alert}\n\n.+\n\n## What it means\n[^]+\n## What to do\n[^]+\n## When it ends\n`),
      );
    }
  });

  suiteWhere(describe, "Debian's tools", missing, () => {
    it.each([
      ['promtool', 'check', 'config', '--syntax-only', 'deploy/prometheus/prometheus.yml'],
      ['promtool', 'check', 'rules', 'deploy/prometheus/alerts.yml', 'deploy/prometheus/rules.yml'],
      ['amtool', 'check-config', 'deploy/alertmanager/alertmanager.yml'],
    ])('%s accepts the configuration', (program, ...args) => {
      const { status, stdout, stderr } = spawnSync(program, args, { cwd: root, encoding: 'utf8' });
      expect([status, status === 0 ? '' : `${stdout}${stderr}`]).toEqual([0, '']);
    });
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

  it('alerts where the address of a service is gone, for each service', () => {
    const { expr } = rules.find(({ alert }) => alert === 'service_down') ?? { expr: '' };
    expect(
      [...expr.matchAll(/absent\(up\{job="interlock",service="([\w-]+)"\}\)/g)].map(([, name]) => name),
    ).toEqual(services);
  });

  it('alerts on existing metrics', () => expect(unknownMetrics(rules.map(({ expr }) => expr))).toEqual([]));
});
