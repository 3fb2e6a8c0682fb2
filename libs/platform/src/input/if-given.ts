import { ValidateIf } from 'class-validator';

/**
 * Declares a member that may be absent but is never null. `IsOptional` lets null pass all rules,
 * but later code treats only a missing member as absent. A kill switch with `action_type` null, or
 * a mode with `account_id` null, would then apply to nothing.
 */
export const IfGiven = (): PropertyDecorator => ValidateIf((_, value) => value !== undefined);
