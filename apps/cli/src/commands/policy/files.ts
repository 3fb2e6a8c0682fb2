import type { Schema } from '@interlock/api-types';
import { existsSync } from 'node:fs';
import { answeredEntry, type ActionTypeV1, type AnsweredActionType } from '@interlock/contracts';
import { isObject, isProblem } from '@interlock/kernel';
import {
  checkBundle,
  isRecipe,
  envelopeFormat,
  fieldCatalogue,
  type BundleContent,
  type FieldCatalogue,
} from '@interlock/policy';
import { CliError, pathOf, Session, type Globals } from '../../connection/session.js';
import { jsonFile } from '../../readers.js';
import type { Values } from '../../program/options.js';

/** The source of action types beside the built-in ones. */
export const catalogueOptions = {
  '--catalogue <file>':
    'further action types, as `GET /api/v1/action-types` returns them; default: the built-in ones',
  '--online': { about: 'use the action types of the running system', preset: false },
} as const;
type CatalogueOptions = Values<typeof catalogueOptions>;
export type PolicyCatalogue = {
  readonly actionTypes: readonly ActionTypeV1[];
  readonly fields: FieldCatalogue;
};

/** Returns an error for wrong use or unreadable input, which leaves the question unanswered. */
export const unusable = (message: string): CliError => new CliError(message, 2);

/** Runs work whose failure leaves the question unanswered. */
export const decidable = async <T>(work: () => T | Promise<T>): Promise<T> => {
  try {
    return await work();
  } catch (error) {
    if (error instanceof CliError) throw unusable(error.message);
    if (isProblem(error))
      throw unusable(
        `${error.detail}${error.violations.map(({ pointer, detail }) => `\n  ${pointer}: ${detail}`).join('')}`,
      );
    throw error;
  }
};

export const readJsonFile = (file: string): unknown => jsonFile(file);

export const isExported = (value: unknown): value is { readonly bundle: unknown } =>
  isObject(value) && value['format'] === envelopeFormat;

const isActionType = (value: unknown): value is AnsweredActionType =>
  isObject(value) &&
  typeof value['action_type'] === 'string' &&
  isObject(value['parameters']) &&
  (value['handler'] === null || isObject(value['handler'])) &&
  Array.isArray(value['impact_fields']);

const readCatalogue = (file: string): readonly ActionTypeV1[] => {
  const value = readJsonFile(file);
  const items: unknown = isObject(value) ? value['items'] : value;
  if (!Array.isArray(items) || !items.every(isActionType))
    throw unusable(
      `${file} is not a catalogue: a list of action types is wanted, as \`GET /api/v1/action-types\` answers`,
    );
  return items.map(answeredEntry);
};

/** Returns the action types of the running system, or the built-in ones and those of a file. */
export const knownActionTypes = async (
  { catalogue, online }: CatalogueOptions,
  globals: Globals,
): Promise<PolicyCatalogue> => {
  const base = online
    ? (await decidable(() => new Session(globals).ask('GET /api/v1/action-types'))).items.map((entry) =>
        answeredEntry(entry as AnsweredActionType),
      )
    : // As large as all that the rails decide, and only this of it is needed: loaded where it is.
      (await import('@interlock/rails')).builtInActionTypes;
  const all = new Map(
    [...base, ...(catalogue === undefined ? [] : readCatalogue(catalogue))].map((entry) => [
      entry.action_type,
      entry,
    ]),
  );
  const actionTypes = [...all.values()].sort((a, b) => (a.action_type < b.action_type ? -1 : 1));
  return { actionTypes, fields: fieldCatalogue(actionTypes) };
};

/**
 * A bundle with its name. `hash` belongs to a bundle of the running system, whose notes are shown
 * opened although the hash covers the sealed ones.
 */
export type Named = { readonly name: string; readonly content: BundleContent; readonly hash?: string };

/**
 * Reads a bundle from a file, including an exported one, with the registry's checks. A draft may
 * lack a version unless `versioned`.
 */
export const readBundleFile = async (
  file: string,
  { fields }: PolicyCatalogue,
  versioned = false,
): Promise<Named> => {
  const value = readJsonFile(file);
  if (isRecipe(value) && value.bundles.length !== 1)
    throw unusable(
      `${file} is a recipe with the bundles ${value.bundles.map(({ version }) => version).join(', ')}: name it with --cases alone, and each is tried`,
    );
  const bundle = isExported(value) ? value.bundle : isRecipe(value) ? value.bundles[0] : value;
  return {
    name: file,
    content: await decidable(() =>
      checkBundle(isObject(bundle) && !versioned ? { version: '0.0.0', ...bundle } : bundle, fields),
    ),
  };
};

/** A bundle from the API, with rules and metadata in the domain's types. */
type View = Omit<Schema<'BundleDto'>, 'rules' | 'metadata'> & Pick<BundleContent, 'rules' | 'metadata'>;

/** Reads a bundle from its file, or from the running system by its version or `active`. */
export const readBundle = async (named: string, known: PolicyCatalogue, globals: Globals): Promise<Named> => {
  if (named === '-' || existsSync(pathOf(named)) || !/^(?:active|\d+\.\d+\.\d+)$/.test(named))
    return readBundleFile(named, known);
  return decidable(async () => {
    const session = new Session(globals);
    const view =
      named === 'active'
        ? (await session.ask('GET /api/v1/policy/bundles/active')).active
        : await session.ask('GET /api/v1/policy/bundles/version/{version}', [named]);
    if (view === null) throw unusable('no bundle is active');
    const { version, rules, notes, metadata, bundle_hash: hash } = view as View;
    return {
      name: named === 'active' ? `active (${version})` : version,
      content: { version, rules, notes, metadata },
      hash,
    };
  });
};
