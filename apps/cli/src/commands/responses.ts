import { setTimeout as delay } from 'node:timers/promises';
import type { Command } from 'commander';
import { postureLevels } from '@interlock/contracts';
import { CliError, print, printJson, Session, visible, type Globals } from '../session.js';

type Result = {
  readonly action: string;
  readonly state: string;
  readonly passed: boolean | null;
  readonly stdout: string;
  readonly undo_instruction: string | null;
};
type Response = {
  readonly response_id: string | null;
  readonly status: string;
  readonly policy: string;
  readonly mode: string;
  readonly trigger: string;
  readonly gates: readonly string[];
  readonly actions_planned: number;
  readonly results: readonly Result[];
  readonly began_at: string | null;
  readonly detail: string | null;
};
type Json = { readonly json: boolean };
type RunOptions = Json & { readonly policy?: string; readonly apply: boolean; readonly wait: boolean };

const path = '/api/v1/responses';
const lookEveryMs = 500;

const outcomeOf = ({ passed }: Result): string => (passed === null ? '' : passed ? ', passed' : ', FAILED');

const told = (response: Response): void => {
  const { response_id, status, policy, mode, gates, actions_planned, results, detail } = response;
  print(`response ${response_id ?? '(none)'}  ${policy}  ${mode}  ${status}  ${actions_planned} planned`);
  for (const gate of gates) print(`  blocked by ${gate}`);
  for (const result of results) {
    print(`  ${result.action}  ${result.state}${outcomeOf(result)}  ${visible(result.stdout)}`);
    if (result.undo_instruction !== null) print(`    ${result.undo_instruction}`);
  }
  if (detail !== null) print(`  ${visible(detail)}`);
};

/** Waits until a run has come to its end, or waits for a person. */
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
  if (options.json) printJson(response);
  else told(response);
  const failed = response.results.some(({ passed }) => passed === false);
  if (response.status === 'blocked' || response.status === 'failed' || failed) process.exitCode = 1;
};

/** `interlock responses`: what the posture does by itself, by hand. */
export const addResponses = (program: Command, globals: () => Globals): void => {
  const responses = program
    .command('responses')
    .description('what the posture does on YELLOW and RED: run, look, take back');
  responses
    .command('run')
    .description(
      'plan the responses of a level, or do them; exit code 1 where it is blocked, fails or finds a fault',
    )
    .option('--policy <level>', 'YELLOW, ORANGE, RED or GREEN; else the level as it is now')
    .option('--apply', 'do them; without it nothing is done', false)
    .option('--wait', 'until they have ended; one that needs an approval waits for it', false)
    .option('--json', '', false)
    .action((options: RunOptions) => run(globals(), options));
  responses
    .command('list')
    .description('the runs, the newest first')
    .option('--limit <n>', '', '20')
    .option('--json', '', false)
    .action(async ({ limit, json }: Json & { readonly limit: string }) => {
      const page = await new Session(globals()).json<{ readonly items: readonly Response[] }>(
        'GET',
        `${path}?limit=${encodeURIComponent(limit)}`,
      );
      if (json) printJson(page);
      else
        for (const { began_at, ...one } of page.items)
          print(
            `${began_at ?? '-'}  ${one.response_id ?? '-'}  ${one.policy}  ${one.mode}  ${one.trigger}  ${one.status}${one.gates.length > 0 ? `  ${one.gates.join(', ')}` : ''}`,
          );
    });
  responses
    .command('show <id>')
    .option('--json', '', false)
    .action(async (id: string, { json }: Json) => {
      const response = await new Session(globals()).json<Response>(
        'GET',
        `${path}/${encodeURIComponent(id)}`,
      );
      if (json) printJson(response);
      else told(response);
    });
  responses
    .command('undo <id>')
    .description('put back what a run changed; by a person (--as)')
    .requiredOption('--reason <text>')
    .option('--json', '', false)
    .action(async (id: string, { reason, json }: Json & { readonly reason: string }) => {
      const response = await new Session(globals()).json<Response>(
        'POST',
        `${path}/${encodeURIComponent(id)}/undo`,
        { reason },
      );
      if (json) printJson(response);
      else told(response);
    });
};
