import type { Actor, Timestamp } from '@interlock/contracts';
import { isObject } from './is-object.js';
import { sameJson } from './same-json.js';

/** What a decider takes: it names its kind, and holds what it decides by. */
export type Command = { readonly kind: string };

/**
 * A command, as the metadata of its first event hold it. What the event's data hold is named, and not written again.
 * `from`: the command's members that are in data under the same name; `name:n` is the first n elements of a longer array. `*` is every member of data;
 * `now` and `actor` are the metadata's own.
 * `into`: by member of the command, the members of data that it consists of; `*` is every one.
 * `inputs`: the members that data do not hold. What it says of a member in `into` is added to that.
 * Where neither `from` nor `into` is there, `from` is `['*', 'now']`.
 */
export type RecordedCommand = {
  readonly kind: string;
  readonly from?: readonly string[];
  readonly into?: { readonly [member: string]: readonly string[] };
  readonly inputs?: Members;
};

type Members = { readonly [member: string]: unknown };
/** What the metadata of an event say of the command themselves. */
type Said = { readonly now: Timestamp; readonly actor: Actor };
/** An event of which a command is made again. */
type Answer = {
  readonly data: object;
  readonly metadata: { readonly occurred_at: Timestamp; readonly actor: Actor; readonly command?: unknown };
};

const every = '*';
/** The names by which a person would be refused. They are personal, and a decision that stands has refused nobody: no log keeps them. */
const withheld = 'refused_as';
const usual = [every, 'now'];

const present = (of: object): readonly string[] =>
  Object.entries(of).flatMap(([name, value]) => (value === undefined ? [] : [name]));

const memberOf = (of: object, name: string): unknown =>
  Object.hasOwn(of, name) ? (of as Members)[name] : undefined;

/** True where `whole` holds all that `part` does: members of objects by name, elements of arrays by place, in arrays of one length. */
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

/** The name by which a member of a command is found in data; null where it is not there. */
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

const picked = (data: object, names: readonly string[]): Members =>
  Object.fromEntries((names.includes(every) ? present(data) : names).map((source) => memberBy(data, source)));

/**
 * A command as the metadata of its first event hold it, with as little beside the event's data as makes it again.
 * A recalled command may hold more within a member than this one does, where data do.
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
  const told = (['now', 'actor'] as const).filter(
    (name) => memberOf(command, name) !== undefined && memberOf(inputs, name) === undefined,
  );
  const names = [...named(from, data), ...told];
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

/** The command that wrote an event and those of its append that follow; null where the event does not carry one. */
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

const isNames = (value: unknown): boolean =>
  value === undefined || (Array.isArray(value) && value.every((name) => typeof name === 'string'));

/** What is read from a log may have any shape. */
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

/** True where two commands are the same but for when they came and from whom: a repeat comes at another time, perhaps by another instance. */
export const isSameCommand = (recorded: RecordedCommand | undefined, repeated: RecordedCommand): boolean =>
  recorded !== undefined && sameJson(withoutTelemetry(recorded), withoutTelemetry(repeated));
