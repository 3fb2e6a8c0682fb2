import type { Actor, Timestamp } from '@interlock/contracts';
import { isObject } from '../values/is-object.js';
import { isTexts } from '../values/is-texts.js';
import { sameJson } from '../values/same-json.js';

/** The command of a decider: its kind, and everything that the decision uses. */
export type Command = { readonly kind: string };

/**
 * A command in the metadata of its first event. Values that the event's data hold are named and not
 * repeated.
 * `from`: members of the command that the data hold under the same name. `name:n` is the first n
 * elements of a longer array, and `*` is every member of the data. `now` and `actor` are those of
 * the metadata.
 * `into`: for a member of the command, the members of the data that form it; `*` is every one.
 * `inputs`: the values that the data do not hold. Its values for a member in `into` are added to
 * that member.
 * If neither `from` nor `into` is present, `from` is `['*', 'now']`.
 */
export type RecordedCommand = {
  readonly kind: string;
  readonly from?: readonly string[];
  readonly into?: { readonly [member: string]: readonly string[] };
  readonly inputs?: Members;
};

type Members = { readonly [member: string]: unknown };
/** The members of a command that the metadata of its event hold in any case. */
type Said = { readonly now: Timestamp; readonly actor: Actor };
/** An event from which a command is recalled. */
type Answer = {
  readonly data: object;
  readonly metadata: { readonly occurred_at: Timestamp; readonly actor: Actor; readonly command?: unknown };
};

const every = '*';
/**
 * The names that a refusal compares with a person. They are personal, and a recorded decision has
 * refused nobody, so no log keeps them.
 */
const withheld = 'refused_as';
const usual = [every, 'now'];

const present = (of: object): readonly string[] =>
  Object.keys(of).filter((name) => (of as Members)[name] !== undefined);

const memberOf = (of: object, name: string): unknown =>
  Object.hasOwn(of, name) ? (of as Members)[name] : undefined;

/**
 * Returns true if `whole` holds everything in `part`: members of objects by name, elements of
 * arrays by index, in arrays of equal length.
 */
const covers = (whole: unknown, part: unknown): boolean => {
  if (Array.isArray(part))
    return (
      Array.isArray(whole) &&
      whole.length === part.length &&
      part.every((element, place) => covers(whole[place], element))
    );
  if (!isObject(part)) return sameJson(whole, part);
  return (
    isObject(whole) && present(part).every((name) => covers(memberOf(whole, name), memberOf(part, name)))
  );
};

const named = (names: readonly string[], data: object): readonly string[] => {
  const all = present(data);
  return names.length > 0 && names.length === all.length && names.every((name) => all.includes(name))
    ? [every]
    : names;
};

/** Returns the name under which the data hold a member of a command; null if they do not. */
const sourceOf = (data: object, name: string, value: unknown): string | null => {
  const whole = memberOf(data, name);
  if (covers(whole, value)) return name;
  const count = Array.isArray(value) ? value.length : 0;
  return count > 0 && Array.isArray(whole) && covers(whole.slice(0, count), value)
    ? `${name}:${count}`
    : null;
};

const memberBy = (data: object, source: string): readonly [string, unknown] => {
  const [name = '', count] = source.split(':');
  const whole = memberOf(data, name);
  return [name, count !== undefined && Array.isArray(whole) ? whole.slice(0, Number(count)) : whole];
};

const picked = (data: object, names: readonly string[]): Members => {
  const members: { [member: string]: unknown } = {};
  for (const source of names.includes(every) ? present(data) : names) {
    const [name, value] = source.includes(':') ? memberBy(data, source) : [source, memberOf(data, source)];
    // No command has a member of this name, which would set the prototype.
    if (name !== '__proto__') members[name] = value;
  }
  return members;
};

/**
 * Returns a command for the metadata of its first event, without the values that the event's data
 * hold. A recalled command may hold more within a member than this one, if the data do.
 */
export const encodeCommand = (command: Command, data: object, said: Said): RecordedCommand => {
  const from: string[] = [];
  const into: { [member: string]: readonly string[] } = {};
  const inputs: { [member: string]: unknown } = {};
  for (const name of present(command)) {
    if (name === 'kind' || name === withheld) continue;
    const value = memberOf(command, name);
    if (name === 'now' || name === 'actor') {
      if (!sameJson(value, said[name])) inputs[name] = value;
      continue;
    }
    const source = sourceOf(data, name, value);
    if (source !== null) {
      from.push(source);
      continue;
    }
    const own = isObject(value) && !Array.isArray(value) ? present(value) : [];
    const held = own.filter((member) => covers(memberOf(data, member), memberOf(value as object, member)));
    if (held.length > 0) into[name] = named(held, data);
    if (held.length === 0) inputs[name] = value;
    else if (held.length < own.length)
      inputs[name] = picked(
        value as object,
        own.filter((member) => !held.includes(member)),
      );
  }
  const fromMetadata = (['now', 'actor'] as const).filter(
    (name) => memberOf(command, name) !== undefined && memberOf(inputs, name) === undefined,
  );
  const names = [...named(from, data), ...fromMetadata];
  const isUsual =
    Object.keys(into).length === 0 &&
    (sameJson(names, usual) || (present(data).length === 0 && sameJson(names, ['now'])));
  return {
    kind: command.kind,
    ...(isUsual || (Object.keys(into).length > 0 && names.length === 0) ? {} : { from: names }),
    ...(Object.keys(into).length === 0 ? {} : { into }),
    ...(Object.keys(inputs).length === 0 ? {} : { inputs }),
  };
};

/**
 * Returns the command that wrote an event and the following events of its append; null if the event
 * carries none.
 */
export const recallCommand = ({ data, metadata }: Answer): Command | null => {
  const { command } = metadata;
  if (!isRecorded(command)) return null;
  const { kind, into = {}, inputs = {} } = command;
  const from = command.from ?? (command.into === undefined ? usual : []);
  const own = from.filter((name) => name !== 'now' && name !== 'actor');
  return {
    ...picked(data, own),
    ...(from.includes('now') ? { now: metadata.occurred_at } : {}),
    ...(from.includes('actor') ? { actor: metadata.actor } : {}),
    ...inputs,
    ...Object.fromEntries(
      Object.entries(into).map(([member, names]) => [
        member,
        { ...picked(data, names), ...(inputs[member] as object | undefined) },
      ]),
    ),
    kind,
  };
};

const isNames = (value: unknown): boolean => value === undefined || isTexts(value);

/** Returns true for a recorded command. Data from a log may have any shape. */
const isRecorded = (value: unknown): value is RecordedCommand => {
  if (!isObject(value) || typeof memberOf(value, 'kind') !== 'string') return false;
  const { from, into, inputs } = value as { readonly from?: unknown; into?: unknown; inputs?: unknown };
  return (
    isNames(from) &&
    (into === undefined || (isObject(into) && Object.values(into).every((names) => isNames(names)))) &&
    (inputs === undefined || isObject(inputs))
  );
};

const withoutTelemetry = ({ kind, from, into, inputs }: RecordedCommand): unknown => {
  const { now: _now, actor: _actor, ...rest } = (inputs ?? {}) as { readonly now?: unknown; actor?: unknown };
  const names = from?.filter((name) => name !== 'now' && name !== 'actor');
  return { kind, from: names ?? (into === undefined ? [every] : []), into, inputs: rest };
};

/**
 * Returns true if two commands differ only in time and actor. A repeat has another time, and
 * possibly comes from another instance.
 */
export const isSameCommand = (recorded: RecordedCommand | undefined, repeated: RecordedCommand): boolean =>
  recorded !== undefined && sameJson(withoutTelemetry(recorded), withoutTelemetry(repeated));
