// Runs the command line on a bundle and writes what it found as Markdown into REVIEW_FILE. The
// output `passed` of the step is `false` if a check failed; the step itself succeeds, so that the
// comment is written in any case.
import { spawnSync } from 'node:child_process';
import { appendFileSync, readFileSync, writeFileSync } from 'node:fs';
import process from 'node:process';

const { BUNDLE, CASES, RELEASED, PROPOSE, INTERLOCK_TENANT, REVIEW_FILE } = process.env;
const { GITHUB_OUTPUT, GITHUB_STEP_SUMMARY } = process.env;
const flipsShown = 100;
const outputShown = 20_000;

/** Runs `interlock`, never through a shell. */
const interlock = (...args) => {
  const { status, stdout, stderr, error } = spawnSync('interlock', ['--tenant', INTERLOCK_TENANT, ...args], {
    encoding: 'utf8',
    maxBuffer: 1e8,
  });
  if (error !== undefined) throw error;
  return { code: status ?? 128, stdout, output: `${stdout}${stderr}`.trim() };
};

/** A text as a block of code that it cannot end. */
const block = (text) => {
  const longest = Math.max(2, ...[...text.matchAll(/`+/g)].map(([marks]) => marks.length));
  const fence = '`'.repeat(longest + 1);
  const cut = text.length > outputShown ? `${text.slice(0, outputShown)}\n…` : text;
  return `${fence}\n${cut}\n${fence}`;
};
const cell = (text) => `\`${String(text ?? '').replaceAll(/[`|\s]+/g, ' ')}\``;

/** The flip list of the draft: the recorded decisions that it would change. */
const flipsText = (list) => {
  const shown = list.flips.slice(0, flipsShown);
  const counts = Object.entries(list.counts).map(([change, n]) => `- ${change}: ${n}`);
  return [
    `${list.evaluations} recorded decisions were made again.`,
    ...(counts.length === 0 ? ['None is decided differently.'] : ['', ...counts]),
    ...(shown.length === 0
      ? []
      : [
          '',
          '| evaluation | from | by rule | to | by rule |',
          '| --- | --- | --- | --- | --- |',
          ...shown.map(
            (flip) =>
              `| ${[flip.evaluation_id, flip.from, flip.was_rule_id, flip.to, flip.rule_id].map(cell).join(' | ')} |`,
          ),
          ...(list.truncated || list.flips.length > shown.length ? ['', 'Further ones are not shown.'] : []),
        ]),
    '',
    `An approval names this list by its hash ${cell(list.flip_list_hash)}, and the bundle by ${cell(list.bundle_hash)}.`,
  ].join('\n');
};

/** Makes the draft and its flip list. */
const propose = () => {
  const pushed = interlock('policy', 'push', BUNDLE);
  if (pushed.code !== 0) return { title: 'Proposal', passed: false, text: block(pushed.output) };
  const { version } = JSON.parse(readFileSync(BUNDLE, 'utf8'));
  const made = interlock('policy', 'flips', version, '--json');
  return made.code === 0
    ? {
        title: `Proposal: draft ${version}, and the decisions that it changes`,
        passed: true,
        text: flipsText(JSON.parse(made.stdout)),
      }
    : { title: 'Proposal', passed: false, text: block(made.output) };
};

const check = (title, ...args) => {
  const { code, output } = interlock(...args);
  return { title, passed: code === 0, text: block(output === '' ? 'nothing was found' : output) };
};

const lint = check('Lint', 'policy', 'lint', BUNDLE, ...(RELEASED ? ['--previous', RELEASED] : []));
const parts = [
  lint,
  ...(CASES ? [check('Cases', 'policy', 'simulate', BUNDLE, '--cases', CASES)] : []),
  // A difference is the purpose of a pull request; only a comparison without an answer fails.
  ...(RELEASED
    ? [interlock('policy', 'diff', RELEASED, BUNDLE)].map(({ code, output }) => ({
        title: 'Compared with the released bundle',
        passed: code <= 1,
        text: block(output === '' ? 'no request is decided differently' : output),
      }))
    : []),
];
const sound = parts.every(({ passed }) => passed);
if (PROPOSE === 'true')
  parts.push(
    sound
      ? propose()
      : { title: 'Proposal', passed: false, text: 'Nothing was proposed, because a check failed.' },
  );

const passed = parts.every((part) => part.passed);
const text = [
  `## Interlock: ${cell(BUNDLE)} ${passed ? 'passed' : 'did not pass'}`,
  ...parts.map((part) => `### ${part.passed ? '✅' : '❌'} ${part.title}\n\n${part.text}`),
].join('\n\n');
writeFileSync(REVIEW_FILE, `${text}\n`);
if (GITHUB_STEP_SUMMARY) appendFileSync(GITHUB_STEP_SUMMARY, `${text}\n`);
if (GITHUB_OUTPUT) appendFileSync(GITHUB_OUTPUT, `passed=${passed}\n`);
process.stdout.write(`${text}\n`);
