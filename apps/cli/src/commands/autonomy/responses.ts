import { setTimeout as delay } from 'node:timers/promises';
import type { Schema } from '@interlock/api-types';
import { postureLevels } from '@interlock/contracts';
import { writeReport } from '@interlock/platform/report-files';
import { responseRunFiles, undoFiles, type RunFile } from '@interlock/posture';
import type { Command } from 'commander';
import { addAsk, answering } from '../../asks.js';
import { addList } from '../../lists.js';
import { linesShape, tell, type Output, type Shape } from '../../output/output.js';
import { timeCell } from '../../output/times.js';
import { CliError, pathOf, Session, type Globals } from '../../connection/session.js';

type Response = Schema<'ResponseDto'>;
type Result = Response['results'][number];
type RunOptions = Output & {
  readonly policy?: string;
  readonly apply: boolean;
  readonly wait: boolean;
  readonly out?: string;
};

const path = '/api/v1/responses';
const lookEveryMs = 500;

const outcomeOf = ({ passed }: Result): string => (passed === null ? '' : passed ? ', passed' : ', FAILED');

const linesOf = (response: Response): readonly string[] => {
  const { response_id, status, policy, mode, gates, actions_planned, results, detail } = response;
  return [
    `response ${response_id ?? '(none)'}  ${policy}  ${mode}  ${status}  ${actions_planned} planned`,
    ...gates.map((gate) => `  blocked by ${gate}`),
    ...results.flatMap((result) => [
      `  ${result.action}  ${result.state}${outcomeOf(result)}  ${result.stdout}`,
      ...(result.undo_instruction === null ? [] : [`    ${result.undo_instruction}`]),
    ]),
    ...(detail === null ? [] : [`  ${detail}`]),
  ];
};
const shape: Shape<Response> = linesShape(linesOf, ({ response_id }) =>
  response_id === null ? [] : [response_id],
);

/** The files of a run; none if the level plans nothing, or the run has not ended. */
const filesOf = ({ response_id, began_at, status, results, ...response }: Response): readonly RunFile[] => {
  if (response_id === null || began_at === null || status === 'running') return [];
  const run = {
    ...response,
    response_id,
    began_at,
    status,
    results: results.map(({ stdout, ...result }) => ({ ...result, detail: stdout })),
  };
  return [...responseRunFiles(run), ...undoFiles(run)];
};

/** Waits until a run has ended, or waits for a person. */
const ended = async (session: Session, response: Response): Promise<Response> => {
  let now = response;
  while (now.status === 'running' && now.response_id !== null) {
    await delay(lookEveryMs);
    now = await session.json<Response>('GET', `${path}/${now.response_id}`);
  }
  return now;
};

const run = async (globals: Globals, options: RunOptions): Promise<void> => {
  if (options.policy !== undefined && !(postureLevels as readonly string[]).includes(options.policy))
    throw new CliError(`--policy is one of ${postureLevels.join(', ')}`, 2);
  const session = new Session(globals);
  const begun = await session.json<Response>('POST', `${path}/run`, {
    ...(options.policy === undefined ? {} : { policy: options.policy }),
    ...(options.apply ? { apply: true } : {}),
  });
  const response = options.wait ? await ended(session, begun) : begun;
  if (options.out !== undefined) await writeReport(pathOf(options.out), filesOf(response));
  await tell(response, shape, options);
  const failed = response.results.some(({ passed }) => passed === false);
  if (response.status === 'blocked' || response.status === 'failed' || failed) process.exitCode = 1;
};

/** `interlock responses`: the posture's automatic responses, started by hand. */
export const addResponses = (program: Command, globals: () => Globals): void => {
  const responses = program
    .command('responses')
    .description('what the posture does on YELLOW and RED: run, look, take back');
  answering(responses, 'run', 'POST /api/v1/responses/run')
    .description(
      'plan the responses of a level, or do them; exit code 1 where it is blocked, fails or finds a fault',
    )
    .option('--policy <level>', 'YELLOW, ORANGE, RED or GREEN; else the level as it is now')
    .option('--apply', 'do them; without it nothing is done', false)
    .option('--wait', 'until they have ended; one that needs an approval waits for it', false)
    .option(
      '--out <folder>',
      "write preview, log, undo record or the blocked report there, in the seeds' names",
    )
    .action((options: RunOptions) => run(globals(), options));
  addList<Response>(responses, globals, {
    command: 'list',
    about: 'the runs, newest first',
    route: 'GET /api/v1/responses',
    what: 'responses',
    limit: 20,
    topics: ['posture'],
    columns: [
      { head: 'RESPONSE', of: ({ response_id }) => response_id ?? '-', fit: 13 },
      { head: 'STATUS', of: ({ status }) => status, toned: true },
      { head: 'LEVEL', of: ({ policy }) => policy, toned: true },
      { head: 'MODE', of: ({ mode }) => mode },
      { head: 'TRIGGER', of: ({ trigger }) => trigger },
      { head: 'BEGAN (UTC)', of: ({ began_at }, { now }) => timeCell(began_at, now), fit: 15 },
      { head: 'BLOCKED BY', of: ({ gates }) => gates.join(', '), fit: 12 },
    ],
    id: ({ response_id }) => response_id ?? '',
  });
  addAsk<Response>(responses, globals, {
    command: 'show <id>',
    about: 'one run',
    route: 'GET /api/v1/responses/{id}',
    shape,
  });
  addAsk<Response>(responses, globals, {
    command: 'undo <id>',
    about: 'put back what a run changed; by a person (--as)',
    route: 'POST /api/v1/responses/{id}/undo',
    body: [{ flags: '--reason <text>', about: 'why, for the record' }],
    shape,
  });
};
