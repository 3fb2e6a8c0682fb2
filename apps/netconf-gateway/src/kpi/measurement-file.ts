import { cutText } from '@interlock/kernel';
import {
  attributeOf,
  childElement,
  childElements,
  childText,
  parseXml,
  textOf,
  XmlError,
  type XmlElement,
} from '@interlock/netconf';
import { KpiSourceError } from './kpi-source.js';

/** One value of one counter of one object, and the granularity period that it is of. */
export type CounterValue = {
  /** The object's distinguished name. */
  readonly object: string;
  readonly counter: string;
  readonly value: number;
  readonly from: number;
  readonly to: number;
};

/**
 * The limits of one file. INVARIANT: a file is parsed in one go, and this process answers nothing
 * else meanwhile.
 */
export const measurementFileLimits = { maxMessageBytes: 8 * 1024 * 1024, maxDepth: 20, maxElements: 400_000 };

/** As TS 28.532 and, before it, TS 32.435 name their files. */
const roots: { readonly [root: string]: RegExp } = {
  measDataFile: /^http:\/\/www\.3gpp\.org\/ftp\/specs\/archive\/28_series\/28\.532#measData$/,
  measCollecFile: /^http:\/\/www\.3gpp\.org\/ftp\/specs\/archive\/32_series\/32\.435#measCollec$/,
};

const duration = /^P(?:(\d{1,5})D)?(?:T(?:(\d{1,6})H)?(?:(\d{1,6})M)?(?:(\d{1,8}(?:\.\d{1,3})?)S)?)?$/;
const msOfDuration = (text: string | undefined): number | null => {
  const found = duration.exec(text ?? '');
  if (found === null) return null;
  const [days, hours, minutes, seconds] = found.slice(1).map((part) => Number(part ?? 0));
  const ms = (((days! * 24 + hours!) * 60 + minutes!) * 60 + seconds!) * 1000;
  return ms > 0 ? ms : null;
};

const timestamp = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?(?:Z|[+-]\d\d:\d\d)$/;
const msOfTime = (text: string | undefined): number | null => {
  const ms = timestamp.test(text ?? '') ? Date.parse(text!) : NaN;
  return Number.isNaN(ms) ? null : ms;
};

const decimal = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d{1,3})?$/;
/** `NIL` and nothing stand for a value that the device does not have. */
const isAbsent = (text: string): boolean => text === '' || text === 'NIL';

const mostFaults = 20;

/** The counters of one `measInfo` by position, from either form of the standard. */
const countersOf = (info: XmlElement, fault: (detail: string) => void): ReadonlyMap<string, string> => {
  const list = childText(info, 'measTypes');
  if (list !== undefined)
    return new Map(
      list
        .split(/\s+/)
        .filter((name) => name !== '')
        .map((name, i) => [`${i + 1}`, name]),
    );
  const counters = new Map<string, string>();
  for (const type of childElements(info, 'measType')) {
    const p = attributeOf(type, 'p') ?? '';
    if (!/^\d+$/.test(p) || counters.has(p)) fault(`a \`measType\` has no \`p\` of its own`);
    counters.set(p, textOf(type).trim());
  }
  return counters;
};

/** The texts of one object's values by position. */
const resultsOf = (value: XmlElement): readonly (readonly [string, string])[] => {
  const list = childText(value, 'measResults');
  return list === undefined
    ? childElements(value, 'r').map((one) => [attributeOf(one, 'p') ?? '', textOf(one).trim()] as const)
    : list
        .split(/\s+/)
        .filter((text) => text !== '')
        .map((text, i) => [`${i + 1}`, text] as const);
};

const rootOf = (text: string): XmlElement => {
  try {
    const root = parseXml(text, measurementFileLimits);
    if (roots[root.name]?.test(root.namespace) === true) return root;
    throw new KpiSourceError(
      `the document element is \`${cutText(root.name, 64)}\` of \`${cutText(root.namespace, 128)}\`, not a 3GPP performance file`,
    );
  } catch (error) {
    if (error instanceof XmlError) throw new KpiSourceError(error.message);
    throw error;
  }
};

/**
 * The values of the wanted counters in a performance file (TS 28.532 `measDataFile`, TS 32.435
 * `measCollecFile`). Suspect and absent values are left out. Throws KpiSourceError that names the
 * faults, up to 20; a file with one is refused whole.
 */
export const parseMeasurements = (text: string, wanted: ReadonlySet<string>): readonly CounterValue[] => {
  const faults: string[] = [];
  const fault = (detail: string): void => {
    if (faults.length < mostFaults && !faults.includes(detail)) faults.push(detail);
  };
  const found = new Map<string, CounterValue>();
  const root = rootOf(text);
  for (const data of childElements(root, 'measData')) {
    const element = childElement(data, 'managedElement');
    const localDn = element === undefined ? '' : (attributeOf(element, 'localDn') ?? '');
    for (const info of childElements(data, 'measInfo')) {
      const id = cutText(attributeOf(info, 'measInfoId') ?? '', 64);
      const period = childElement(info, 'granPeriod');
      const lasts = period === undefined ? null : msOfDuration(attributeOf(period, 'duration'));
      const ends = period === undefined ? null : msOfTime(attributeOf(period, 'endTime'));
      if (lasts === null || ends === null) {
        fault(`\`measInfo\` \`${id}\` has no \`granPeriod\` with \`duration\` and \`endTime\``);
        continue;
      }
      const counters = countersOf(info, fault);
      for (const measured of childElements(info, 'measValue')) {
        const ldn = attributeOf(measured, 'measObjLdn') ?? '';
        const object = [localDn, ldn].filter((part) => part !== '').join(',');
        const shown = cutText(object, 128);
        const results = resultsOf(measured);
        if (results.length > counters.size)
          fault(`\`${shown}\` has ${results.length} values for ${counters.size} counters`);
        const isSuspect = /^(?:true|1)$/.test(childText(measured, 'suspect') ?? 'false');
        for (const [p, value] of results) {
          const counter = counters.get(p);
          if (counter === undefined)
            fault(`\`${shown}\` has a value for no counter, at \`${cutText(p, 16)}\``);
          else if (!isAbsent(value) && !decimal.test(value))
            fault(`\`${cutText(counter, 64)}\` of \`${shown}\` is not a number`);
          else if (!isAbsent(value) && !isSuspect && wanted.has(counter)) {
            const row = { object, counter, value: Number(value), from: ends - lasts, to: ends };
            const key = JSON.stringify([object, counter, row.from, row.to]);
            if ((found.get(key)?.value ?? row.value) !== row.value)
              fault(`\`${cutText(counter, 64)}\` of \`${shown}\` has two values for one period`);
            found.set(key, row);
          }
        }
      }
    }
  }
  if (faults.length > 0) throw new KpiSourceError(faults.join('; '));
  return [...found.values()];
};

/** The value of the last RDN of a distinguished name, if that is of the class. */
export const nameInClass = (object: string, objectClass: string): string | undefined => {
  const last = object.split(/(?<!\\),/).at(-1) ?? '';
  const [name, ...value] = last.split('=');
  return name?.trim() === objectClass && value.length > 0
    ? value.join('=').replaceAll(/\\(.)/g, '$1').trim()
    : undefined;
};
