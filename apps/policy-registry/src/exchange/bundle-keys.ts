import { readFileSync } from 'node:fs';
import { ProblemError } from '@interlock/kernel';
import { parseBundleKeys, secretKey, type BundleKey } from '@interlock/policy';
import type { RegistryConfig } from '../config.js';

/** The injection token of the keys of exported bundles (`BundleKeys`). */
export const BUNDLE_KEYS = Symbol('BUNDLE_KEYS');

/** The keys of exported bundles, and how many hours an export is valid. */
export type BundleKeys = {
  readonly keys: readonly BundleKey[];
  readonly expiryH: number;
  readonly longestH: number;
};

const refuse = (variable: string, detail: string, why: string): ProblemError =>
  new ProblemError('validation-failed', `the environment has 1 fault: ${variable} ${why}`, {
    violations: [{ pointer: `/${variable}`, detail }],
    remedy: 'set the named variable and start again',
  });

const keysOf = ({ BUNDLE_KEYS_FILE: file, HMAC_SECRET: secret }: RegistryConfig): readonly BundleKey[] => {
  if (file === undefined) return secret === undefined ? [] : [secretKey(secret)];
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch {
    throw refuse('BUNDLE_KEYS_FILE', 'must be a file that can be read', 'names no file that can be read');
  }
  return parseBundleKeys(text);
};

/**
 * Reads the keys that the environment names. Without a key, nothing is exported or imported. Throws
 * `validation-failed`, which never contains the value of a key.
 */
export const readBundleKeys = (config: RegistryConfig): BundleKeys => {
  const { BUNDLE_EXPORT_EXPIRY_H: expiryH, BUNDLE_EXPORT_LONGEST_H: longestH } = config;
  if (expiryH > longestH)
    throw refuse(
      'BUNDLE_EXPORT_EXPIRY_H',
      'must not be more than BUNDLE_EXPORT_LONGEST_H',
      'is more than BUNDLE_EXPORT_LONGEST_H',
    );
  return { keys: keysOf(config), expiryH, longestH };
};
