import { Injectable } from '@nestjs/common';
import { sealedBy, type Violation } from '@interlock/contracts';
import { type CommandContext, type CommandResult, writtenAt } from '@interlock/kernel';
import { isChangeRequested, type ChangeRequestedDto, type Principal } from '@interlock/platform';
import {
  checkLintSettings,
  lintBundle,
  lintStream,
  unmetDemands,
  worldOf,
  type BundleContent,
  type LintConfigured,
  type LintReport,
  type LintSettings,
} from '@interlock/policy';
import { BundlesService } from './bundles.service.js';
import { Catalogue } from '../policies/catalogue.js';
import { LintSettingsHandler } from '../handlers.js';
import { RegistrySettings } from '../registry-settings.js';

export type LintSettingsView = LintSettings & { readonly revision: string; readonly position: string | null };
/** A lint report that accompanies a draft. */
export type LintHint = LintReport & { readonly truncated: boolean };

const hintLimit = 100;

const viewOf = ({
  state,
  revision,
  position,
}: Pick<
  CommandResult<LintConfigured, LintSettings>,
  'state' | 'revision' | 'position'
>): LintSettingsView => ({
  ...state,
  ...writtenAt({ revision, position }),
});

/** Lints with the tenant's settings and against the active bundle. */
@Injectable()
export class LintService {
  constructor(
    private readonly lintSettings: LintSettingsHandler,
    private readonly tenantSettings: RegistrySettings,
    private readonly catalogue: Catalogue,
    private readonly bundles: BundlesService,
  ) {}

  async settings(tenantId: string): Promise<LintSettingsView> {
    return viewOf(await this.lintSettings.load(lintStream(tenantId)));
  }

  /** Throws `validation-failed` naming every violation, `stale-revision`. */
  async configure(
    tenantId: string,
    body: unknown,
    principal: Principal,
    context: CommandContext,
  ): Promise<LintSettingsView | ChangeRequestedDto> {
    const settings = checkLintSettings(body, await this.catalogue.fields(tenantId));
    const { changes, lint } = this.tenantSettings;
    const written = await changes.write(lint, {
      stream: lintStream(tenantId),
      command: { kind: 'ConfigureLint', settings },
      principal,
      context,
    });
    return isChangeRequested(written) ? written : viewOf(written);
  }

  /** Lints a submitted text. `team` is the team of its future bundle. */
  async text(tenantId: string, text: string, team: string | null): Promise<LintReport> {
    const [
      {
        state: { invariants, severities },
      },
      previous,
      catalogue,
    ] = await Promise.all([
      this.lintSettings.load(lintStream(tenantId)),
      this.bundles.predecessor(tenantId, team),
      this.catalogue.fields(tenantId),
    ]);
    return lintBundle(text, {
      world: worldOf(catalogue),
      invariants,
      severities,
      ...(previous === undefined ? {} : { previous }),
    });
  }

  /** Lints a stored bundle. Positions refer to its canonical text, indented by two spaces. */
  content(
    tenantId: string,
    { version, rules, notes: kept, metadata }: BundleContent,
    team: string | null,
  ): Promise<LintReport> {
    // Sealed notes are longer than the original, and linting checks only the length of notes.
    const notes = sealedBy(kept) === undefined ? kept : '';
    return this.text(tenantId, JSON.stringify({ version, rules, notes, metadata }, null, 2), team);
  }

  /** Returns the violations of the tenant's requirements for bundles. */
  async unmetDemands(
    tenantId: string,
    content: BundleContent,
    team: string | null,
  ): Promise<readonly Violation[]> {
    const { state } = await this.lintSettings.load(lintStream(tenantId));
    return unmetDemands(
      content,
      await this.bundles.predecessor(tenantId, team),
      state,
      await this.catalogue.fields(tenantId),
    );
  }

  /** Shortens a report to the part that accompanies a written draft. */
  hint({ findings, ...report }: LintReport): LintHint {
    return { ...report, findings: findings.slice(0, hintLimit), truncated: findings.length > hintLimit };
  }
}
