import { closeSync, fsyncSync, mkdirSync, openSync, readFileSync, renameSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import {
  childElements,
  elementBuilder,
  NETCONF_NS,
  parseXml,
  serialiseXml,
  type XmlElement,
} from '@interlock/netconf';
import { generateHostKey } from './ssh.js';

const nc = elementBuilder(NETCONF_NS);

/**
 * The state that survives a device's restart: its confirmed running configuration and its host key.
 */
export interface DeviceStore {
  load(): readonly XmlElement[] | undefined;
  save(config: readonly XmlElement[]): void;
  hostKey(): string;
  saveHostKey(key: string): void;
}

/** Keeps the state in memory. */
export const memoryStore = (): DeviceStore => {
  let saved: readonly XmlElement[] | undefined;
  let key: string | undefined;
  return {
    load: () => saved,
    save: (config) => {
      saved = config;
    },
    hostKey: () => (key ??= generateHostKey()),
    saveHostKey: (other) => {
      key = other;
    },
  };
};

const readIfThere = (path: string): string | undefined => {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if (typeof error === 'object' && error !== null && 'code' in error && error.code === 'ENOENT')
      return undefined;
    throw error;
  }
};

const writeWhole = (path: string, text: string, mode: number): void => {
  const file = openSync(`${path}.new`, 'w', mode);
  try {
    writeSync(file, text);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
  renameSync(`${path}.new`, path);
};

/** Keeps the state in its own directory. Each save replaces the file atomically. */
export const directoryStore = (directory: string): DeviceStore => {
  mkdirSync(directory, { recursive: true });
  const configPath = join(directory, 'running.xml');
  const keyPath = join(directory, 'host_key');
  const saveHostKey = (key: string): void => writeWhole(keyPath, key, 0o600);
  return {
    load: () => {
      const text = readIfThere(configPath);
      return text === undefined ? undefined : childElements(parseXml(text));
    },
    save: (config) => writeWhole(configPath, serialiseXml(nc('config', ...config)), 0o644),
    hostKey: () => {
      const known = readIfThere(keyPath);
      if (known !== undefined) return known;
      const fresh = generateHostKey();
      saveHostKey(fresh);
      return fresh;
    },
    saveHostKey,
  };
};
