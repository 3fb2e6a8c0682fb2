import { Body, Controller, HttpCode, Inject, Post, Req } from '@nestjs/common';
import { ApiBody, ApiTags } from '@nestjs/swagger';
import { ProblemError } from '@interlock/kernel';
import { BodyText, CurrentPrincipal, requestTenant, RequireScope, type Principal } from '@interlock/platform';
import { lintBundle, type LintReport } from '@interlock/policy';
import { Catalogue } from './catalogue.js';

type Asked = { readonly headers: { readonly [name: string]: string | readonly string[] | undefined }; readonly query?: unknown };

/** Whatever else is wrong is what linting is for. */
const hasRules = (body: unknown): boolean => typeof body === 'object' && body !== null && 'rules' in body && Array.isArray(body.rules);

@ApiTags('bundles')
@Controller('api/v1/policy')
export class LintController {
  constructor(@Inject(Catalogue) private readonly catalogue: Catalogue) {}

  /** What is wrong, odd or worth knowing of a bundle, also of one that could not be saved; nothing is written. */
  @Post('lint')
  @HttpCode(200)
  @RequireScope('POLICY_READ')
  @ApiBody({ schema: { type: 'object', description: 'A bundle, or what is to become one' } })
  async lint(@Body() body: unknown, @BodyText() text: string, @Req() request: Asked, @CurrentPrincipal() principal: Principal): Promise<LintReport> {
    if (!hasRules(body)) throw new ProblemError('validation-failed', 'the body is no bundle', { violations: [{ pointer: '/rules', detail: 'must be a list' }] });
    return lintBundle(text, { world: { catalogue: await this.catalogue.fields(requestTenant(principal, request)) } });
  }
}
