import type { VoteAnswer } from '@interlock/contracts';
import type { LogFollower } from '@interlock/eventstore';
import { newId, nowText } from '@interlock/platform';
import { Controller, Inject } from '@nestjs/common';
import { MessagePattern, Payload } from '@nestjs/microservices';
import { VoteRequestDto } from './evaluate.dto.js';
import { PolicyIndex } from './policy-index.js';
import { FOLLOWER } from './tokens.js';

/**
 * Reports the versions that this instance decides by. Posture compares the answers of all
 * instances.
 */
@Controller()
export class VoteController {
  readonly #instance = `policy-evaluator/${newId()}`;

  constructor(
    private readonly index: PolicyIndex,
    @Inject(FOLLOWER) private readonly follower: LogFollower,
  ) {}

  @MessagePattern({ rpc: 'policy-evaluator.vote' })
  async vote(@Payload() _request: VoteRequestDto): Promise<VoteAnswer> {
    await this.follower.ensureCurrent(false);
    const { version, hash } = this.index.activeBundles();
    const voter = this.#instance;
    return {
      instance: voter,
      votes: [
        {
          voter,
          kind: 'instance',
          about: 'bundles',
          subject: version,
          says: hash,
          contradicts: false,
          at: nowText(),
        },
      ],
    };
  }
}
