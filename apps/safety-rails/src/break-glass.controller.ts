import { Controller, Headers, HttpCode, Inject, Post } from '@nestjs/common';
import { ApiOkResponse, ApiTags } from '@nestjs/swagger';
import { Public } from '@interlock/platform';
import { BreakGlass } from './break-glass.js';
import { KillSwitchReceiptDto } from './kill-switch-answers.dto.js';

@ApiTags('safety rails')
@Controller('api/v1/autonomous')
export class BreakGlassController {
  constructor(@Inject(BreakGlass) private readonly breakGlass: BreakGlass) {}

  /**
   * Engages a kill switch, and nothing else, by an offline key: `Authorization: Break-Glass <JWT>`, as `interlock stop --break-glass` makes it. It needs no token of
   * the issuer, so that it works where nobody can log in.
   */
  @Post('kill-switch/break-glass')
  @HttpCode(200)
  @Public()
  @ApiOkResponse({ type: KillSwitchReceiptDto })
  engage(@Headers('authorization') authorization?: string): Promise<KillSwitchReceiptDto> {
    return this.breakGlass.engage(authorization);
  }
}
