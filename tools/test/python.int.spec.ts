import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';

import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { findPython, runPython, startNats, suiteWhere, type TestNats } from '@interlock/testing';

import { pythonModels, pythonModelsOf, writePythonModels } from '../python-models.mjs';

const root = fileURLToPath(new URL('../..', import.meta.url));
const client = join(root, 'clients/python');
const document = readFileSync(join(root, 'docs/openapi.json'), 'utf8');
const packages = ['httpx', 'pydantic', 'cryptography'];
const { python, missing } = findPython(packages);
const typed = findPython([...packages, 'mypy']);
const packing = findPython([...packages, 'setuptools', 'wheel', 'ensurepip']);

/** Runs Python in the client's folder; throws its output if it fails. */
const works = async (
  args: readonly string[],
  {
    cwd = client,
    env = {},
    program = python,
  }: { cwd?: string; env?: { [name: string]: string }; program?: string } = {},
): Promise<string> => {
  const { code, output } = await runPython(program, args, { cwd, env });
  if (code !== 0) throw new Error(`${args.join(' ')}: ${output}`);
  return output;
};

it('the packages are not built by a Python that is not there, which is said in a line', () => {
  writePythonModels();
  const { status, stderr } = spawnSync(process.execPath, [join(client, 'pack.mjs'), tmpdir()], {
    encoding: 'utf8',
    env: { ...process.env, NODE_OPTIONS: '', PYTHON: '/nowhere/python3' },
  });
  expect({ status, stderr }).toEqual({
    status: 1,
    stderr:
      '/nowhere/python3 cannot build the packages: there is no such program. PYTHON=… chooses another interpreter\n',
  });
});

describe('the models of the Python client', () => {
  it('are written from the OpenAPI document, and again only if they differ', () => {
    writePythonModels();
    expect(readFileSync(pythonModels, 'utf8')).toBe(pythonModelsOf(JSON.parse(document) as object));
    expect(writePythonModels()).toBe(false);
  });

  const modelsOf = (over: object): string => {
    const changed = JSON.parse(document) as {
      components: { schemas: { [name: string]: { properties?: object; required?: string[] } } };
    };
    changed.components.schemas['AcceptedActionDto'] = {
      properties: over,
      required: Object.keys(over).slice(1),
    };
    const text = pythonModelsOf(changed);
    return /class AcceptedAction\(Answer\):\n([\s\S]*?)\n\n\n/.exec(`${text}\n\n`)![1]!;
  };

  it('know optional, nullable and reserved members, and values of a newer Interlock', () => {
    expect(
      modelsOf({
        maybe: { type: 'integer' },
        is: { type: 'boolean', description: 'a "word"' },
        state: { type: ['string', 'null'], enum: ['A', null] },
        list: { type: 'array', items: { type: ['number', 'null'] } },
        at: { anyOf: [{ type: 'string', format: 'date-time' }, { type: 'null' }] },
        sums: { type: 'object', additionalProperties: { type: 'number' } },
      }).split('\n'),
    ).toEqual([
      '    maybe: int | None = None',
      '    is_: bool = Field(alias="is", description="a \\"word\\"")',
      '    state: Literal["A"] | str | None',
      '    list: list[float | None]',
      '    at: datetime | None',
      '    sums: dict[str, float]',
    ]);
  });

  it('refuse a schema that they cannot express', () => {
    expect(() => modelsOf({ odd: { type: ['string', 'integer'] } })).toThrow(
      'AcceptedAction.odd has the types',
    );
    expect(() => modelsOf({ odd: { $ref: '#/components/schemas/NoDto' } })).toThrow('no schema `NoDto`');
  });
});

suiteWhere(describe, 'the Python client', missing, () => {
  let folder: string;
  let nats: TestNats;
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'interlock-python-'));
    nats = await startNats();
    writePythonModels();
  });
  afterAll(async () => {
    await nats.stop();
    rmSync(folder, { recursive: true, force: true });
  });
  const source = { PYTHONPATH: join(client, 'src') };

  it('passes its own tests', async () => {
    const output = await works(['-W', 'error::DeprecationWarning:interlock_client', '-m', 'unittest', '-v'], {
      cwd: join(client, 'tests/unit'),
      env: { ...source, INTERLOCK_NATS: nats.url },
    });
    expect(output).toMatch(/^Ran [1-9]\d* tests in [\s\S]*^OK$/m);
  });

  it('has examples that compile, of at most 40 lines each, which say that they are not run', async () => {
    const examples = readdirSync(join(client, 'examples')).filter((name) => name.endsWith('.py'));
    expect(examples.length).toBeGreaterThan(4);
    for (const name of examples) {
      const text = readFileSync(join(client, 'examples', name), 'utf8');
      expect({ name, isShort: text.trimEnd().split('\n').length <= 40 }).toEqual({ name, isShort: true });
      const isRun = name === 'webhook_agent.py';
      expect({ name, isRun: !/^""".* Not run here\."""$/m.test(text) }).toEqual({ name, isRun });
      const program = 'import sys; compile(open(sys.argv[1]).read(), sys.argv[1], "exec")';
      await works(['-c', program, join('examples', name)]);
    }
  });

  suiteWhere(describe, 'its types', typed.missing, () => {
    it('are complete and right for mypy in its strict mode', async () => {
      const cache = ['--cache-dir', join(folder, 'mypy')];
      await works(['-m', 'mypy', ...cache, 'src', 'examples/webhook_agent.py'], {
        program: typed.python,
        env: { MYPYPATH: 'src' },
      });
    });
  });

  suiteWhere(describe, 'its packages', packing.missing, () => {
    it.each(['.whl', '.tar.gz'])(
      '%s is installed into an empty environment, with its types',
      async (ending) => {
        const packed = execFileSync(process.execPath, [join(client, 'pack.mjs'), join(folder, ending)], {
          encoding: 'utf8',
          env: { ...process.env, NODE_OPTIONS: '', PYTHON: packing.python },
        });
        const file = packed
          .split('\n')
          .map((line) => line.split('  ')[1] ?? '')
          .find((name) => name.endsWith(ending))!;
        const environment = join(folder, `venv${ending}`);
        await works(['-m', 'venv', '--system-site-packages', environment], { program: packing.python });
        const program = join(environment, 'bin/python');
        const offline = ['--no-index', '--no-deps', '--no-build-isolation', '--disable-pip-version-check'];
        await works(['-m', 'pip', 'install', ...offline, file], { program, cwd: folder });
        const shown = await works(
          [
            '-c',
            'import interlock_client as i, os; p = os.path.dirname(i.__file__); print(p); print(sorted(os.listdir(p)))',
          ],
          { program, cwd: folder },
        );
        expect(shown).toContain(environment);
        for (const name of ['py.typed', 'models.py', 'governed.py']) expect(shown).toContain(`'${name}'`);
      },
    );
  });
});
