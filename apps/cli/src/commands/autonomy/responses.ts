import { setTimeout as delay } from 'node:timers/promises';
import type { Schema } from '@interlock/api-types';
import { postureLevels } from '@interlock/contracts';
import { writeReport } from '@interlock/platform/report-files';
import { responseRunFiles, undoFiles, type RunFile } from '@interlock/posture';
import { linesShape, type Shape } from '../../output/output.js';
import { CliError, pathOf, Session } from '../../connection/session.js';
import { ask, answer, group } from '../../program/declare.js';
import { list } from '../../lists.js';

type Response = Schema<'ResponseDto'>;
type Result = Response['results'][number];
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
    now = await session.ask('GET /api/v1/responses/{id}', [now.response_id]);
  }
  return now;
};

const levelOf = (text: string): string => {
  if ((postureLevels as readonly string[]).includes(text)) return text;
  throw new CliError(`--policy is one of ${postureLevels.join(', ')}`, 2);
};

const run = answer({
  command: 'run',
  about: 'plan the responses of a level, or run them; exit code 1 if it is blocked, fails or finds a fault',
  routes: ['POST /api/v1/responses/run'],
  options: {
    '--policy <level>': { about: 'YELLOW, ORANGE, RED or GREEN; default: the current level', read: levelOf },
    '--apply': { about: 'run them; default: only plan', preset: false },
    '--wait': { about: 'wait until they have ended, including any approval', preset: false },
    '--out <folder>': "write preview, log, undo record or the blocked report there, under the seeds' names",
  },
  run: async ({ session, options: { policy, apply, wait, out } }) => {
    const body = { policy, apply: apply || undefined };
    const begun = await session.ask('POST /api/v1/responses/run', [], { body });
    const response = wait ? await ended(session, begun) : begun;
    if (out !== undefined) await writeReport(pathOf(out), filesOf(response));
    const failed = response.results.some(({ passed }) => passed === false);
    if (response.status === 'blocked' || response.status === 'failed' || failed) process.exitCode = 1;
    return response;
  },
  shape,
});

/** `interlock responses`: the posture's automatic responses, started by hand. */
export const addResponses = group(
  'responses',
  'what the posture does on YELLOW and RED: run, inspect, undo',
  [
    run,
    list({
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
        { head: 'BEGAN (UTC)', time: ({ began_at }) => began_at, fit: 15 },
        { head: 'BLOCKED BY', of: ({ gates }) => gates.join(', '), fit: 12 },
      ],
      id: ({ response_id }) => response_id ?? '',
    }),
    ask({ command: 'show <id>', about: 'one run', route: 'GET /api/v1/responses/{id}', shape }),
    ask({
      command: 'undo <id>',
      about: 'undo what a run changed, as a person (--as)',
      route: 'POST /api/v1/responses/{id}/undo',
      body: { '--reason <text>': 'why, for the record' },
      shape,
    }),
  ],
);
