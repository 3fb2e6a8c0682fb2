import { lintChecks, type LintCheck, type LintFinding, type LintReport } from '@interlock/policy';

/** The lint result of one file. */
export type Linted = { readonly file: string; readonly report: LintReport };
export type FailOn = 'error' | 'warning';

const rank = { info: 0, warning: 1, error: 2 } as const;
export const fails = ({ severity }: Pick<LintFinding, 'severity'>, failOn: FailOn): boolean =>
  rank[severity] >= rank[failOn];

const what: { readonly [check in LintCheck]: string } = {
  duplicate_ids: 'Every rule has an id of its own',
  missing_reasons: 'Every rule gives a reason of at least ten characters',
  conflicts: 'No two rules of one priority allow and deny the same request',
  unreachable_rules: 'Every rule is reached by some request',
  budget_sanity: 'A rule that asks for an approval states a budget',
  invalid_conditions: 'Every condition names a declared field, an operator and a value of its type',
  disabled_rules: 'Disabled rules are worth knowing of',
  schema: 'The bundle fits its schema',
  overridden: 'Rules that others override in part are worth knowing of',
  never_matches: 'Some request meets the conditions of every rule',
  invariants: 'What the tenant wants never to be decided is never decided',
  more_permissive: 'A more permissive bundle is a MAJOR step',
  undecided: 'Whatever is checked can be told in reasonable time',
};

const counted = (n: number, word: string): string => `${n} ${word}${n === 1 ? '' : 's'}`;

export const lintText = (linted: readonly Linted[]): string => {
  const lines = linted.flatMap(({ file, report }) =>
    report.findings.flatMap(({ line, column, severity, check, message, suggestion, witness }) => [
      `${file}:${line}:${column}: ${severity} ${check}: ${message}`,
      ...(witness === null
        ? []
        : [`    for example: ${witness.agent} ${witness.action} ${JSON.stringify(witness.context)}`]),
      `    suggestion: ${suggestion.text}`,
    ]),
  );
  const sum = (severity: keyof typeof rank): number =>
    linted.reduce((total, { report }) => total + report.counts[severity], 0);
  return [
    ...lines,
    `${counted(linted.length, 'file')}: ${counted(sum('error'), 'error')}, ${counted(sum('warning'), 'warning')}, ${sum('info')} info`,
  ].join('\n');
};

const levels = { error: 'error', warning: 'warning', info: 'note' } as const;
/** A file as a URI relative to where the command was called, or absolute. */
const uriOf = (file: string): string =>
  file === '-'
    ? 'stdin'
    : encodeURI(file.replaceAll('\\', '/').replace(/^\.\//, ''))
        .replaceAll('#', '%23')
        .replaceAll('?', '%3F');

/** SARIF 2.1.0 (OASIS), for code scanners. */
export const lintSarif = (linted: readonly Linted[], version: string): object => ({
  $schema: 'https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json',
  version: '2.1.0',
  runs: [
    {
      tool: {
        driver: {
          name: 'interlock policy lint',
          version,
          rules: lintChecks.map((id) => ({
            id,
            name: id.replaceAll(/(?:^|_)([a-z])/g, (_, letter: string) => letter.toUpperCase()),
            shortDescription: { text: what[id] },
          })),
        },
      },
      columnKind: 'utf16CodeUnits',
      artifacts: linted.map(({ file }) => ({ location: { uri: uriOf(file) } })),
      results: linted.flatMap(({ file, report }, index) =>
        report.findings.map(
          ({ check, severity, message, line, column, pointer, rule_ids, suggestion, witness }) => ({
            ruleId: check,
            ruleIndex: lintChecks.indexOf(check),
            level: levels[severity],
            message: { text: `${message}; suggestion: ${suggestion.text}` },
            locations: [
              {
                physicalLocation: {
                  artifactLocation: { uri: uriOf(file), index },
                  region: { startLine: line, startColumn: column },
                },
                logicalLocations: [{ fullyQualifiedName: pointer, kind: 'member' }],
              },
            ],
            properties: { rule_ids, ...(witness === null ? {} : { witness }), patch: suggestion.patch },
          }),
        ),
      ),
    },
  ],
});

/** Removes characters that XML 1.0 cannot express. */
const xml = (text: string): string =>
  text
    .toWellFormed()
    .replaceAll(/[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/gu, '\ufffd')
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
    .replaceAll('\t', '&#9;')
    .replaceAll('\n', '&#10;')
    .replaceAll('\r', '&#13;');

export type TestCase = {
  readonly name: string;
  readonly failure?: { readonly message: string; readonly type: string; readonly text: string };
  readonly output?: string;
};
export type TestSuite = { readonly name: string; readonly cases: readonly TestCase[] };

/** JUnit's XML, for CI servers. */
export const junitXml = (name: string, suites: readonly TestSuite[]): string => {
  const failed = (cases: readonly TestCase[]): number =>
    cases.filter(({ failure }) => failure !== undefined).length;
  const all = suites.flatMap(({ cases }) => cases);
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<testsuites name="${xml(name)}" tests="${all.length}" failures="${failed(all)}" errors="0">`,
    ...suites.flatMap((suite) => [
      `  <testsuite name="${xml(suite.name)}" tests="${suite.cases.length}" failures="${failed(suite.cases)}" errors="0" skipped="0">`,
      ...suite.cases.flatMap(({ name: title, failure, output }) => [
        `    <testcase classname="${xml(name)}" name="${xml(title)}">`,
        ...(failure === undefined
          ? []
          : [
              `      <failure message="${xml(failure.message)}" type="${xml(failure.type)}">${xml(failure.text)}</failure>`,
            ]),
        ...(output === undefined ? [] : [`      <system-out>${xml(output)}</system-out>`]),
        '    </testcase>',
      ]),
      '  </testsuite>',
    ]),
    '</testsuites>',
  ].join('\n');
};

/** A test case for each check; it fails if a finding is severe enough to fail the command. */
export const lintJunit = (linted: readonly Linted[], failOn: FailOn): string =>
  junitXml(
    'interlock.policy.lint',
    linted.map(({ file, report }) => ({
      name: file,
      cases: lintChecks.map((check): TestCase => {
        const found = report.findings.filter((finding) => finding.check === check);
        const grave = found.filter((finding) => fails(finding, failOn));
        const textOf = (findings: readonly LintFinding[]): string =>
          findings
            .map(
              ({ line, column, severity, message }) => `${file}:${line}:${column}: ${severity}: ${message}`,
            )
            .join('\n');
        const others = found.filter((finding) => !grave.includes(finding));
        return {
          name: check,
          ...(grave.length === 0
            ? {}
            : { failure: { message: grave[0]!.message, type: grave[0]!.severity, text: textOf(grave) } }),
          ...(others.length === 0 ? {} : { output: textOf(others) }),
        };
      }),
    })),
  );
