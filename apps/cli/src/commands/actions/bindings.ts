import { CliError } from '../../cli-error.js';
import { ask, reasonHeader, answer, group } from '../../program/declare.js';
import { written } from '../../change.js';
import { list } from '../../lists.js';
import { recordShape } from '../../output/output.js';
import type { Values } from '../../program/options.js';
import { readText } from '../../reading.js';

const yangOptions = {
  '--yang <files...>': 'the YANG of its modules and of all modules that they import',
  '--device <device>': 'a device that provides its YANG instead',
} as const;

/**
 * Returns the body of a check: the file (JSON or YAML), with its YANG or the device that has it.
 */
const bodyOf = async (file: string, { yang, device }: Values<typeof yangOptions>): Promise<object> => {
  const { parse } = await import('yaml');
  const text = readText(file);
  let binding: unknown;
  try {
    binding = parse(text);
  } catch {
    throw new CliError(`${file} is neither YAML nor JSON`, 2);
  }
  if ((yang === undefined) === (device === undefined))
    throw new CliError('name the YANG files with --yang, or a device that has them with --device', 2);
  return { binding, yang: yang?.map((one) => readText(one)), device_id: device };
};

const shape = recordShape<{ readonly binding: string }>(({ binding }) => binding);

/** `interlock bindings`: maps the leaves that Interlock reads and changes to devices' models. */
export const addBindings = group(
  'bindings',
  "bindings: where a device's model keeps what Interlock reads and changes",
  [
    list({
      command: 'list',
      about: 'list the shipped bindings and those of the tenant',
      route: 'GET /api/v1/device-bindings',
      what: 'bindings',
      columns: [
        { head: 'BINDING', of: ({ binding }) => binding, fit: 20 },
        { head: 'FROM', of: ({ shipped }) => (shipped ? 'Interlock' : 'tenant') },
        { head: 'SHOWN BY', of: ({ evidence }) => evidence, toned: true },
        { head: 'PLACES', of: ({ places }) => places.join(', '), fit: 12 },
        { head: 'DEVICES', of: ({ devices }) => devices.join(', '), fit: 10 },
        { head: 'WITH', of: ({ evidence_by }) => evidence_by, wide: true },
      ],
      id: ({ binding }) => binding,
    }),
    ask({
      command: 'show <binding>',
      about: 'show one with its file, by its name `<module>@<revision>`',
      route: 'GET /api/v1/device-bindings/{name}',
    }),
    ask({
      command: 'remove <binding>',
      about: 'remove a binding of the tenant that no device uses',
      route: 'DELETE /api/v1/device-bindings/{name}',
      done: (_, [name]) => `${name ?? ''} is removed.`,
    }),
    answer({
      command: 'check <file>',
      about: 'compare a binding, YAML or JSON, with its YANG; writes nothing',
      routes: ['POST /api/v1/device-bindings/check'],
      options: yangOptions,
      run: async ({ session, options }, file) =>
        session.ask('POST /api/v1/device-bindings/check', [], { body: await bodyOf(file, options) }),
      shape,
    }),
    answer({
      command: 'add <file>',
      about: "add a binding of a vendor's model, YAML or JSON, by a change request",
      routes: ['POST /api/v1/device-bindings'],
      options: { ...yangOptions, '--why <text>': 'why, for those who approve it' },
      run: async ({ session, options, output }, file) =>
        written(session, output, 'POST /api/v1/device-bindings', [], {
          body: await bodyOf(file, options),
          headers: reasonHeader(options.why),
        }),
      shape,
    }),
  ],
);
