import {
  applyDecorators,
  type CallHandler,
  type ExecutionContext,
  type NestInterceptor,
} from '@nestjs/common';
import { ApiHeader, ApiResponse } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import type { ChangeAnswer, ProblemCode } from '@interlock/contracts';
import type { ChangeStatus } from '@interlock/kernel';
import { tap, type Observable } from 'rxjs';

import type { Time, Uuid } from '../openapi/answers.js';
import { AnswersProblems } from '../openapi/decorators.js';

export type LoosenedDto = {
  /** The changed member of the setting, as a JSON pointer. */
  readonly pointer: string;
  /** The protection that becomes weaker. */
  readonly detail: string;
};

/**
 * The answer to a write that would loosen a setting: nothing has changed yet. It is the change
 * request that people approve by its digest.
 */
export class ChangeRequestedDto {
  readonly change_id!: Uuid;
  readonly status!: ChangeStatus;
  /** The stream of the setting. */
  readonly setting!: string;
  readonly loosened!: readonly LoosenedDto[];
  readonly digest!: string;
  /**
   * 1: the requester confirms the digest. 2 or 3: that many people must support the change,
   * including the requester.
   */
  readonly required_people!: 1 | 2 | 3;
  readonly expires_at!: Time;
}

export const changeRequested = ({
  change_id,
  status,
  setting,
  loosened,
  digest,
  required_people,
  expires_at,
}: ChangeAnswer): ChangeRequestedDto =>
  Object.assign(new ChangeRequestedDto(), {
    change_id,
    status,
    setting,
    loosened,
    digest,
    required_people,
    expires_at,
  });

/** Returns true if a write was answered by a change request, because it would loosen. */
export const isChangeRequested = (answer: unknown): answer is ChangeRequestedDto =>
  answer instanceof ChangeRequestedDto;

const mayLoosen = (status: 200 | 201, codes: readonly ProblemCode[]): MethodDecorator =>
  applyDecorators(
    AnswersProblems('person-required', ...codes),
    ApiResponse({ status, description: 'Written: the change does not loosen' }),
    ApiResponse({
      status: 202,
      description: 'The change would loosen: nothing has changed, and people must approve it',
    }),
    ApiHeader({
      name: 'Interlock-Reason',
      required: false,
      description: 'Why the change is wanted, at most 500 characters, percent-encoded; a program must say it',
    }),
  );

/**
 * Declares that the route may loosen a setting. It then answers 202 with a change request. `codes`
 * are its other problems.
 */
export const MayLoosen = (...codes: readonly ProblemCode[]): MethodDecorator => mayLoosen(200, codes);
/** Like `MayLoosen`, for a route that answers 201 if it loosens nothing. */
export const MayLoosenCreating = (...codes: readonly ProblemCode[]): MethodDecorator => mayLoosen(201, codes);

/** Sets the status 202 if a write became a change request. */
export class ChangeStatusInterceptor implements NestInterceptor {
  intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    return next.handle().pipe(
      tap((answer: unknown) => {
        if (isChangeRequested(answer)) void context.switchToHttp().getResponse<FastifyReply>().status(202);
      }),
    );
  }
}
