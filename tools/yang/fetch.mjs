#!/usr/bin/env node
/**
 * Fetches the published YANG modules whose licence or size keeps them out of this repository, and
 * checks each against its hash: `node tools/yang/fetch.mjs [--folder DIR] [--table FILE] [--pin]`.
 *
 * A module without a hash in the table was never fetched by its maintainers. The first fetch prints
 * its hash; `--pin` writes the hash into the table and keeps the file. A module without an address
 * is put into the folder by hand.
 */
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

/** A larger answer is no YANG module. */
const mostBytes = 4_000_000;

const sha256 = (bytes) => createHash('sha256').update(bytes).digest('hex');

/** Whether the first statement is that of a YANG module. An error page has none. */
const isYang = (bytes) => {
  let rest = bytes.toString('utf8').trimStart();
  for (;;) {
    const end = rest.startsWith('//')
      ? rest.indexOf('\n')
      : rest.startsWith('/*')
        ? rest.indexOf('*/', 2)
        : -1;
    if (end === -1) return /^(?:sub)?module\s/.test(rest);
    rest = rest.slice(end + (rest.startsWith('//') ? 1 : 2)).trimStart();
  }
};

const download = async (url) => {
  const response = await fetch(url, { redirect: 'follow' });
  if (!response.ok) throw new Error(`the server answers ${response.status}`);
  const chunks = [];
  let length = 0;
  for await (const chunk of response.body) {
    length += chunk.length;
    if (length > mostBytes) throw new Error(`it has more than ${mostBytes} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
};

const messageOf = (error) =>
  error.cause instanceof Error ? `${error.message}: ${error.cause.message}` : error.message;

/**
 * What becomes of one module: `kept`, `fetched`, `pinned`, `unpinned`, `by-hand`, or `wrong` with
 * the reason. Only a file whose hash is that of the table is left in the folder under its name.
 */
const take = async (name, { url, sha256: expected }, folder, pin) => {
  const path = join(folder, `${name}.yang`);
  const there = existsSync(path) ? readFileSync(path) : undefined;
  if (there !== undefined && expected !== null && sha256(there) === expected) return { state: 'kept' };
  if (url === null && there === undefined) return { state: 'by-hand' };
  let bytes = there;
  if (url !== null)
    try {
      bytes = await download(url);
    } catch (error) {
      return { state: 'wrong', why: messageOf(error) };
    }
  const found = sha256(bytes);
  if (expected !== null && found !== expected)
    return { state: 'wrong', why: `its SHA-256 is ${found}, and the table has ${expected}` };
  if (!isYang(bytes)) return { state: 'wrong', why: 'it is not a YANG module' };
  if (expected === null && !pin) return { state: 'unpinned', hash: found };
  writeFileSync(`${path}.part`, bytes);
  renameSync(`${path}.part`, path);
  return { state: expected === null ? 'pinned' : 'fetched', hash: found };
};

const says = {
  kept: () => 'is there',
  fetched: () => 'fetched',
  pinned: ({ hash }) => `pinned to ${hash}`,
  unpinned: ({ hash }) => `has the hash ${hash}; read it, then keep it with --pin`,
  'by-hand': () => 'has no address: put it into the folder by hand',
  wrong: ({ why }) => `WRONG: ${why}`,
};

/**
 * Fetches every module of a table.
 * @param {{ table: string, folder: string, pin?: boolean, print?: (line: string) => void }} options
 * @returns {Promise<number>} how many were wrong
 */
async function fetchModules({
  table,
  folder,
  pin = false,
  print = (line) => process.stdout.write(`${line}\n`),
}) {
  const known = JSON.parse(readFileSync(table, 'utf8'));
  mkdirSync(folder, { recursive: true });
  let wrong = 0;
  for (const [name, row] of Object.entries(known.modules)) {
    const result = await take(name, row, folder, pin);
    if (result.state === 'wrong') wrong += 1;
    if (result.state === 'pinned') row.sha256 = result.hash;
    print(`${name}: ${says[result.state](result)}`);
  }
  if (pin) writeFileSync(table, `${JSON.stringify(known, null, 2)}\n`);
  print(wrong === 0 ? 'no module is wrong' : `${wrong} modules are wrong`);
  return wrong;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const { values } = parseArgs({
    options: {
      folder: { type: 'string', default: fileURLToPath(new URL('../../.interlock/yang', import.meta.url)) },
      table: { type: 'string', default: fileURLToPath(new URL('modules.json', import.meta.url)) },
      pin: { type: 'boolean', default: false },
    },
  });
  process.exitCode = (await fetchModules(values)) === 0 ? 0 : 1;
}
