import { execFile, spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import {
  findPython,
  freePort,
  longSuite,
  runProgram,
  runPython,
  suiteWhere,
  until,
} from '@interlock/testing';
import { blocksOf, DocumentShell, type Block } from './document-shell.js';
import { repository, Stack } from './stack.js';
import { missingForStranger, openToStrangers } from './strangers.js';

// The reader's first steps from the documents. With the demo: docs/integrating.md, where the first
// intent proceeds automatically, and the examples. Without it: docs/getting-started.md on an empty
// Interlock, then docs/integrating.md, where the first intent is held.

const textIn = (file: string): string => readFileSync(file, 'utf8');
const textOf = (name: string): string => textIn(join(repository, 'docs', name));
const integrating = blocksOf(textOf('integrating.md'));
const readme = blocksOf(textIn(join(repository, 'README.md'))).filter(({ text }) =>
  text.includes('actions watch'),
);
const python = blocksOf(textOf('python.md'));
const agents = blocksOf(textOf('agents.md')).filter(({ text }) => text.includes('mcp allow'));
const guide = blocksOf(textOf('getting-started.md'));
const isYes = ({ text: commands }: Block): boolean => commands.includes('actions approve');
const goesOnByItself = ({ text: commands }: Block): boolean =>
  commands.includes('"COMPLETED"') && !commands.includes('actions approve');

/** Runs blocks in one shell, with a test for each. */
const runsIn = (
  stack: Stack,
  name: string,
  blocks: readonly Block[],
  ofReader: (text: string) => string = (text) => text,
): void => {
  let shell: DocumentShell;
  beforeAll(() => {
    const folder = join(stack.home, name);
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    shell = new DocumentShell(folder, stack.home, { INTERLOCK_URL: stack.runtime.http });
  });
  afterAll(() => shell.end());
  it.each(blocks.map((block) => [block.line, block] as const))('line %i', async (_, block) => {
    const { ok, output } = await shell.run({ ...block, text: ofReader(block.text) });
    expect(ok ? '' : output).toBe('');
  });
};

/** The output lines of an example, run like a reader runs it; the error output if it fails. */
const example = async (
  stack: Stack,
  name: string,
  more: { readonly [name: string]: string } = {},
): Promise<readonly string[]> => {
  const { code, stdout, stderr } = await runProgram(
    process.execPath,
    ['--no-warnings', join('examples', name, 'run.mjs')],
    {
      cwd: repository,
      env: { ...process.env, NODE_OPTIONS: undefined, INTERLOCK_HOME: stack.home, ...more },
    },
  );
  return code === 0 ? stdout.trim().split('\n') : [`ended with ${code}`, stdout, stderr];
};

const missing = ['bash', 'curl', 'jq'].filter((program) => spawnSync(program, ['--version']).status !== 0);
const forPython = findPython(['httpx', 'pydantic', 'cryptography', 'setuptools', 'wheel', 'ensurepip']);

it("every command of the documents is in a block that is run, including a person's approval and the ending without one", () => {
  expect(textOf('getting-started.md').match(/^```sh/gm)).toHaveLength(guide.length);
  expect(textOf('integrating.md').match(/^```sh/gm)).toHaveLength(integrating.length);
  expect([integrating.filter(isYes).length, integrating.filter(goesOnByItself).length]).toEqual([1, 1]);
  expect(textOf('python.md').match(/^```sh/gm)).toHaveLength(python.length);
  expect(guide.filter(isYes)).toHaveLength(1);
  expect([readme.length, agents.length]).toEqual([1, 1]);
});

const withoutOpenssl = spawnSync('openssl', ['version']).status === 0 ? [] : ['openssl'];
const noStranger = await missingForStranger();

describe('with the demo', () => {
  const stack = new Stack({ args: [] });
  beforeAll(() => stack.start());
  afterAll(() => stack.remove());

  it('the packages are installed from their tarballs in an empty folder, and their READMEs run there', async () => {
    const folder = join(stack.home, 'packages');
    mkdirSync(join(folder, 'app'), { recursive: true });
    const { NODE_OPTIONS: _options, INIT_CWD: _cwd, ...environment } = process.env;
    const inFolder = async (program: string, args: readonly string[], env: NodeJS.ProcessEnv = environment) =>
      (await promisify(execFile)(program, args, { cwd: join(folder, 'app'), env })).stdout;
    const packed = await Promise.all(
      ['libs/client/pack.mjs', 'apps/cli/pack.mjs'].map((script) =>
        inFolder(process.execPath, [join(repository, script), folder]),
      ),
    );
    const tarballs = packed.map((line) => line.trim().split('  ')[1] ?? '');
    writeFileSync(join(folder, 'app/package.json'), '{"private":true,"type":"module"}');
    await inFolder('npm', ['install', '--offline', '--no-audit', ...tarballs]);

    const installed = join(folder, 'app/node_modules/@interlock');
    const [, program = ''] =
      /^```js\n([\s\S]*?)^```$/m.exec(textIn(join(installed, 'client/README.md'))) ?? [];
    writeFileSync(join(folder, 'app/index.mjs'), program);
    const scopes = 'AUTONOMOUS_SUBMIT,AUTONOMOUS_READ';
    const { stdout: token } = await stack.cli('token', '--tenant', 'demo', '--scope', scopes);
    const env = { ...environment, INTERLOCK_URL: stack.runtime.http, INTERLOCK_TOKEN: token.trim() };
    expect(await inFolder(process.execPath, ['index.mjs'], env)).toBe('COMPLETED\nvalidation-failed true\n');

    writeFileSync(
      join(folder, 'app/index.mts'),
      "import { InterlockClient, type Accepted } from '@interlock/client';\n" +
        "const client = new InterlockClient({ url: 'http://localhost', token: '' });\n" +
        'export const asked = (intent: Parameters<typeof client.submit>[0]): Promise<Accepted> => client.submit(intent);\n' +
        '// @ts-expect-error a client is not a number\nexport const wrong: number = client;\n',
    );
    await inFolder(process.execPath, [
      join(repository, 'node_modules/typescript/bin/tsc'),
      ...['--noEmit', '--strict', '--module', 'nodenext', '--target', 'es2023', '--types', 'node'],
      ...['--typeRoots', join(repository, 'node_modules/@types'), 'index.mts'],
    ]);

    const commands = blocksOf(textIn(join(installed, 'cli/README.md')))[0]?.text.split('\n') ?? [];
    expect(commands).toEqual([
      'npx interlock --version',
      'npx interlock --help',
      'npx interlock login https://interlock.example',
      '',
    ]);
    const { version } = JSON.parse(textIn(join(installed, 'cli/package.json'))) as {
      readonly version: string;
    };
    expect((await inFolder('npx', ['--offline', 'interlock', '--version'])).trim()).toBe(version);
    const listed = await inFolder('npx', ['--offline', 'interlock', 'actions', 'list', '--json'], env);
    expect((JSON.parse(listed) as { readonly items: readonly unknown[] }).items.length).toBeGreaterThan(0);
  });

  suiteWhere(describe, 'the commands of docs/integrating.md', missing, () => {
    runsIn(
      stack,
      'integrating',
      integrating.filter((block) => !isYes(block)),
    );
  });

  it('the demo names the reasons for its holds', async () => {
    await until(() => stack.output.includes('AWAITING_CONFIRMATION'), 'the demo holds an action');
    for (const line of stack.output.split('\n').filter((one) => one.includes('AWAITING_')))
      expect(line).toMatch(/(held until \S+ UTC, then it .+|a person's yes): \S/);
  });

  it('the demo prints the lines in the README', async () => {
    const masked = (line: string): string =>
      line
        .replaceAll(/\d\d:\d\d:\d\d/g, 'TIME')
        .replaceAll(/\d+\.\d+(?= points)/g, 'N')
        .replace(/…$/, '')
        .trimEnd();
    const sample = textIn(join(repository, 'README.md'))
      .split('\n')
      .filter((line) => /^\d\d:\d\d:\d\d {2}[A-Z_]+ /.test(line))
      .map(masked);
    expect(sample).toHaveLength(5);
    const missing = (): readonly string[] => {
      const printed = stack.output.split('\n').map(masked);
      return sample.filter((line) => !printed.some((one) => one.startsWith(line)));
    };
    await until(() => missing().length === 0, "each line of the README's sample is printed");
  });

  it('the inbox agent has one action approved, one denied and one rolled back', async () => {
    expect(await example(stack, 'inbox-agent')).toEqual([
      'message-1: COMPLETED, in the folder quarantine',
      'message-2: DENIED, in the folder inbox',
      'message-3: ROLLED_BACK, in the folder inbox',
    ]);
  });

  it('the files behind MCP are read at once, and moved only after an approval', async () => {
    expect(await example(stack, 'mcp-files')).toEqual([
      'tools: read_text_file, move_file, interlock_continue',
      'read: the figures of the year',
      'move: pending, waits for the approval of a person',
      'move, once approved: done',
    ]);
  });

  suiteWhere(describe, 'the agent in Python', forPython.missing, () => {
    const using = { PYTHON: forPython.python };

    it('submits by HTTP and follows its action to the end', async () => {
      expect(await example(stack, 'python-agent', using)).toEqual([
        expect.stringMatching(/^knowledge\.reindex: COMPLETED \(.*policy \w+.*\)$/),
      ]);
    });

    it('submits on the bus if there is nats-py, otherwise by HTTP', async () => {
      const { url, user, password } = stack.runtime.nats;
      expect(
        await example(stack, 'python-agent', {
          ...using,
          INTERLOCK_NATS: url,
          INTERLOCK_NATS_USER: user,
          INTERLOCK_NATS_PASSWORD: password,
        }),
      ).toEqual([
        expect.stringMatching(/^(published on the bus|nats-py is not there: by HTTP)$/),
        expect.stringMatching(/^knowledge\.reindex: COMPLETED /),
      ]);
    });
  });

  longSuite(describe, 'for people who write Python', () => {
    suiteWhere(
      describe,
      'the commands of docs/python.md',
      [...missing, ...forPython.missing, ...withoutOpenssl],
      () => {
        let port = 0;
        beforeAll(async () => {
          port = await freePort();
          const folder = join(stack.home, 'python');
          mkdirSync(join(folder, 'bin'), { recursive: true, mode: 0o700 });
          symlinkSync(join(repository, 'clients'), join(folder, 'clients'));
          // The reader's Python is the one that has the packages.
          const program = `#!/bin/sh\nexec ${forPython.python} "$@"\n`;
          writeFileSync(join(folder, 'bin/python3'), program, { mode: 0o755 });
        });
        runsIn(stack, 'python', python, (text) => text.replace('8471', String(port)));

        it('the README of the package runs with what was installed', async () => {
          const [, program = ''] =
            /^```python\n([\s\S]*?)^```$/m.exec(textIn(join(repository, 'clients/python/README.md'))) ?? [];
          const scopes = 'AUTONOMOUS_SUBMIT,AUTONOMOUS_READ';
          const { stdout: token } = await stack.cli('token', '--tenant', 'demo', '--scope', scopes);
          const { code, output } = await runPython(
            join(stack.home, 'python/agent/bin/python'),
            ['-c', program],
            {
              cwd: join(stack.home, 'python'),
              env: { INTERLOCK_URL: stack.runtime.http, INTERLOCK_TOKEN: token.trim() },
            },
          );
          expect(code).toBe(0);
          // Commands of the documents may have locked the cell; then the dry run is denied.
          expect(output).toMatch(/^(?:COMPLETED|DENIED)\nvalidation-failed \['\/confidence_score'\]\n$/);
        });
      },
    );
  });

  suiteWhere(describe, 'the commands of docs/agents.md about MCP', missing, () => {
    const server = join(repository, 'node_modules/@modelcontextprotocol/server-filesystem');
    const ofReader = (text: string): string =>
      text
        .replace('/opt/server-filesystem', server)
        .replace('/srv/reports', join(stack.home, 'mcp/demo/reports'));
    beforeAll(() => {
      mkdirSync(join(stack.home, 'mcp/demo/reports'), { recursive: true });
    });
    runsIn(stack, 'agents', agents, ofReader);
  });

  suiteWhere(describe, 'the commands of the README, the stop and its release among them', missing, () => {
    runsIn(stack, 'readme', readme);
  });

  suiteWhere(describe, 'another user of this machine', noStranger, () => {
    it('reads no file of the home, and gets nothing at any port of the stack', async () => {
      const scan = (): ReturnType<typeof openToStrangers> =>
        openToStrangers(stack, ['demo'], /^(?:packages|integrating|agents|python|readme|launcher)(?:\/|$)/);
      const open = join(stack.home, 'open');
      writeFileSync(open, '', { mode: 0o644 });
      expect(await scan()).toEqual(['mode 644 open', 'read open']);
      rmSync(open);
      expect(await scan()).toEqual([]);
    });
  });
});

suiteWhere(describe, 'without the demo', missing, () => {
  const stack = new Stack({ args: ['--no-demo'] });
  beforeAll(() => stack.start());
  afterAll(() => stack.remove());

  it("the start prints the console's address, and a link for each role", () => {
    expect(stack.output).toMatch(
      /^ {2}console {4}http:\/\/127\.0\.0\.1:\d+ {3}sign in with one of these links/m,
    );
    expect(stack.output).toMatch(/^ {4}administrator {4}http:\/\/\S+\/login#invitation=[\w-]{32}$/m);
  });

  describe('the commands of docs/getting-started.md', () => {
    runsIn(stack, 'getting-started', guide);

    it('reached the end in the document', async () => {
      const { stdout } = await stack.cli('actions', 'list', '--json');
      const { items } = JSON.parse(stdout) as {
        readonly items: readonly { readonly intent_id: string; readonly state: string }[];
      };
      expect(Object.fromEntries(items.map(({ intent_id: id, state }) => [id, state]))).toEqual({
        'my-first-dry': 'COMPLETED',
        'my-first-1': 'ROLLED_BACK',
        'my-first-2': 'CANCELLED',
      });
    });
  });

  longSuite(describe, 'the commands of docs/integrating.md', () => {
    runsIn(
      stack,
      'integrating',
      integrating.filter((block) => !goesOnByItself(block)),
    );
  });

  it('the start holds nothing by itself', () => {
    expect(stack.output).not.toContain('AWAITING_');
  });
});
