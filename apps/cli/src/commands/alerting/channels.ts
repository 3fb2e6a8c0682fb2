import { setTimeout as delay } from 'node:timers/promises';
import type { Schema } from '@interlock/api-types';
import { channelKinds } from '@interlock/contracts';
import { writtenOrAsked } from '../../change.js';
import { linesShape, recordShape, tell, type Shape } from '../../output/output.js';
import { CliError, visible } from '../../connection/session.js';
import { ask, answer, group } from '../../program/declare.js';
import { list } from '../../lists.js';
import { jsonFile, pairs } from '../../readers.js';

type Channel = Schema<'WrittenChannelDto'>;
type Routes = Schema<'RoutesDto'>;
const idOf = ({ channel_id: id }: { readonly channel_id: string }): readonly string[] => [id];
const setShape = linesShape<Channel>(
  ({ channel_id: id, kind }) => [
    `${id} is set, of kind ${kind ?? 'none'}; \`interlock channels test ${id}\` sends a test message`,
  ],
  idOf,
);
const removedShape = linesShape<Channel>(({ channel_id: id }) => [`${id} is removed`], idOf);
const takenShape = linesShape<Schema<'DeliveryDto'>>(
  ({ channel_id: id, detail }) => [`${id} took the test message: ${detail ?? ''}`],
  idOf,
);
const routeNames = ({ routes: all }: Routes): readonly string[] => all.map(({ name }) => name);
const routesShape: Shape<Routes> = { ...recordShape<Routes>(), names: routeNames };
const setRoutesShape = linesShape<Routes>(
  (set) => [`${set.routes.length} routes are set: ${routeNames(set).join(', ')}`],
  routeNames,
);

const secondsOf = (text: string): number => {
  const seconds = Number(text);
  if (!Number.isFinite(seconds) || seconds < 0)
    throw new CliError(`\`${text}\` is not a number of seconds`, 2);
  return seconds;
};

/** A setting's value: a number for a port, a list for `to`. */
const settingOf = (value: string, name: string): unknown =>
  name === 'port' ? Number(value) : name === 'to' ? value.split(',').map((one) => one.trim()) : value;

const set = answer({
  command: 'set <id>',
  about: 'configure a channel',
  routes: ['PUT /api/v1/alerts/channels/{id}'],
  options: {
    '--kind <kind>': `${channelKinds.slice(0, -1).join(', ')} or ${channelKinds.at(-1)}`,
    '--file <file>': 'its settings as JSON; - is the standard input',
    '--set <name=value>': {
      about:
        'one setting, such as url=https://example.org/hook, secret_ref=file:hook or reaches=people; may be repeated',
      several: true,
    },
  },
  personal: true,
  run: async (call, id) => {
    const { file, kind, set: settings } = call.options;
    if (file === undefined && kind === undefined)
      throw new CliError('name the kind of the channel with --kind, or its settings with --file', 2);
    const body = {
      ...(file === undefined ? {} : (jsonFile(file, 'holds no JSON') as object)),
      ...(kind === undefined ? {} : { kind }),
      ...pairs(settings, settingOf),
    };
    return writtenOrAsked(call.session, call.output, 'PUT /api/v1/alerts/channels/{id}', [id], body);
  },
  shape: setShape,
});

const test = answer({
  command: 'test <id>',
  about: 'send a test message, and print whether it was accepted; exit code 1 if not',
  routes: ['POST /api/v1/alerts/channels/{id}/test'],
  options: { '--wait <seconds>': { about: 'how long to wait for it', preset: '30', read: secondsOf } },
  run: async ({ session, options: { wait: seconds } }, id) => {
    const { test_id } = await session.ask('POST /api/v1/alerts/channels/{id}/test', [id], { body: {} });
    for (const until = performance.now() + seconds * 1000; ; await delay(200)) {
      const query = { alert_id: test_id };
      const { items } = await session.ask('GET /api/v1/alerts/deliveries', [], { query });
      const [sent] = items;
      if (sent?.state === 'delivered') return sent;
      const isOver = sent !== undefined && sent.state !== 'pending';
      if (isOver || performance.now() >= until)
        throw new CliError(
          `${id} has not taken the test message${isOver ? '' : ` within ${seconds} s`}: ${visible(sent?.detail ?? 'it was not tried yet')}`,
        );
    }
  },
  shape: takenShape,
});

const routes = answer({
  command: 'routes',
  about: 'show which alerts go where, or set it with --file',
  routes: ['GET /api/v1/alerts/routes', 'PUT /api/v1/alerts/routes'],
  options: { '--file <file>': 'routes as JSON, `{ "routes": [...] }`; - is the standard input' },
  run: async ({ session, options: { file }, output }) => {
    if (file === undefined) {
      await tell(await session.ask('GET /api/v1/alerts/routes'), routesShape, output, 'json');
      return undefined;
    }
    const body = jsonFile(file, 'holds no JSON') as object;
    return writtenOrAsked(session, output, 'PUT /api/v1/alerts/routes', [], body);
  },
  shape: setRoutesShape,
});

/** `interlock channels`: destinations of alerts, routes, and the progress of each notice. */
export const addChannels = group('channels', 'the channels that alerts are sent to, and their routes', [
  list({
    command: 'list',
    about: 'list every channel with the names of its secrets, never their values',
    route: 'GET /api/v1/alerts/channels',
    what: 'channels',
    columns: [
      { head: 'CHANNEL', of: ({ channel_id }) => channel_id },
      { head: 'KIND', of: ({ kind }) => kind },
      { head: 'REACHES', of: ({ reaches }) => reaches },
      { head: 'STATE', of: ({ failing }) => (failing ? 'FAILING' : 'active'), toned: true },
      {
        head: 'SETTINGS',
        of: ({ settings }) =>
          Object.entries(settings)
            .filter(([, value]) => value !== null)
            .map(([name, value]) => `${name}=${String(value)}`)
            .join(' '),
        fit: 16,
      },
    ],
    id: ({ channel_id }) => channel_id,
  }),
  ask({ command: 'show <id>', about: 'one', route: 'GET /api/v1/alerts/channels/{id}' }),
  set,
  ask({
    command: 'remove <id>',
    about: 'remove a channel, which then receives nothing',
    route: 'DELETE /api/v1/alerts/channels/{id}',
    personal: true,
    shape: removedShape,
  }),
  test,
  routes,
  list({
    command: 'deliveries',
    about: 'list notices with their state, newest first',
    route: 'GET /api/v1/alerts/deliveries',
    what: 'deliveries',
    query: {
      '--state <state>': {
        about: 'only those in this state',
        choices: ['pending', 'delivered', 'failed', 'dropped'],
      },
      '--channel <id>': { about: 'only by this channel', as: 'channel_id' },
      '--alert <id>': { about: 'only for this alert', as: 'alert_id' },
    },
    limit: 50,
    topics: ['alerts'],
    columns: [
      { head: 'MADE (UTC)', time: ({ created_at }) => created_at },
      { head: 'STATE', of: ({ state }) => state, toned: true },
      { head: 'CHANNEL', of: ({ channel_id }) => channel_id, fit: 8 },
      { head: 'WHAT', of: ({ what }) => what },
      { head: 'SEVERITY', of: ({ severity }) => severity, toned: true },
      { head: 'NAME', of: ({ name }) => name, fit: 10 },
      { head: 'TRIED', of: ({ attempts }) => attempts, right: true },
      { head: 'DETAIL', of: ({ detail }) => detail, fit: 12 },
    ],
    id: ({ dedup_key }) => dedup_key,
  }),
]);
