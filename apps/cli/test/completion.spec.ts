import { execFileSync } from 'node:child_process';
import { describe, expect, it } from '@jest/globals';
import { completionText } from '../src/program/completion.js';
import type { CommandNode } from '../src/tree.js';

const leaf = { arguments: [], options: [], routes: [], commands: [] } as const;
const option = { about: '', takes_value: true, choices: [] } as const;
const tree: CommandNode = {
  ...leaf,
  name: 'interlock',
  about: '',
  options: [{ ...option, flags: '--tenant <tenant>' }],
  commands: [
    {
      ...leaf,
      name: 'actions',
      about: "look at an agent's actions",
      commands: [
        {
          ...leaf,
          name: 'list',
          about: '',
          options: [
            { ...option, flags: '--state <state>', choices: ['DENIED', 'BLOCKED'] },
            { ...option, flags: '-w, --watch', takes_value: false },
          ],
        },
        { ...leaf, name: 'show', about: '', arguments: ['<action>'] },
      ],
    },
    { ...leaf, name: 'audit', about: '' },
  ],
};

/** Bash's suggestions after these words, the last of which is being typed. */
const offered = (...words: readonly string[]): readonly string[] =>
  execFileSync(
    'bash',
    [
      '--noprofile',
      '--norc',
      '-c',
      `${completionText('bash', tree)}
interlock() { [ "$*" = "actions list --open --output name" ] && echo 'id-1 id-2 id-$(touch$IFS/tmp/never)'; }
COMP_WORDS=("$@"); COMP_CWORD=$(($#-1)); _interlock; printf '%s\\n' "\${COMPREPLY[@]}"`,
      'bash',
      'interlock',
      ...words,
    ],
    { encoding: 'utf8' },
  )
    .split('\n')
    .filter((line) => line !== '');

describe('the completion of bash', () => {
  it.each([
    [['a'], ['actions', 'audit']],
    [
      ['--tenant', 'actions', 'a'],
      ['actions', 'audit'],
    ],
    [
      ['actions', ''],
      ['list', 'show'],
    ],
    [['--tenant', 'demo', 'actions', 'list', '--st'], ['--state']],
    [
      ['actions', 'list', '--'],
      ['--state', '--watch', '--tenant', '--help'],
    ],
    [['actions', 'list', '--state', 'D'], ['DENIED']],
    [
      ['actions', 'show', ''],
      ['id-1', 'id-2', 'id-$(touch$IFS/tmp/never)'],
    ],
    [['audit', ''], []],
  ])('after %j suggests %j', (words, offers) => expect(offered(...words)).toEqual(offers));
});

describe('the completion of other shells', () => {
  it('names every command, option and value', () => {
    for (const shell of ['zsh', 'fish'] as const) {
      const text = completionText(shell, tree);
      for (const word of [
        'actions',
        'list',
        'show',
        'state',
        'watch',
        'DENIED BLOCKED',
        'actions list --open',
      ])
        expect(text).toContain(word);
    }
    expect(completionText('zsh', tree)).toMatch(/^#compdef interlock\n/);
    expect(completionText('fish', tree)).toContain("-d 'look at an agent\\'s actions'");
  });
});
