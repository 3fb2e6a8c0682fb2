import { Injectable } from '@nestjs/common';
import { sealedBy, type Violation } from '@interlock/contracts';
import { positionText, type CommandContext } from '@interlock/kernel';
import {
  checkLintSettings,
  lintBundle,
  lintStream,
  unmetDemands,
  worldOf,
  type BundleContent,
  type LintReport,
  type LintSettings,
} from '@interlock/policy';
import { BundlesService } from './bundles.service.js';
import { Catalogue } from '../policies/catalogue.js';
import { LintSettingsHandler } from '../handlers.js';

export type LintSettingsView = LintSettings & { readonly revision: string; readonly position: string | null };
/** A report as it goes along with a draft. */
export type LintHint = LintReport & { readonly truncated: boolean };

const hintLimit = 100;

/** Linting by what a tenant asks of its bundles, and against the bundle that decides now. */
@Injectable()
export class LintService {
  constructor(
    private readonly lintSettings: LintSettingsHandler,
    private readonly catalogue: Catalogue,
    private readonly bundles: BundlesService,
  ) {}

  async settings(tenantId: string): Promise<LintSettingsView> {
    const { state, revision, position } = await this.lintSettings.load(lintStream(tenantId));
    return { ...state, revision: `${revision}`, position: position === null ? null : positionText(position) };
  }

  /** Throws `validation-failed` naming every violation, `stale-revision`. */
  async configure(tenantId: string, body: unknown, context: CommandContext): Promise<LintSettingsView> {
    const settings = checkLintSettings(body, await this.catalogue.fields(tenantId));
    const { state, revision, position } = await this.lintSettings.handle(
      lintStream(tenantId),
      { kind: 'ConfigureLint', settings },
      context,
    );
    return { ...state, revision: `${revision}`, position: position === null ? null : positionText(position) };
  }

  /** A submitted text, of whatever team's bundle it is to become. */
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

  /** A bundle that is kept; places are those of its canonical text with two spaces. */
  content(
    tenantId: string,
    { version, rules, notes: kept, metadata }: BundleContent,
    team: string | null,
  ): Promise<LintReport> {
    // Sealed notes are longer than what was written, and nothing else is looked at in notes.
    const notes = sealedBy(kept) === undefined ? kept : '';
    return this.text(tenantId, JSON.stringify({ version, rules, notes, metadata }, null, 2), team);
  }

  /** The demands of the tenant on bundles that this one does not meet. */
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

  /** What goes along with a draft that is written. */
  hint({ findings, ...report }: LintReport): LintHint {
    return { ...report, findings: findings.slice(0, hintLimit), truncated: findings.length > hintLimit };
  }
}
