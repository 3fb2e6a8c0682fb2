import { ValidationPipe, type ValidationError } from '@nestjs/common';
import type { Violation } from '@interlock/contracts';
import { ProblemError } from '@interlock/kernel';
import type { ValidatorOptions } from 'class-validator';

import { nestedFaults } from './nested-faults.js';

const escape = (part: string): string => part.replaceAll('~', '~0').replaceAll('/', '~1');

const lowerFirst = (text: string): string => `${text.slice(0, 1).toLowerCase()}${text.slice(1)}`;

/** One text of class-validator without the name it starts with and without a full stop. */
const detailOf = (property: string, message: string): string => {
  const bare = message.startsWith(`${property} `) ? message.slice(property.length + 1) : message;
  return lowerFirst(bare.replace(/\.$/, ''));
};

/** Every fault of class-validator as `{ pointer, detail }`, depth first; values never stand in it. */
export const violationsOf = (errors: readonly ValidationError[], parent = ''): readonly Violation[] =>
  errors.flatMap((error) => {
    const pointer = `${parent}/${escape(error.property)}`;
    const own = Object.entries(error.constraints ?? {}).map(([rule, message]): Violation =>
      rule === 'whitelistValidation' ? { pointer, detail: 'is not known here' }
        : message.startsWith('nested property ') ? { pointer, detail: 'must be an object or a list' } : { pointer, detail: detailOf(error.property, message) });
    return [...own, ...violationsOf(error.children ?? [], pointer)];
  });

const validationProblem = (errors: readonly ValidationError[]): ProblemError => {
  const violations = [...new Map(violationsOf(errors).map((violation) => [JSON.stringify(violation), violation])).values()];
  return new ProblemError('validation-failed', `the input has ${violations.length} ${violations.length === 1 ? 'fault' : 'faults'}`, { violations });
};

class StrictPipe extends ValidationPipe {
  protected override async validate(object: object, options?: ValidatorOptions): Promise<ValidationError[]> {
    return [...await super.validate(object, options), ...nestedFaults(object)];
  }
}

/** Checks DTOs at the door: every violation named, unknown members refused, nothing coerced but by `@Type`. */
export const createValidationPipe = (): ValidationPipe => new StrictPipe({
  transform: true, whitelist: true, forbidNonWhitelisted: true, validationError: { target: false, value: false },
  stopAtFirstError: false, exceptionFactory: validationProblem,
});
