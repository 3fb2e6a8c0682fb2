// What the examples share: the running Interlock of a home, tokens of its own issuer, and the
// settings that let an agent act by itself.
import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { InterlockClient } from '@interlock/client';

const run = promisify(execFile);
const cli = fileURLToPath(new URL('../apps/cli/run/main.js', import.meta.url));

/** The home of the Interlock that `npm start` runs. */
export const home = resolve(process.env.INTERLOCK_HOME ?? '.interlock');
export const url = JSON.parse(readFileSync(join(home, 'runtime.json'), 'utf8')).http;
export const tenant = 'demo';

/** Runs the command line on the home. */
export const interlock = async (...args) =>
  (await run(process.execPath, ['--no-warnings', cli, '--home', home, ...args])).stdout.trim();

/** A client with a token of the home: with `sub` a person's, else the service's `name`. */
export const clientOf = async (scopes, sub) => {
  const token = await interlock(
    'token',
    '--tenant',
    tenant,
    '--scope',
    scopes.join(','),
    ...(sub ? ['--sub', sub] : []),
  );
  return Object.assign(new InterlockClient({ url, token }), { token });
};

/** Does what may have been done in an earlier run. */
export const unlessThere = async (doing) => {
  try {
    return await doing();
  } catch (error) {
    if (error.code !== 'already-exists') throw error;
    return undefined;
  }
};

/**
 * Writes a setting. If that loosens it, the answer is a change request, which changes nothing. In a
 * home of `npm start` the same person confirms its digest; elsewhere it takes another person.
 */
export const confirmed = async (admin, method, path, body) => {
  const { change_id: id, digest } = await admin.call(method, path, body);
  if (id !== undefined) await admin.call('POST', `/api/v1/changes/${id}/approve`, { digest });
};

/**
 * Lets the account's actions of a type run by themselves, where a policy allows them and the budget
 * lasts.
 */
export const letRun = async (admin, account, actionType) => {
  await confirmed(admin, 'PUT', '/api/v1/autonomy/config', {
    account_id: account,
    action_type: actionType,
    mode: 'AUTO_EXECUTE',
    reason: 'the example lets its actions run by themselves',
    // No action of the account has been seen yet.
    force: true,
  });
  await confirmed(admin, 'PUT', '/api/v1/autonomy/budget', {
    account_id: account,
    max_autonomous_per_day: 100,
  });
  await unlessThere(() =>
    confirmed(admin, 'POST', `/api/v1/policies/${tenant}`, {
      policy_id: `example-${actionType.replaceAll('.', '-')}`,
      name: `Example: ${actionType}`,
      action_types: [actionType],
      decision: 'ALLOW',
      conditions: [],
    }),
  );
};

/** Asks until there is an answer. */
export const until = async (asking) => {
  for (;;) {
    const answer = await asking();
    if (answer) return answer;
    await new Promise((wake) => setTimeout(wake, 250));
  }
};
