import { cutText } from '@interlock/kernel';
import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseSchemaNode, type SchemaNode } from '@interlock/network';

/** The longest run, in milliseconds. A longer run is ended, and its texts are refused. */
const runMs = 30_000;
const mostOutput = 4 * 1024 * 1024;

type Run = { readonly status: number | 'stopped'; readonly out: string; readonly err: string };

/** Runs yanglint. Returns null if it is not on the PATH. */
const run = (options: readonly string[], cwd?: string): Promise<Run | null> =>
  new Promise((resolve) => {
    execFile(
      'yanglint',
      [...options],
      { timeout: runMs, maxBuffer: mostOutput, ...(cwd === undefined ? {} : { cwd }) },
      (error, out, err) => {
        if (error?.code === 'ENOENT') resolve(null);
        else if (error === null) resolve({ status: 0, out, err });
        else resolve({ status: typeof error.code === 'number' ? error.code : 'stopped', out, err });
      },
    );
  });

/** Returns `yanglint` with its version; null if it is not on the PATH or does not run. */
export const yanglintVersion = async (): Promise<string | null> => {
  const answer = await run(['--version']);
  return answer?.status === 0 ? answer.out.trim().split('\n')[0]!.slice(0, 64) : null;
};

/**
 * Returns the nodes that yanglint finds at these paths of YANG texts, or why it rejects the texts.
 */
export const yanglintNodes = async (
  texts: readonly { readonly name: string; readonly text: string }[],
  modules: readonly string[],
  paths: readonly string[],
): Promise<ReadonlyMap<string, SchemaNode | null> | { readonly fault: string }> => {
  const home = await mkdtemp(join(tmpdir(), 'interlock-yang-'));
  try {
    for (const { name, text } of texts) await writeFile(join(home, `${name}.yang`), text);
    const files = modules.map((name) => `${name}.yang`);
    const stopped = { fault: 'yanglint does not come to an end with it' };
    const loaded = await run(['-p', '.', ...files], home);
    if (loaded?.status === 'stopped') return stopped;
    if (loaded?.status !== 0)
      return { fault: cutText((loaded?.err ?? '').replaceAll(home, '').trim(), 2000) || 'is not taken' };
    const nodes = new Map<string, SchemaNode | null>();
    for (const path of paths) {
      const answer = await run(['-p', '.', '-f', 'info', '-q', '-P', path, ...files], home);
      if (answer?.status === 'stopped') return stopped;
      nodes.set(path, parseSchemaNode(answer?.out ?? ''));
    }
    return nodes;
  } finally {
    await rm(home, { recursive: true, force: true });
  }
};
