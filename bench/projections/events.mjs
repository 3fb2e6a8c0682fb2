import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';

const fixture = (path) => readFileSync(new URL(`../../fixtures/${path}`, import.meta.url), 'utf8');
const recorded = fixture('streams/demo.ndjson').trim().split('\n');
const alerting = JSON.parse(fixture('alerting/events.json'));
const uuid = /\b([0-9a-f]{8})(-[0-9a-f]{4}-)([0-9a-f])([0-9a-f]{3}-[0-9a-f]{4}-)([0-9a-f]{12})\b/g;

/**
 * Maps ids to other ids for each copy: hash-based ids stay spread over the whole range, time-based
 * ones keep their time.
 */
function otherId(copy) {
  const hash = createHash('sha256').update(`${copy}`).digest().readUInt32BE(0);
  const number = copy.toString(16).padStart(12, '0');
  const spread = (first) => ((hash ^ Number.parseInt(first, 16)) >>> 0).toString(16).padStart(8, '0');
  return (_, first, a, version, b, last) =>
    version === '5' ? `${spread(first)}${a}${version}${b}${last}` : `${first}${a}${version}${b}${number}`;
}

const parsed = (line, copy) => {
  const tenant = `t${copy.toString(36).padStart(5, '0')}`;
  const text = line
    .replaceAll(uuid, otherId(copy))
    .replaceAll('-demo:', `-${tenant}:`)
    .replaceAll('"demo"', `"${tenant}"`);
  const { stream, id, type, data, metadata } = JSON.parse(text);
  return { stream, id, type, data, metadata };
};

/** An alert and an incident with their whole life. */
const notices = recorded
  .filter((line) => line.includes('"IncidentOpened"'))
  .flatMap((line) => {
    const { metadata, id } = JSON.parse(line);
    return Object.entries(alerting).map(([type, data], i) => {
      const [category, own] = type.startsWith('Alert') ? ['alert', 'a'] : ['incident', 'b'];
      const name = `${id.slice(0, -2)}${own}0`;
      return JSON.stringify({
        stream: `${category}-demo:${name}`,
        id: `${id.slice(0, -2)}${i}1`,
        type,
        data: `${category}_id` in data ? { ...data, [`${category}_id`]: name } : data,
        metadata,
      });
    });
  });
const configured = recorded.filter((line) => /"stream":"(?:policy|bundle|rollout)-/.test(line));

/** A copy of the recorded demo for another tenant: four actions with all their events. */
export const tenantCopy = (copy) => recorded.map((line) => parsed(line, copy));

/** Policies, a bundle and its activation, an alert and an incident of another tenant. */
export const smallCopy = (copy) => [...configured, ...notices].map((line) => parsed(line, copy));
