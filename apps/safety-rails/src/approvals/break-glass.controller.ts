import { Controller, Headers, HttpCode, Post } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import { AnswersProblems, Public } from '@interlock/platform';
import { BreakGlass } from './break-glass.js';
import type { KillSwitchReceiptDto } from '../kill-switch/kill-switch-answers.dto.js';

@ApiTags('safety rails')
@Controller('api/v1/autonomous')
export class BreakGlassController {
  constructor(private readonly breakGlass: BreakGlass) {}

  @Post('kill-switch/break-glass')
  @ApiOperation({
    summary: 'Engage a kill switch with an offline key',
    description:
      'The header is `Authorization: Break-Glass <JWT>`, as `interlock stop --break-glass` creates it. No token of the issuer is needed.',
  })
  @AnswersProblems('unauthenticated', 'database-unavailable')
  @HttpCode(200)
  @Public()
  engage(@Headers('authorization') authorization?: string): Promise<KillSwitchReceiptDto> {
    return this.breakGlass.engage(authorization);
  }
}
