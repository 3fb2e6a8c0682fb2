import { fold, isProblem } from '@interlock/kernel';
import { actionDecider } from '@interlock/rails';

import { asRead, lives, now } from './action-samples.mjs';
import { commands } from './action-tries.mjs';

const stateOf = (events) => fold(actionDecider, events, { occurred_at: now });

const decided = (command, events) => {
  const state = stateOf(events);
  return actionDecider.decide(asRead(command, state), state);
};

/** The events of a life, made by the decider from each command. */
const lifeOf = (name) =>
  lives[name].reduce((events, command) => {
    const written = decided(command, events);
    if (written.length === 0) throw new Error(`\`${command.kind}\` writes nothing on the way to "${name}"`);
    return [...events, ...written];
  }, []);

/** An event's type; for gates with the first and the last of them, for a denial with its gate. */
const labelOf = ({ type, data }) => {
  if (type === 'ActionDenied') return `\`${type}\` by ${data.gate}`;
  if (type !== 'GatesJudged') return `\`${type}\``;
  const names = data.gates.map(({ gate }) => gate);
  const run = names.length < 2 ? names.join('') : `${names[0]} … ${names.at(-1)}`;
  return `\`${type}\` (${data.occasion}${run === '' ? '' : `: ${run}`})`;
};
const sequence = (events) => events.map(labelOf).join(', ');

/**
 * The effect of one command on one life: `{ events, then }`, `{ refused }`, or neither if nothing
 * is written.
 */
const effectOf = (events, command) => {
  try {
    const written = decided(command, events);
    return written.length === 0
      ? {}
      : { events: sequence(written), then: stateOf([...events, ...written]).status };
  } catch (error) {
    if (!isProblem(error)) throw error;
    return { refused: error.code };
  }
};

const grouped = (rows, keyOf) => {
  const groups = new Map();
  for (const row of rows) groups.set(keyOf(row), [...(groups.get(keyOf(row)) ?? []), row]);
  return [...groups.values()];
};
const unique = (items) => [...new Set(items)];

/** All trials: one row for each life and command. */
const outcomes = () =>
  Object.keys(lives).flatMap((stage) => {
    const events = lifeOf(stage);
    const { status } = stateOf(events);
    return commands.map(([name, how, command]) => ({
      status,
      stage,
      name,
      how,
      ...effectOf(events, command),
    }));
  });

const cell = (rows) => {
  const marks = [
    rows.some(({ events }) => events !== undefined) ? 'writes' : '',
    ...unique(rows.flatMap(({ refused }) => (refused === undefined ? [] : [`\`${refused}\``]))),
  ].filter((mark) => mark !== '');
  return marks.length === 0 ? '·' : marks.join(' ');
};

const overview = (rows) => {
  const states = unique(rows.map(({ status }) => status));
  const names = unique(rows.map(({ name }) => name));
  const lines = names.map(
    (name) =>
      `| \`${name}\` | ${states.map((status) => cell(rows.filter((row) => row.status === status && row.name === name))).join(' | ')} |`,
  );
  return [`| command | ${states.join(' | ')} |`, `| --- |${states.map(() => ' --- |').join('')}`, ...lines];
};

const section = (status, rows) => {
  const stages = unique(rows.map(({ stage }) => stage));
  const within = (group) =>
    group.length === stages.length ? 'any' : unique(group.map(({ stage }) => stage)).join('; ');
  const writing = grouped(
    rows.filter(({ events }) => events !== undefined),
    ({ name, how, events, then }) => [name, how, events, then].join('|'),
  );
  const command = ({ name, how }) => `\`${name}\`${how === '' ? '' : ` (${how})`}`;
  const table =
    writing.length === 0
      ? ['No command writes anything here.']
      : [
          '| command | stage | events | then |',
          '| --- | --- | --- | --- |',
          ...writing.map(
            (group) => `| ${command(group[0])} | ${within(group)} | ${group[0].events} | ${group[0].then} |`,
          ),
        ];
  const hows = (code) =>
    grouped(
      rows.filter((row) => row.refused === code),
      ({ name }) => name,
    ).map((group) => {
      const all = rows.filter(({ name }) => name === group[0].name);
      if (group.length === all.length) return `\`${group[0].name}\``;
      return `\`${group[0].name}\` (${unique(group.map(({ how, stage }) => (all.filter((row) => row.how === how && row.refused === code).length === stages.length ? how : `${how === '' ? '' : `${how}, `}${stage}`))).join('; ')})`;
    });
  const refusals = unique(rows.flatMap(({ refused }) => refused ?? [])).map(
    (code) => `\`${code}\` to ${status === 'NONE' ? 'every other command' : hows(code).join(', ')}`,
  );
  return [
    `## ${status}`,
    '',
    ...(stages.length > 1 ? [`Stages: ${stages.join('; ')}.`, ''] : []),
    ...table,
    '',
    ...(refusals.length > 0 ? [`Refused: ${refusals.join('; ')}.`, ''] : []),
  ];
};

/** `docs/states.md`: the result of every command in every state of the action's decider. */
export const renderStates = () => {
  const rows = outcomes();
  const states = unique(rows.map(({ status }) => status));
  return (
    [
      '# States of an action',
      '',
      'Generated from `actionDecider` of `libs/rails` by `node tools/docs.mjs`, by driving the decider with each command in each state; do not edit.',
      '',
      '`writes`: the command writes events there, at least in one stage. A code: the command is refused with that [problem](problems/README.md). `·`: nothing to do, nothing is written, and the caller is answered from the state.',
      '',
      ...overview(rows),
      '',
      ...states.flatMap((status) =>
        section(
          status,
          rows.filter((row) => row.status === status),
        ),
      ),
    ]
      .join('\n')
      .trimEnd() + '\n'
  );
};

/** Every command, state and event type in the tables. */
export const coveredCommands = () => unique(commands.map(([name]) => name));
export const coveredStates = () =>
  unique(outcomes().flatMap(({ status, then }) => (then === undefined ? [status] : [status, then])));
export const coveredEvents = () =>
  unique(
    Object.keys(lives).flatMap((stage) => {
      const events = lifeOf(stage);
      return [
        ...events,
        ...commands.flatMap(([, , command]) => {
          try {
            return decided(command, events);
          } catch (error) {
            if (isProblem(error)) return [];
            throw error;
          }
        }),
      ].map(({ type }) => type);
    }),
  );
