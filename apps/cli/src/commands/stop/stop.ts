import { randomUUID } from 'node:crypto';
import { appendFileSync, existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { systemTenant } from '@interlock/contracts';
import { exportJWK, generateKeyPair, importJWK, SignJWT, type JWK } from 'jose';
import { remark } from '../../output/output.js';
import { addressAsked } from '../../connection/remote.js';
import { unanswered } from '../../connection/unanswered.js';
import {
  answerOf,
  CliError,
  homeOf,
  pathOf,
  print,
  readRuntime,
  Session,
  type Globals,
} from '../../connection/session.js';
import { engage, engageOptions, engages, target, tellIncomplete, tellUnseen } from './kill-switch.js';
import { receiptShape, type Receipt } from './receipt.js';
import { faultOfFile, readText } from '../../reading.js';
import { act, all, answer, group } from '../../program/declare.js';
import type { Values } from '../../program/options.js';

/** How long a signed request is valid. */
const lifeS = 60;
const namePattern = /^[a-z0-9][a-z0-9_-]{0,39}$/;

const keyIn = (file: string): JWK & { readonly kid: string } => {
  const text = readText(file);
  let key: JWK | undefined;
  try {
    key = JSON.parse(text) as JWK;
  } catch {
    throw new CliError(`${file} is not a break-glass key: it is not JSON`, 2);
  }
  const { kid } = key;
  if (kid === undefined || key.d === undefined || key.crv !== 'Ed25519')
    throw new CliError(`${file} holds no break-glass key`, 2);
  return { ...key, kid };
};

/** Engages a kill switch with an offline key, without a login. */
const breakGlass = async (
  globals: Globals,
  file: string,
  { reason, rollback, force, ...which }: Values<typeof engageOptions>,
): Promise<Receipt> => {
  const key = keyIn(file);
  const meant = target(which);
  if (meant['scope'] !== 'global' && addressAsked(globals) !== undefined && globals.tenantNamed !== true)
    throw new CliError('say which tenant is to be stopped with --tenant, or --scope global', 2);
  const request = await new SignJWT({
    stop: {
      ...meant,
      reason,
      rollback_in_flight: rollback,
      ...(force ? { force: true } : {}),
      ...(meant['scope'] === 'global' ? {} : { tenant_id: globals.tenant }),
    },
  })
    .setProtectedHeader({ alg: 'EdDSA', typ: 'interlock-stop+jwt', kid: key.kid })
    .setAudience('interlock-kill-switch')
    .setJti(randomUUID())
    .setIssuedAt(Date.now() / 1000)
    .setExpirationTime(Date.now() / 1000 + lifeS)
    .sign(await importJWK(key, 'EdDSA'));
  const http = addressAsked(globals) ?? readRuntime(homeOf(globals)).http;
  let answer: Response;
  try {
    answer = await fetch(`${http}/api/v1/autonomous/kill-switch/break-glass`, {
      method: 'POST',
      headers: { authorization: `Break-Glass ${request}` },
    });
  } catch (error) {
    throw new CliError(`Interlock does not answer at ${http}${unanswered(error, 'is it running?')}`);
  }
  return answerOf<Receipt>(answer);
};

const stop = answer({
  command: 'stop',
  about: `stop autonomous actions at once; with --break-glass, even if nobody can log in; ${engages}`,
  routes: ['POST /api/v1/autonomous/kill-switch', 'POST /api/v1/autonomous/kill-switch/break-glass'],
  options: {
    ...engageOptions,
    '--break-glass <file>': 'the private key of `break-glass create`, which can only stop',
  },
  piped: 'json',
  run: async ({ globals, options: { breakGlass: file, ...options }, tell }) => {
    const of = options.scope === 'global' ? { ...globals, tenant: systemTenant } : globals;
    const session = file === undefined ? new Session(of) : undefined;
    const receipt = await (session === undefined
      ? breakGlass(globals, file ?? '', options)
      : engage(session, options));
    await tell(receipt, receiptShape);
    tellIncomplete(receipt);
    await tellUnseen(receipt, options.force, session);
  },
});

const create = act({
  command: 'create <name>',
  about: 'make a key pair: the private key in a file, the public key for the installation',
  options: {
    '-o, --output <file>': 'the file of the private key; default: break-glass-NAME.jwk',
    '--register <file>': "add the public key to this file; default: the home's, if there is one",
  },
  run: async ({ globals, options: { output, register } }, name) => {
    if (!namePattern.test(name))
      throw new CliError(
        'a name is 1 to 40 small letters, digits, `-` and `_`, and begins with none of the last two',
        2,
      );
    const file = pathOf(output ?? `break-glass-${name}.jwk`);
    const { publicKey, privateKey } = await generateKeyPair('EdDSA', { crv: 'Ed25519', extractable: true });
    const { x = '' } = await exportJWK(publicKey);
    try {
      writeFileSync(file, JSON.stringify({ ...(await exportJWK(privateKey)), alg: 'EdDSA', kid: name }), {
        mode: 0o600,
        flag: 'wx',
      });
    } catch (error) {
      throw new CliError(`${file} cannot be written: ${faultOfFile(error)}`);
    }
    const home = homeOf(globals);
    const into = register ?? (existsSync(join(home, 'keys')) ? join(home, 'break-glass-keys') : undefined);
    if (into !== undefined) appendFileSync(pathOf(into), `${name} ${x}\n`, { mode: 0o600 });
    remark(
      [
        `The private key is in ${file}. Take it off this machine, to where you reach it when nothing else works.`,
        into === undefined
          ? 'Its public key is the next line: it goes into KILL_SWITCH_BREAK_GLASS_KEYS of safety-rails.'
          : `Its public key is the next line, and was added to ${pathOf(into)}: from now on it stops.`,
      ].join('\n'),
    );
    print(`${name} ${x}`);
  },
});

/** `interlock stop` and `interlock break-glass`. */
export const addStop = all(
  stop,
  group('break-glass', 'offline keys that stop actions even if nobody can log in', [create]),
);
