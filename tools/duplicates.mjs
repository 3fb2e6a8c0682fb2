#!/usr/bin/env node
// Finds code that stands in two places: runs of equal lines in the sources, whatever their
// indentation. Blank lines, comments, imports and re-exports do not count.
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import { pathToFileURL } from 'node:url';

import { root } from './run/node.mjs';
import { readProjects } from './run/workspace.mjs';

/** The shortest run of equal lines that counts as a repetition. */
export const shortest = 12;

/** A generated file says so in its first line. */
const generated = /^\/\/ Generated from /;

/**
 * The lines of a text that count, each with its number and without its indentation.
 * @param {string} text
 * @returns {{ text: string, number: number }[]}
 */
export function codeLines(text) {
  const blank = (part) => part.replace(/[^\n]/g, '');
  return text
    .replace(/^[ \t]*\/\*[\s\S]*?\*\//gm, blank)
    .replace(/^[ \t]*\/\/.*$/gm, '')
    .replace(/^import\b[^;]*;/gm, blank)
    .replace(/^export\s+(?:type\s+)?\{[^;]*;/gm, blank)
    .split('\n')
    .map((line, at) => ({ text: line.trim().replace(/\s+/g, ' '), number: at + 1 }))
    .filter((line) => line.text !== '');
}

/**
 * The longest runs of equal lines in a set of files, one line each.
 * @param {Readonly<Record<string, string>>} files texts by name
 * @param {number} [least] how many lines a run has at least
 * @returns {string[]}
 */
export function duplicates(files, least = shortest) {
  const sources = Object.entries(files).map(([name, text]) => ({ name, lines: codeLines(text) }));
  const seen = new Map();
  const reported = new Set();
  const found = [];
  for (const source of sources) {
    for (let at = 0; at + least <= source.lines.length; at += 1) {
      const window = source.lines
        .slice(at, at + least)
        .map((line) => line.text)
        .join('\n');
      const earlier = seen.get(window) ?? [];
      seen.set(window, [...earlier, { source, at }]);
      for (const other of earlier) {
        if (other.source === source && at - other.at < least) continue;
        const pair = (step) => `${other.source.name}:${other.at + step}=${source.name}:${at + step}`;
        // The run continues one that is already reported.
        const continues = reported.has(pair(-1));
        reported.add(pair(0));
        if (continues) continue;
        let length = least;
        while (
          at + length < source.lines.length &&
          source.lines[at + length].text === other.source.lines[other.at + length]?.text
        )
          length += 1;
        found.push(
          `${other.source.name}:${other.source.lines[other.at].number} and ${source.name}:${source.lines[at].number}: ${length} equal lines; say them once`,
        );
      }
    }
  }
  return found;
}

function* sourcesIn(folder) {
  if (!existsSync(folder)) return;
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) {
      if (entry.name !== 'test') yield* sourcesIn(path);
    } else if (/\.(?:ts|tsx|mjs)$/.test(entry.name)) yield path;
  }
}

/**
 * The sources of a workspace by name: those of its projects, its tools and its benchmarks.
 * @param {string} folder the workspace
 * @returns {Record<string, string>}
 */
export function readSources(folder) {
  const folders = [...readProjects(folder).map((project) => join(project.folder, 'src')), 'tools', 'bench'];
  const paths = folders.flatMap((name) => [...sourcesIn(join(folder, name))]);
  return Object.fromEntries(
    paths
      .map((path) => [path.slice(folder.length + 1), readFileSync(path, 'utf8')])
      .filter(([, text]) => !generated.test(text)),
  );
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const faults = duplicates(readSources(root));
  for (const fault of faults) process.stderr.write(`${fault}\n`);
  process.exitCode = faults.length > 0 ? 1 : 0;
}
