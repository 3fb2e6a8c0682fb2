import { randomBytes } from 'node:crypto';
import { chownSync, existsSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { keysAfter, signingKeysAfter, type KeyStep } from '@interlock/platform';
import { CliError, homeOf, pathOf, print } from '../../connection/session.js';
import { act, group, type Add } from '../../program/declare.js';

/** Keys that sign or encrypt for a time: the file below the home, and its text after a step. */
const kinds = {
  sessions: {
    file: ['secrets', 'console-key'],
    after: (text: string, step: KeyStep): string =>
      keysAfter(text.trim().split('\n'), step, randomBytes(32).toString('base64url')).join('\n'),
  },
  tokens: { file: ['keys', 'dev-issuer.jwk.json'], after: signingKeysAfter },
  agents: { file: ['keys', 'agent-tokens.jwk.json'], after: signingKeysAfter },
} as const;

const next: { readonly [step in KeyStep]: string } = {
  add: 'restart every service and the edge, one instance after another; then `use` it',
  use: 'restart every edge; then wait until what the earlier key signed has ended, and `retire` it',
  retire: 'restart every service and the edge, one instance after another',
};

/** Replaces a file as a whole, with the same owner and mode 0600. */
const replace = (path: string, text: string): void => {
  const { uid, gid } = statSync(path);
  const written = `${path}.next`;
  rmSync(written, { force: true });
  writeFileSync(written, text, { mode: 0o600, flag: 'wx', flush: true });
  chownSync(written, uid, gid);
  renameSync(written, path);
};

const take = (step: KeyStep, about: string): Add =>
  act({
    command: `${step} <kind>`,
    about,
    arguments: { kind: { about: 'what the key is for', choices: ['sessions', 'tokens', 'agents'] } },
    options: { '--file <file>': 'the file of the keys, if it is not in the home' },
    run: async ({ globals, options: { file } }, kind) => {
      const { file: below, after } = kinds[kind];
      const path = file === undefined ? join(homeOf(globals), ...below) : pathOf(file);
      if (!existsSync(path)) throw new CliError(`there is no file ${path}`);
      let text: string;
      try {
        text = await after(readFileSync(path, 'utf8'), step);
      } catch (error) {
        throw new CliError(`the keys in ${path} are unchanged: ${(error as Error).message}`);
      }
      replace(path, text);
      print(`${path} is written: ${next[step]}`);
    },
  });

export const addKeys = group(
  'keys',
  "rotate the key of sessions' cookies, of people's tokens or of agents' tokens",
  [
    take('add', 'add a new key after the present one, so that every process knows it'),
    take('use', 'sign with the second key; what the other key signed stays valid'),
    take('retire', 'keep only the first key'),
  ],
);
