import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { UndoNotes } from '@interlock/agents';
import type { JsonValue } from '@interlock/contracts';
import { ProblemError } from '@interlock/kernel';
import type { AgentGatewayConfig } from './config.js';

/** The keys of undo notes. The first seals; the others open what they sealed before. */
export type NotesKeys = readonly [present: Buffer, ...earlier: Buffer[]];

const keyPattern = /^[0-9a-f]{64}([,\s]+[0-9a-f]{64})*\s*$/;

const keysIn = (text: string): NotesKeys => {
  const [present = '', ...earlier] = text.trim().split(/[,\s]+/);
  return [Buffer.from(present, 'hex'), ...earlier.map((one) => Buffer.from(one, 'hex'))];
};

/**
 * Returns the gateway's keys: the configured ones, or those in its file, which is created at the
 * first start. Throws `validation-failed` if neither is configured.
 */
export const notesKeys = (config: AgentGatewayConfig): NotesKeys => {
  if (config.AGENT_GATEWAY_KEY !== undefined) return keysIn(config.AGENT_GATEWAY_KEY);
  const file =
    config.AGENT_GATEWAY_KEY_FILE ??
    (config.INTERLOCK_HOME === undefined
      ? undefined
      : join(config.INTERLOCK_HOME, 'keys', 'agent-gateway.key'));
  if (file === undefined)
    throw new ProblemError('validation-failed', 'the gateway of agents has no key', {
      remedy: 'set AGENT_GATEWAY_KEY, AGENT_GATEWAY_KEY_FILE or INTERLOCK_HOME',
      violations: [{ pointer: '/AGENT_GATEWAY_KEY', detail: 'is needed' }],
    });
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
  try {
    writeFileSync(file, randomBytes(32).toString('hex'), { mode: 0o600, flag: 'wx' });
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error;
  }
  const text = readFileSync(file, 'utf8');
  if (!keyPattern.test(text))
    throw new ProblemError(
      'validation-failed',
      "the gateway's key file does not hold keys of 64 hex digits",
      {
        violations: [{ pointer: '/AGENT_GATEWAY_KEY_FILE', detail: 'is not a key' }],
      },
    );
  return keysIn(text);
};

const holdsText = (value: JsonValue): boolean => {
  if (typeof value === 'string') return true;
  if (typeof value !== 'object' || value === null) return false;
  return Array.isArray(value) ? value.some(holdsText) : Object.values(value).some(holdsText);
};

const keyOf = (key: Buffer, tenantId: string): Buffer =>
  Buffer.from(hkdfSync('sha256', key, Buffer.alloc(0), `undo notes\n${tenantId}`, 32));

/**
 * Returns the data for an undo in the form that the log stores. Data with text is sealed with a key
 * of the tenant, and bound to its action.
 */
export const sealNotes = (
  [key]: NotesKeys,
  tenantId: string,
  actionId: string,
  value: JsonValue,
): UndoNotes => {
  if (!holdsText(value)) return { plain: value };
  const nonce = randomBytes(12);
  const cipher = createCipheriv('aes-256-gcm', keyOf(key, tenantId), nonce);
  cipher.setAAD(Buffer.from(actionId));
  const sealed = Buffer.concat([cipher.update(JSON.stringify(value), 'utf8'), cipher.final()]);
  return { sealed: Buffer.concat([nonce, cipher.getAuthTag(), sealed]).toString('base64url') };
};

const opened = (key: Buffer, tenantId: string, actionId: string, bytes: Buffer): JsonValue => {
  const decipher = createDecipheriv('aes-256-gcm', keyOf(key, tenantId), bytes.subarray(0, 12));
  decipher.setAAD(Buffer.from(actionId));
  decipher.setAuthTag(bytes.subarray(12, 28));
  const text = Buffer.concat([decipher.update(bytes.subarray(28)), decipher.final()]).toString('utf8');
  return JSON.parse(text) as JsonValue;
};

/**
 * Opens sealed notes. Throws `internal-error` if they were sealed with none of the keys, or for
 * another action.
 */
export const openNotes = (
  keys: NotesKeys,
  tenantId: string,
  actionId: string,
  notes: UndoNotes,
): JsonValue => {
  if ('plain' in notes) return notes.plain;
  const bytes = Buffer.from(notes.sealed, 'base64url');
  for (const key of keys) {
    try {
      return opened(key, tenantId, actionId, bytes);
    } catch {
      // Another key may have sealed it.
    }
  }
  throw new ProblemError('internal-error', 'what the undo needs cannot be opened', {
    remedy: 'start the gateway with the key that it had when the action was applied',
  });
};
