import { ValidationPipe, type ArgumentMetadata, type ValidationError } from '@nestjs/common';
import type { Violation } from '@interlock/contracts';
import { pointerPart, type ProblemError } from '@interlock/kernel';
import { validateSync, type ValidatorOptions } from 'class-validator';

import { refusedInput } from './input.js';
import { nestedFaults } from './nested-faults.js';
import { rememberLookups } from './validator-lookups.js';

rememberLookups();

const lowerFirst = (text: string): string => `${text.slice(0, 1).toLowerCase()}${text.slice(1)}`;

/**
 * Returns a message of class-validator without the property's name at its start and without a full
 * stop.
 */
const detailOf = (property: string, message: string): string => {
  const bare = message.startsWith(`${property} `) ? message.slice(property.length + 1) : message;
  return lowerFirst(bare.replace(/\.$/, ''));
};

const detailOfRule = ({ property, value }: ValidationError, rule: string, message: string): string => {
  if (rule === 'whitelistValidation') return 'is not known here';
  // A missing member breaks every rule, so the only message is that it is missing.
  if (value === undefined) return 'is required';
  return message.startsWith('nested property ') ? 'must be an object or a list' : detailOf(property, message);
};

/** The rules of a type, each with the type of the values that can break its other rules too. */
const typeRules: { readonly [rule: string]: string } = {
  isString: 'string',
  isInt: 'number',
  isNumber: 'number',
  isBoolean: 'boolean',
  isArray: 'object',
  isObject: 'object',
};

/**
 * Returns the broken rules of a property with their messages. A value of another type breaks the
 * rules of length and range too, so only its type is named.
 */
const brokenRules = ({
  value,
  constraints = {},
}: ValidationError): readonly (readonly [string, string])[] => {
  const all = Object.entries(constraints);
  const ofType = all.filter(([rule]) => {
    const type = typeRules[rule];
    return type !== undefined && typeof value !== type;
  });
  return value === undefined || Array.isArray(value) || ofType.length === 0 ? all : ofType;
};

/**
 * Returns every fault of class-validator as `{ pointer, detail }`, each once, depth first, without
 * values. The errors must hold their values.
 */
const violationsOf = (errors: readonly ValidationError[], parent = ''): readonly Violation[] => {
  const all = errors.flatMap((error): readonly Violation[] => {
    const pointer = `${parent}/${pointerPart(error.property)}`;
    const own = brokenRules(error).map(([rule, message]): Violation => ({
      pointer,
      detail: detailOfRule(error, rule, message),
    }));
    return [...own, ...violationsOf(error.children ?? [], pointer)];
  });
  return [...new Map(all.map((violation) => [JSON.stringify(violation), violation])).values()];
};

/**
 * INVARIANT: the errors hold their values, because only these distinguish a missing member from a
 * wrong one.
 */
const holdingValues = { target: false, value: true } as const;

/** Returns every fault of an instance of a DTO. `strict` refuses unknown members. */
export const faultsOf = (instance: object, { strict }: { readonly strict: boolean }): readonly Violation[] =>
  violationsOf([
    ...validateSync(instance, {
      whitelist: strict,
      forbidNonWhitelisted: strict,
      forbidUnknownValues: false,
      validationError: holdingValues,
    }),
    ...nestedFaults(instance),
  ]);

const validationProblem = (errors: readonly ValidationError[]): ProblemError =>
  refusedInput('the input', violationsOf(errors));

class StrictPipe extends ValidationPipe {
  /**
   * Validates a value. INVARIANT: Nest treats null as an object without members. A missing body is
   * undefined, which is valid if nothing is required.
   */
  override async transform(value: unknown, metadata: ArgumentMetadata): Promise<unknown> {
    if (value === null && metadata.type === 'body' && this.toValidate(metadata))
      throw refusedInput('the input', [{ pointer: '', detail: 'must be an object' }]);
    return (await super.transform(value, metadata)) as unknown;
  }

  protected override async validate(object: object, options?: ValidatorOptions): Promise<ValidationError[]> {
    return [...(await super.validate(object, options)), ...nestedFaults(object)];
  }
}

/**
 * Checks DTOs at the edge. It names every violation, refuses unknown members, and converts only by
 * `@Type`. `ignoresUnknown` drops unknown members instead, for messages whose form others define.
 */
export const createValidationPipe = ({ ignoresUnknown = false } = {}): ValidationPipe =>
  new StrictPipe({
    transform: true,
    whitelist: true,
    forbidNonWhitelisted: !ignoresUnknown,
    validationError: holdingValues,
    stopAtFirstError: false,
    exceptionFactory: validationProblem,
  });
