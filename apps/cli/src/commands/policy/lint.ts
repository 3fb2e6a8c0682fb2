import { isObject } from '@interlock/kernel';
import {
  checkLintSettings,
  lintBundle,
  noLintSettings,
  type LintOptions,
  type LintSettings,
} from '@interlock/policy';
import { print, Session, type Globals } from '../../connection/session.js';
import {
  catalogueOptions,
  decidable,
  isExported,
  knownActionTypes,
  readBundle,
  readJsonFile,
  unusable,
  type PolicyCatalogue,
} from './files.js';
import { fails, lintJunit, lintSarif, lintText, type Linted } from './report.js';
import { writeOutput } from './output.js';
import { parseJson } from '../../readers.js';
import { readText } from '../../reading.js';
import { version } from '../../version.js';
import { act } from '../../program/declare.js';
import type { Values } from '../../program/options.js';

const lintOptions = {
  ...catalogueOptions,
  '--settings <file>':
    "invariants and severities, as `GET /api/v1/policy/lint/settings` returns them; default with --online: the tenant's own",
  '--previous <bundle>':
    'the bundle that these would follow: a file, a version or `active`; default with --online: the active one',
  '--format <format>': {
    about: 'how the report is written',
    choices: ['text', 'json', 'sarif', 'junit'],
    preset: 'text',
  },
  '--fail-on <severity>': {
    about: 'the lowest severity that fails',
    choices: ['error', 'warning'],
    preset: 'error',
  },
  '-o, --output <file>': 'write the report there',
} as const;
type LintCommand = Values<typeof lintOptions>;

const settingsIn = (value: unknown, { fields }: PolicyCatalogue): LintSettings => {
  const { invariants, severities } = isObject(value) ? value : { invariants: value };
  return checkLintSettings(
    {
      ...(invariants === undefined ? {} : { invariants }),
      ...(severities === undefined ? {} : { severities }),
    },
    fields,
  );
};

/** The tenant's lint settings, from a file or the running system. */
const settingsOf = (
  { settings, online }: LintCommand,
  known: PolicyCatalogue,
  globals: Globals,
): Promise<LintSettings> =>
  decidable(async () => {
    if (settings !== undefined) return settingsIn(readJsonFile(settings), known);
    return online
      ? settingsIn(await new Session(globals).ask('GET /api/v1/policy/lint/settings'), known)
      : noLintSettings;
  });

const previousOf = async (
  { previous, online }: LintCommand,
  known: PolicyCatalogue,
  globals: Globals,
): Promise<Pick<LintOptions, 'previous'>> => {
  if (previous !== undefined) return { previous: (await readBundle(previous, known, globals)).content };
  if (!online) return {};
  const { active } = await decidable(() => new Session(globals).ask('GET /api/v1/policy/bundles/active'));
  return active === null ? {} : { previous: active as NonNullable<LintOptions['previous']> };
};

const lintFile = (file: string, options: LintOptions): Linted => {
  const text = readText(file);
  const value = parseJson(text, file);
  if (isExported(value))
    throw unusable(`${file} is an exported bundle: lint the file that it was made of, or its \`bundle\``);
  if (!isObject(value) || !Array.isArray(value['rules']))
    throw unusable(`${file} is not a bundle: it has no list of \`rules\``);
  return { file, report: lintBundle(text, options) };
};

const rendered = (linted: readonly Linted[], { format, failOn }: LintCommand): string => {
  switch (format) {
    case 'text':
      return lintText(linted);
    case 'json':
      return JSON.stringify(
        {
          passed: !linted.some(({ report }) => report.findings.some((finding) => fails(finding, failOn))),
          files: linted.map(({ file, report }) => ({ file, ...report })),
        },
        null,
        2,
      );
    case 'sarif':
      return JSON.stringify(lintSarif(linted, version), null, 2);
    case 'junit':
      return lintJunit(linted, failOn);
  }
};

/**
 * `interlock policy lint`: reports errors and other findings in bundles, without a running system.
 */
export const addPolicyLint = act({
  command: 'lint <files...>',
  about:
    'report faults of bundles, without a running system (- reads the standard input); exit code 1 if there is a fault, 2 if the check is undecided',
  options: lintOptions,
  run: async ({ globals, options }, files) => {
    const known = await knownActionTypes(options, globals);
    const { invariants, severities } = await settingsOf(options, known, globals);
    const previous = await previousOf(options, known, globals);
    const linted = files.map((file) =>
      lintFile(file, { world: { catalogue: known.fields }, invariants, severities, ...previous }),
    );
    const text = rendered(linted, options);
    if (options.output === undefined) print(text);
    else writeOutput(options.output, `${text}\n`);
    if (linted.some(({ report }) => report.findings.some((finding) => fails(finding, options.failOn))))
      process.exitCode = 1;
  },
});
