import type { Schema } from '@interlock/api-types';
import type { Command } from 'commander';
import { addAsks, type Ask } from '../../asks.js';
import { tellWritten } from '../../change.js';
import { CliError } from '../../cli-error.js';
import { addList } from '../../lists.js';
import { recordShape, tell, withOutput, type Output } from '../../output/output.js';
import { readText } from '../../reading.js';
import { calls } from '../../program/routes.js';
import { Session, type Globals } from '../../connection/session.js';

const route = '/api/v1/device-bindings';

type FileOptions = Output & {
  readonly yang?: readonly string[];
  readonly device?: string;
  readonly why?: string;
};

/**
 * Returns the body of a check: the file (JSON or YAML), with its YANG or the device that has it.
 */
const bodyOf = async (file: string, { yang, device }: FileOptions): Promise<object> => {
  const { parse } = await import('yaml');
  let binding: unknown;
  try {
    binding = parse(readText(file));
  } catch (error) {
    if (error instanceof CliError) throw error;
    throw new CliError(`${file} is neither YAML nor JSON`, 2);
  }
  if ((yang === undefined) === (device === undefined))
    throw new CliError('name the YANG files with --yang, or a device that has them with --device', 2);
  return {
    binding,
    ...(yang === undefined ? {} : { yang: yang.map((one) => readText(one)) }),
    ...(device === undefined ? {} : { device_id: device }),
  };
};

const withYang = (command: Command): Command =>
  command
    .option('--yang <files...>', 'the YANG of its modules, and of all that they import')
    .option('--device <device>', 'a device that hands out its YANG instead');

/**
 * Adds `interlock bindings`, which maps the leaves that Interlock reads and changes to devices'
 * models.
 */
export const addBindings = (program: Command, globals: () => Globals): void => {
  const bindings = program
    .command('bindings')
    .description('where the models of devices keep what is read and changed');
  addList<Schema<'BindingSummaryDto'>>(bindings, globals, {
    command: 'list',
    about: 'the shipped bindings and those of the tenant',
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
  });
  const asks: readonly Ask<never>[] = [
    {
      command: 'show <binding>',
      about: 'one with its file, by its name `<module>@<revision>`',
      route: 'GET /api/v1/device-bindings/{name}',
    },
    {
      command: 'remove <binding>',
      about: 'remove one of the tenant that no device has',
      route: 'DELETE /api/v1/device-bindings/{name}',
      done: (_, [name]) => `${name ?? ''} is removed.`,
    },
  ];
  addAsks(bindings, globals, asks);
  withOutput(
    withYang(
      calls(bindings.command('check <file>'), 'POST /api/v1/device-bindings/check').description(
        'compare one, YAML or JSON, with its YANG, and write nothing',
      ),
    ),
  ).action(async (file: string, options: FileOptions) => {
    const session = new Session(globals());
    const checked = await session.json<Schema<'CheckedBindingDto'>>(
      'POST',
      `${route}/check`,
      await bodyOf(file, options),
    );
    await tell(
      checked,
      recordShape<Schema<'CheckedBindingDto'>>(({ binding }) => binding),
      options,
    );
  });
  withOutput(
    withYang(
      calls(bindings.command('add <file>'), 'POST /api/v1/device-bindings').description(
        "add one of a vendor's model, YAML or JSON; it becomes a change request",
      ),
    ).option('--why <text>', 'why, for those who approve it'),
  ).action(async (file: string, options: FileOptions) => {
    const session = new Session(globals());
    const response = await session.fetch(
      'POST',
      route,
      await bodyOf(file, options),
      options.why === undefined ? {} : { 'interlock-reason': encodeURIComponent(options.why) },
    );
    await tellWritten<Schema<'AddedBindingDto'>>(
      session,
      response,
      recordShape<Schema<'AddedBindingDto'>>(({ binding }) => binding),
      options,
    );
  });
};
