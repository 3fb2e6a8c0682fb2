import { spawnSync } from 'node:child_process';
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import process from 'node:process';

import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';

import { root } from '../run/node.mjs';

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'interlock-ci-'));
  for (const name of ['checkout/.ci', 'bin', 'shared/tools'])
    mkdirSync(join(folder, name), { recursive: true });
  copyFileSync(join(root, '.ci/run'), join(folder, 'checkout/.ci/run'));
  program('apt-get', 'exit 0');
  program('docker', `[ "$DOCKER_HOST" = unix://${folder}/socket ] && [ -e ${folder}/engine ]`);
});
afterEach(() => rmSync(folder, { recursive: true }));

/** A program that stands first on the PATH. */
function program(name: string, body: string): void {
  writeFileSync(join(folder, 'bin', name), `#!/bin/sh\n${body}\n`, { mode: 0o755 });
}

/** The script beside the checkout, which notes its calls. */
function engineScript(up: string): void {
  writeFileSync(
    join(folder, 'shared/tools/containers.sh'),
    `echo "$1" >>${folder}/calls\n[ "$1" = down ] || { ${up}\n}\n`,
  );
}

const comesUp = (): string =>
  `touch ${folder}/engine; echo progress >&2; echo 'export DOCKER_HOST=unix://${folder}/socket'`;

/** What npm prints for `npm test`, and for the suites in containers. */
function npm(test: string, containers: string): void {
  program('npm', `case "$*" in *test:containers*) ${containers} ;; *) ${test} ;; esac`);
}

function ci(env: Record<string, string> = {}) {
  const { status, stdout } = spawnSync('bash', [join(folder, 'checkout/.ci/run')], {
    encoding: 'utf8',
    env: {
      PATH: [join(folder, 'bin'), process.env.PATH].join(delimiter),
      HOME: folder,
      TMPDIR: folder,
      ...env,
    },
  });
  return { status, lines: stdout.trimEnd().split('\n') };
}

const calls = (): string =>
  existsSync(join(folder, 'calls')) ? readFileSync(join(folder, 'calls'), 'utf8') : '';

describe('.ci/run', () => {
  it('counts both runs, and stops the engine that it has started', () => {
    engineScript(comesUp());
    npm("echo '40 passed, 0 failed, 2 skipped'", "echo '7 passed, 0 failed, 1 skipped'");
    expect(ci()).toEqual({
      status: 0,
      lines: [
        '40 passed, 0 failed, 2 skipped',
        '7 passed, 0 failed, 1 skipped',
        '47 passed, 0 failed, 3 skipped',
      ],
    });
    expect(calls()).toBe('up\ndown\n');
  });

  it.each([
    ['is no script for one', undefined],
    ['are no rights to start one', 'echo "dockerd: not permitted" >&2; exit 1'],
    ['is one that starts and does not answer', "echo 'export DOCKER_HOST=unix:///nowhere'"],
  ])('counts npm test alone, in one line, where there %s', (_, up) => {
    if (up !== undefined) engineScript(up);
    npm("echo '40 passed, 0 failed'", 'exit 9');
    expect(ci()).toEqual({
      status: 0,
      lines: [
        '40 passed, 0 failed',
        'containers: no engine answers, so only npm test counts',
        '40 passed, 0 failed',
      ],
    });
  });

  it('fails where either run fails, or ends without its counting line', () => {
    engineScript(comesUp());
    npm("echo '40 passed, 1 failed'; exit 1", "echo '7 passed, 2 failed'; exit 1");
    expect(ci()).toMatchObject({ status: 1, lines: expect.arrayContaining(['47 passed, 3 failed']) });
    npm("echo 'out of memory'", "echo '7 passed, 0 failed'");
    expect(ci()).toMatchObject({ status: 1, lines: expect.arrayContaining(['7 passed, 1 failed']) });
  });

  it('stops containers that take too long, and says that they do not count', () => {
    engineScript(comesUp());
    npm("echo '40 passed, 0 failed'", 'exit 9');
    // Nothing waits here: it ends the second program at once, as one that has taken too long.
    program('timeout', 'shift 3; [ "$1" = bash ] && exec "$@"; echo begun; exit 124');
    expect(ci()).toEqual({
      status: 0,
      lines: [
        '40 passed, 0 failed',
        'begun',
        'containers: stopped because the time was over, so only npm test counts',
        '40 passed, 0 failed',
      ],
    });
    expect(calls()).toBe('up\ndown\n');
  });

  it('leaves the containers out where little of the time is left', () => {
    engineScript(comesUp());
    npm("echo '40 passed, 0 failed'", 'exit 9');
    expect(ci({ TOTAL_MINUTES: '7' })).toEqual({
      status: 0,
      lines: [
        '40 passed, 0 failed',
        'containers: too little of the time is left, so only npm test counts',
        '40 passed, 0 failed',
      ],
    });
    expect(calls()).toBe('');
  });

  it('uses an engine that runs already, and does not stop it', () => {
    engineScript(comesUp());
    writeFileSync(join(folder, 'engine'), '');
    npm("echo '40 passed, 0 failed'", "echo '7 passed, 0 failed'");
    const { lines } = ci({ DOCKER_HOST: `unix://${folder}/socket` });
    expect(lines.at(-1)).toBe('47 passed, 0 failed');
    expect(calls()).toBe('');
  });
});
