import { renameSync, statSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { AgentCredential, InterlockClient } from '@interlock/client';
import { commandLine, findPython, runPython, suiteWhere, until } from '@interlock/testing';
import { account, agent, tenant } from './names.js';
import { site } from './network.js';
import { repository } from './stack.js';
import { World } from './world.js';

const world = new World({ devices: [site('r01'), site('r02')] });
beforeAll(async () => {
  await world.start();
  await world.provision();
});
afterAll(() => world.end());

describe('an agent that runs elsewhere', () => {
  const fileOf = (name: string): string => join(world.stack.home, `${name}.json`);
  const agents = async (...args: readonly string[]): Promise<string> => {
    const { code, stdout, stderr } = await world.stack.cli(
      '--tenant',
      tenant,
      '--as',
      'ann',
      'agents',
      ...args,
    );
    if (code !== 0) throw new Error(`${stdout}${stderr}`);
    return stdout;
  };
  const clientOf = (name: string): InterlockClient =>
    new InterlockClient({ credential: AgentCredential.from(fileOf(name)) });
  const failing = async (name: string): Promise<string> => {
    const cell = `cell-${name}-1`;
    await world.network.degrade(cell);
    await world.teach(cell);
    return cell;
  };

  it('gets a credential, has its action run, goes on with a new key, and is refused once revoked', async () => {
    await world.cliApproved(tenant, 'agents', 'create', agent, '--account', account, '--out', fileOf(agent));
    expect(statSync(fileOf(agent)).mode & 0o777).toBe(0o600);
    expect(await agents('list')).toContain(agent);

    const client = clientOf(agent);
    const accepted = await client.submit(world.intent(await failing('r01')));
    const action = await client.waitForOutcome(accepted.action_id, accepted);
    expect([action.state, action.reasons]).toEqual(['COMPLETED', []]);
    expect((await world.view(accepted.action_id)).requester).toBe(`service:agent.${agent}`);

    const rotate = ['rotate', agent, '--credential', fileOf(agent), '--overlap', '0'];
    await world.cliApproved(tenant, 'agents', ...rotate);
    renameSync(`${fileOf(agent)}.next`, fileOf(agent));
    const renewed = clientOf(agent);
    expect((await renewed.action(accepted.action_id)).state).toBe('COMPLETED');
    await until(
      () =>
        client.action(accepted.action_id).then(
          () => false,
          (error: unknown) => (error as { readonly code?: string }).code === 'credential-revoked',
        ),
      'the old key has ended',
    );

    await agents('revoke', agent, '--cancel');
    const refused = renewed.submit(world.intent(await failing('r02')));
    await expect(refused).rejects.toMatchObject({ code: 'credential-revoked' });
    await expect(clientOf(agent).action(accepted.action_id)).rejects.toMatchObject({
      code: 'credential-revoked',
    });
  });
});

const { python, missing } = findPython(['httpx', 'pydantic', 'cryptography']);

suiteWhere(describe, 'an agent in Python', missing, () => {
  it('submits, waits, answers webhooks, is governed and has its key rotated and revoked', async () => {
    const folder = join(repository, 'clients/python');
    const { code, output } = await runPython(python, ['-m', 'unittest', '-v'], {
      cwd: join(folder, 'tests/stack'),
      env: {
        PYTHONPATH: join(folder, 'src'),
        INTERLOCK_CLI: JSON.stringify([process.execPath, commandLine, '--home', world.stack.home]),
        INTERLOCK_HOME: world.stack.home,
        INTERLOCK_TENANT: tenant,
        INTERLOCK_URL: world.stack.runtime.http,
      },
    });
    expect(code === 0 ? '' : output).toBe('');
    expect(output).toMatch(/^Ran [1-9]\d* tests? in [\s\S]*^OK$/m);
  });
});
