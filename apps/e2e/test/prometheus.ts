import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { get } from 'node:http';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { freePort, startGuarded, until, type Guarded } from '@interlock/testing';
import { repository } from './stack.js';

/** Programs that the tests need and this machine lacks. */
export const missingForPrometheus = ['prometheus'].filter(
  (program) => spawnSync(program, ['--version']).status !== 0,
);

const textOf = (file: string): string => readFileSync(join(repository, 'deploy', file), 'utf8');
/** The services that the deployment's Prometheus reads. */
export const scraped: readonly string[] = [
  ...textOf('prometheus/prometheus.yml').matchAll(/^ {10}- ([\w-]+)$/gm),
].map(([, name]) => name!);

type Board = {
  readonly uid: string;
  readonly panels: readonly {
    readonly title: string;
    readonly targets: readonly { readonly expr: string }[];
  }[];
};
/** Every query of every board, as Grafana asks it while all services are chosen. */
export const boardQueries: readonly { readonly where: string; readonly expr: string }[] = readdirSync(
  join(repository, 'deploy/grafana/dashboards'),
).flatMap((file) => {
  const { uid, panels } = JSON.parse(textOf(`grafana/dashboards/${file}`)) as Board;
  return panels.flatMap(({ title, targets }) =>
    targets.map(({ expr }) => ({ where: `${uid}: ${title}`, expr: expr.replaceAll('$service', '.*') })),
  );
});

/** Panels that are empty until something happens, and what that is. */
export const emptyUntil: { readonly [where: string]: string } = {
  'policy-system-health: Canary gates': 'a canary runs',
  'actions: Evaluations that failed': 'an evaluation fails',
  'actions: Approvals that ended': 'a person decides',
  'actions: Time to an approval': 'a person decides',
  'actions: Kill switches without an answer': 'a kill switch is engaged',
  'devices: Open transactions': 'a transaction is open',
  'devices: Calls of devices': 'a device calls home',
  'devices: Sources of KPIs that can be used': 'a source is configured',
  'devices: Readings of sources of KPIs': 'a source is configured',
  'devices: Comparisons with the log': 'devices are compared with the log',
  'handlers: Requests to handlers': 'a handler is registered',
  'handlers: Requests without an answer': 'a handler is registered',
  'handlers: Time of a request': 'a handler is registered',
  'handlers: Calls that ended': 'a handler is registered',
  'handlers: Tool calls of agents': 'an MCP server is registered',
  'handlers: Time of a tool call': 'an MCP server is registered',
  'log-and-bus: Rows removed by retention': 'a tenant limits retention',
  'log-and-bus: Lag of mirrors': 'a mirror is configured',
  'log-and-bus: Failures of mirrors': 'a mirror fails',
  'platform: Time left of certificates': 'a service reads a certificate from a file',
  'platform: Signals that came too late': 'signals come late',
};

type Rule = { readonly name: string; readonly health: string; readonly lastError?: string };
export type Sample = {
  readonly metric: { readonly [label: string]: string };
  readonly value: readonly [number, string];
};

/** The body of an answer of any status: Prometheus explains a refused query in it. */
const textAt = (url: string): Promise<string> =>
  new Promise((resolve, reject) => {
    get(url, { agent: false }, (response) => text(response).then(resolve, reject)).on('error', reject);
  });

/** A real Prometheus with the deployment's rules, which reads a stack's metrics. */
export class Prometheus {
  #guarded: Guarded | undefined;
  #url = '';

  /** `token` may read the metrics of all services at the edge, whose address is `edge`. */
  async start(folder: string, edge: string, token: string): Promise<void> {
    const config = join(folder, 'prometheus.json');
    const tokenFile = join(folder, 'metrics-token');
    writeFileSync(tokenFile, token, { mode: 0o600 });
    writeFileSync(
      config,
      JSON.stringify({
        global: { scrape_interval: '5s', scrape_timeout: '5s', evaluation_interval: '5s' },
        rule_files: ['rules.yml', 'alerts.yml'].map((file) => join(repository, 'deploy/prometheus', file)),
        scrape_configs: [
          {
            job_name: 'interlock',
            authorization: { credentials_file: tokenFile },
            // The edge passes on each service's metrics, so one address stands for all of them.
            static_configs: scraped.map((service) => ({
              targets: [new URL(edge).host],
              labels: { service, __metrics_path__: service === 'edge' ? '/metrics' : `/metrics/${service}` },
            })),
          },
        ],
      }),
    );
    const port = await freePort();
    this.#url = `http://127.0.0.1:${port}`;
    this.#guarded = await startGuarded({
      program: 'prometheus',
      args: [
        `--config.file=${config}`,
        `--storage.tsdb.path=${join(folder, 'prometheus')}`,
        `--web.listen-address=127.0.0.1:${port}`,
      ],
      pidFile: join(folder, 'prometheus.pid'),
      ready: /Server is ready/,
    });
  }

  async stop(): Promise<void> {
    await this.#guarded?.stop();
  }

  /** Throws what Prometheus says against the expression. */
  async query(expression: string): Promise<readonly Sample[]> {
    const { result } = await this.#get<{ readonly result: readonly Sample[] }>(
      `query?query=${encodeURIComponent(expression)}`,
    );
    return result;
  }

  /** The help of each family that a target exports now. */
  async families(): Promise<ReadonlyMap<string, string>> {
    const all = await this.#get<{ readonly [name: string]: readonly [{ readonly help: string }] }>(
      'metadata',
    );
    return new Map(Object.entries(all).map(([name, [{ help }]]) => [name, help]));
  }

  /** Every rule, once each has been evaluated. */
  rules(): Promise<readonly Rule[]> {
    return until(async () => {
      const { groups } = await this.#get<{
        readonly groups: readonly { readonly rules: readonly Rule[] }[];
      }>('rules');
      const all = groups.flatMap(({ rules }) => rules);
      return all.length > 0 && all.every(({ health }) => health !== 'unknown') && all;
    }, 'every rule has been evaluated');
  }

  async #get<T>(path: string): Promise<T> {
    const { status, data, error } = JSON.parse(await textAt(`${this.#url}/api/v1/${path}`)) as {
      readonly status: string;
      readonly data: T;
      readonly error?: string;
    };
    if (status !== 'success') throw new Error(error);
    return data;
  }
}
