import { readFileSync } from 'node:fs';
import { extname, join } from 'node:path';

import { load, loadAll } from 'js-yaml';

import { root } from '../run/node.mjs';

/** A file of the repository as data: YAML or JSON.
 * @param {string} path
 * @returns {any}
 */
export function readData(path) {
  const text = readFileSync(join(root, path), 'utf8');
  return extname(path) === '.json' ? JSON.parse(text) : load(text, { filename: path });
}

/** Every document of a YAML text.
 * @param {string} text
 * @returns {any[]}
 */
export function readDocuments(text) {
  return loadAll(text);
}

const words = new Set(
  'by without on ignoring group_left group_right and or unless bool offset sum min max avg count rate irate increase histogram_quantile absent clamp_max clamp_min vector le e time min_over_time max_over_time changes abs label_replace'.split(
    ' ',
  ),
);

/** Names of the metrics in a PromQL expression.
 * @param {string} expression
 * @returns {string[]}
 */
export function metricsOf(expression) {
  const bare = expression
    .replace(/\{[^}]*\}/g, '')
    .replace(/"[^"]*"/g, '')
    .replace(/\[[^\]]*\]/g, '')
    .replace(/\b\d[\d.]*(?:e[-+]?\d+)?\b/g, '')
    .replace(/\b(?:by|without|on|ignoring)\s*\([^)]*\)/g, '');
  return [...new Set(bare.match(/[a-zA-Z_:][\w:]*/g) ?? [])].filter((name) => !words.has(name));
}
