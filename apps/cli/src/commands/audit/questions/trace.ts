import { positionText, printable, type RecordedEvent } from '@interlock/kernel';
import type { Trace } from '@interlock/replay';
import { CliError, printJson, Session } from '../../../connection/session.js';
import { eachEventOfFile, eachEventOfLog } from '../lines.js';
import { act } from '../../../program/declare.js';

// The engine contains all deciders, so only this command loads it.
const engine = (): Promise<typeof import('@interlock/replay')> => import('@interlock/replay');

const others = 'budget,lease,device,device_tx,kill_switch,incident,alert,trace';
/** How many positions after an action's end are searched for its consequences. */
const after = 20_000;

const atLeastZero = (position: bigint): bigint => (position < 0n ? 0n : position);

/** Reads the action's own stream, then the other events while it ran, then the consequences. */
const readLive = async (session: Session, actionId: string, trace: Trace): Promise<void> => {
  let first: RecordedEvent | undefined;
  let last: RecordedEvent | undefined;
  await eachEventOfLog(
    session,
    `/api/v1/audit/streams/${encodeURIComponent(`action-${session.tenant}:${actionId}`)}`,
    (event) => {
      trace.take(event);
      first ??= event;
      last = event;
      return true;
    },
  );
  if (first === undefined || last === undefined) return;
  const from = atLeastZero(first.position.commit - 1n);
  const until = positionText(last.position);
  const events = (categories: string, query: string): Promise<string> =>
    eachEventOfLog(session, `/api/v1/audit/events?category=${categories}&${query}`, (event) => {
      trace.take(event);
      return true;
    });
  await events(others, `after=${from}&until=${until}`);
  if (trace.story()?.ended_at !== null) await events(others, `after=${until}&limit=${after}`);
};

const mostNamed = 10;

/** Reads an action from a file: by its id, a unique prefix of it, or the id of its intent. */
const readFile = async (file: string, asked: string): Promise<Trace> => {
  const { Trace } = await engine();
  const read = async (
    actionId: string,
    take: (event: RecordedEvent) => void = () => undefined,
  ): Promise<Trace> => {
    const trace = new Trace(actionId);
    await eachEventOfFile(file, (event) => {
      trace.take(event);
      take(event);
      return true;
    });
    return trace;
  };
  const meant = new Set<string>();
  const trace = await read(asked, ({ type, stream, data }) => {
    if (type !== 'IntentAccepted' || meant.size >= mostNamed) return;
    const id = stream.slice(stream.indexOf(':') + 1);
    if (
      id.startsWith(asked) ||
      (data as { readonly intent?: { readonly intent_id?: unknown } }).intent?.intent_id === asked
    )
      meant.add(id);
  });
  const [only, ...others] = meant;
  if (trace.story() !== null || only === undefined) return trace;
  if (others.length > 0 || file === '-')
    throw new CliError(
      `\`${printable(asked)}\` is ${others.length > 0 ? 'several actions' : 'the action'}: ${[...meant].map(printable).join(', ')}${meant.size >= mostNamed ? ' and more' : ''}`,
    );
  return read(only);
};

/** Reads an action of the running system, by its id or its intent's. */
const readSystem = async (session: Session, asked: string): Promise<Trace> => {
  const { Trace } = await engine();
  const trace = new Trace(asked);
  await readLive(session, asked, trace);
  if (trace.story() !== null) return trace;
  const {
    items: [meant],
  } = await session.ask('GET /api/v1/autonomous/actions', [], { query: { intent_id: asked } });
  if (meant === undefined) return trace;
  const found = new Trace(meant.action_id);
  await readLive(session, meant.action_id, found);
  return found;
};

export const addAuditTrace = act({
  command: 'trace <action>',
  about:
    'show one action from the intent to what was sent to the device, by its id or that of its intent; in a file, the beginning of an id is enough',
  routes: [
    'GET /api/v1/audit/streams/{stream}',
    'GET /api/v1/audit/events',
    'GET /api/v1/autonomous/actions',
  ],
  options: {
    '--file <export>': 'read an exported file instead of the running system',
    '--json': { about: 'as JSON', preset: false },
  },
  run: async (call, asked) => {
    const { file, json } = call.options;
    const trace = file === undefined ? await readSystem(call.session, asked) : await readFile(file, asked);
    const story = trace.story();
    if (story === null) throw new CliError(`${file ?? 'the log'} holds no action ${printable(asked)}`);
    if (json) printJson(story);
    else process.stdout.write((await engine()).traceText(story));
  },
});
