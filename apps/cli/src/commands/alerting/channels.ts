import { setTimeout as delay } from 'node:timers/promises';
import type { Schema } from '@interlock/api-types';
import { channelKinds } from '@interlock/contracts';
import type { Command } from 'commander';
import { addAsk, answering } from '../../asks.js';
import { writtenOrAsked } from '../../change.js';
import { addList } from '../../lists.js';
import { timeCell } from '../../output/times.js';
import { linesShape, recordShape, tell, type Output, type Shape } from '../../output/output.js';
import { CliError, personal, Session, visible, type Globals } from '../../connection/session.js';
import { readText } from '../../reading.js';

const path = '/api/v1/alerts/channels';
const at = (id: string): string => `${path}/${encodeURIComponent(id)}`;

type SetOptions = Output & {
  readonly file?: string;
  readonly kind?: string;
  readonly set: readonly string[];
};

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

const readJson = (file: string): object => {
  try {
    return JSON.parse(readText(file)) as object;
  } catch (error) {
    if (error instanceof CliError) throw error;
    throw new CliError(`${file} holds no JSON`, 2);
  }
};

/** Returns `NAME=VALUE` pairs as members: a number for a port, a list for `to`. */
const membersOf = (pairs: readonly string[]): object =>
  Object.fromEntries(
    pairs.map((pair) => {
      const place = pair.indexOf('=');
      if (place < 1) throw new CliError(`\`${pair}\` is not NAME=VALUE`, 2);
      const [name, value] = [pair.slice(0, place), pair.slice(place + 1)];
      if (name === 'port') return [name, Number(value)];
      if (name === 'to') return [name, value.split(',').map((one) => one.trim())];
      return [name, value];
    }),
  );

const set = async (globals: Globals, id: string, options: SetOptions): Promise<void> => {
  if (options.file === undefined && options.kind === undefined)
    throw new CliError('name the kind of the channel with --kind, or its settings with --file', 2);
  const body = {
    ...(options.file === undefined ? {} : readJson(options.file)),
    ...(options.kind === undefined ? {} : { kind: options.kind }),
    ...membersOf(options.set),
  };
  const set = await writtenOrAsked<Channel>(personal(globals), 'PUT', at(id), body, options);
  if (set !== undefined) await tell(set, setShape, options);
};

const test = async (
  globals: Globals,
  id: string,
  { wait, ...options }: Output & { readonly wait: string },
): Promise<void> => {
  const seconds = Number(wait);
  if (!Number.isFinite(seconds) || seconds < 0)
    throw new CliError(`\`${wait}\` is not a number of seconds`, 2);
  const session = new Session(globals);
  const { test_id } = await session.json<Schema<'ChannelTestDto'>>('POST', `${at(id)}/test`, {});
  for (const until = performance.now() + seconds * 1000; ; await delay(200)) {
    const { items } = await session.json<Schema<'DeliveryPageDto'>>(
      'GET',
      `/api/v1/alerts/deliveries?alert_id=${test_id}`,
    );
    const [sent] = items;
    if (sent?.state === 'delivered') {
      await tell(sent, takenShape, options);
      return;
    }
    const isOver = sent !== undefined && sent.state !== 'pending';
    if (isOver || performance.now() >= until)
      throw new CliError(
        `${id} has not taken the test message${isOver ? '' : ` within ${seconds} s`}: ${visible(sent?.detail ?? 'it was not tried yet')}`,
      );
  }
};

const routes = async (
  globals: Globals,
  { file, ...options }: Output & { readonly file?: string },
): Promise<void> => {
  const session = new Session(globals);
  const of = '/api/v1/alerts/routes';
  if (file === undefined) await tell(await session.json<Routes>('GET', of), routesShape, options, 'json');
  else {
    const body = readJson(file);
    const set = await writtenOrAsked<Schema<'WrittenRoutesDto'>>(session, 'PUT', of, body, options);
    if (set !== undefined) await tell(set, setRoutesShape, options);
  }
};

/**
 * Adds the commands for destinations of alerts: channels, routes, and the progress of each notice.
 */
export const addChannels = (program: Command, globals: () => Globals): void => {
  const channels = program
    .command('channels')
    .description('channels that alerts are told on, and their routes');
  addList<Schema<'ChannelDto'>>(channels, globals, {
    command: 'list',
    about: 'every channel; secrets are named, never shown',
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
  });
  addAsk(channels, globals, {
    command: 'show <id>',
    about: 'one',
    route: 'GET /api/v1/alerts/channels/{id}',
  });
  answering(channels, 'set <id>', 'PUT /api/v1/alerts/channels/{id}')
    .description('configure a channel')
    .option('--kind <kind>', `${channelKinds.slice(0, -1).join(', ')} or ${channelKinds.at(-1)}`)
    .option('--file <file>', 'its settings as JSON; - is the standard input')
    .option(
      '--set <name=value>',
      'one setting, such as url=https://example.org/hook, secret_ref=file:hook or reaches=people; may be repeated',
      (pair: string, all: readonly string[]) => [...all, pair],
      [],
    )
    .action((id: string, options: SetOptions) => set(globals(), id, options));
  addAsk<Channel>(channels, globals, {
    command: 'remove <id>',
    about: 'tell nothing more on a channel',
    route: 'DELETE /api/v1/alerts/channels/{id}',
    personal: true,
    shape: removedShape,
  });
  answering(channels, 'test <id>', 'POST /api/v1/alerts/channels/{id}/test')
    .description('send a test message, and say whether it was taken; exit code 1 where not')
    .option('--wait <seconds>', 'how long to wait for it', '30')
    .action((id: string, options: Output & { wait: string }) => test(globals(), id, options));
  answering(channels, 'routes', 'GET /api/v1/alerts/routes', 'PUT /api/v1/alerts/routes')
    .description('which alerts go where; with --file they are set')
    .option('--file <file>', 'routes as JSON, `{ "routes": [...] }`; - is the standard input')
    .action((options: Output & { file?: string }) => routes(globals(), options));
  addList<Schema<'DeliveryDto'>>(channels, globals, {
    command: 'deliveries',
    about: 'notices with their state, newest first',
    route: 'GET /api/v1/alerts/deliveries',
    what: 'deliveries',
    query: [
      {
        flags: '--state <state>',
        about: 'only those in this state',
        choices: ['pending', 'delivered', 'failed', 'dropped'],
      },
      { flags: '--channel <id>', about: 'only by this channel', as: 'channel_id' },
      { flags: '--alert <id>', about: 'only for this alert', as: 'alert_id' },
    ],
    limit: 50,
    topics: ['alerts'],
    columns: [
      { head: 'MADE (UTC)', of: ({ created_at }, { now }) => timeCell(created_at, now) },
      { head: 'STATE', of: ({ state }) => state, toned: true },
      { head: 'CHANNEL', of: ({ channel_id }) => channel_id, fit: 8 },
      { head: 'WHAT', of: ({ what }) => what },
      { head: 'SEVERITY', of: ({ severity }) => severity, toned: true },
      { head: 'NAME', of: ({ name }) => name, fit: 10 },
      { head: 'TRIED', of: ({ attempts }) => attempts, right: true },
      { head: 'DETAIL', of: ({ detail }) => detail, fit: 12 },
    ],
    id: ({ dedup_key }) => dedup_key,
  });
};
