import { ValidateIf } from 'class-validator';

/**
 * A member that may be left out, but is never null. `IsOptional` lets null pass all rules, and what reads the member later takes only what is
 * left out for absent: a stop of `action_type` null, or a mode of `account_id` null, would be written for nobody.
 */
export const IfGiven = (): PropertyDecorator => ValidateIf((_, value) => value !== undefined);
