import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from '@jest/globals';
import { busConsumers, busServices, rpcCallers } from '@interlock/contracts';

const apps = fileURLToPath(new URL('../../apps/', import.meta.url));
const sourcesOf = (app: string): string =>
  readdirSync(join(apps, app, 'src'), { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.ts'))
    .map((file) => readFileSync(join(apps, app, 'src', file), 'utf8'))
    .join('\n');

const handlerCommands = [
  ...readFileSync(
    fileURLToPath(new URL('../../libs/platform/src/module/handler-rpc.ts', import.meta.url)),
    'utf8',
  ).matchAll(/@MessagePattern\(\{ rpc: `\$\{service\}\.(\w+)` \}\)/g),
].map(([, command]) => command);

describe('the table of who may do what on the bus', () => {
  it.each(busServices)('has the consumers that %s takes from, and no other', (service) => {
    const taken = [
      ...sourcesOf(service).matchAll(/@EventPattern\(\{\s*stream: '(\w+)',\s*durable: '([\w-]+)'/g),
    ]
      .map(([, stream, durable]) => `${stream} ${durable}`)
      .sort();
    expect((busConsumers[service] ?? []).map(({ stream, durable }) => `${stream} ${durable}`).sort()).toEqual(
      taken,
    );
  });

  it('has the commands that services answer, each with its callers', () => {
    const answered = busServices
      .flatMap((service) => [
        ...[...sourcesOf(service).matchAll(/@MessagePattern\(\{\s*rpc: '([\w.-]+)'\s*\}\)/g)].map(
          ([, name]) => name,
        ),
        // The platform answers the commands of handlers.
        ...(sourcesOf(service).includes(`handlerRpc('${service}', `)
          ? handlerCommands.map((command) => `${service}.${command}`)
          : []),
        // The platform applies the changes of the services whose settings may loosen.
        ...(sourcesOf(service).includes(`changeRpc('${service}')`)
          ? [`${service}.apply_change`, `${service}.end_change`]
          : []),
        ...(/\bretains: (?:projections|\[)/.test(sourcesOf(service)) ? [`${service}.plan_retention`] : []),
        // The platform answers for the services that name their read models.
        ...(sourcesOf(service).includes('readModels: projections') ? [`${service}.check_read_models`] : []),
      ])
      .sort();
    expect(Object.keys(rpcCallers).sort()).toEqual(answered);
  });
});
