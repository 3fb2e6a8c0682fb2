import { CommandHandler, isProblem, positionText, type CommandContext, type EventStore } from '@interlock/kernel';
import { backoff } from '@interlock/platform';
import { checkLintSettings, lintBundle, lintSettingsDecider, lintStream, worldOf, type BundleContent, type LintReport, type LintSettings } from '@interlock/policy';
import { BundlesQueries } from './bundles.queries.js';
import { Catalogue } from './catalogue.js';

export type LintSettingsView = LintSettings & { readonly revision: string; readonly position: string | null };
/** A report as it goes along with a draft. */
export type LintHint = LintReport & { readonly truncated: boolean };

const hintLimit = 100;

/** Linting by what a tenant asks of its bundles, and against the bundle that decides now. */
export class LintService {
  readonly #settings;

  constructor(store: EventStore, private readonly catalogue: Catalogue, private readonly bundles: BundlesQueries) {
    this.#settings = new CommandHandler(store, lintSettingsDecider, { backoff });
  }

  async settings(tenantId: string): Promise<LintSettingsView> {
    const { state, revision, position } = await this.#settings.load(lintStream(tenantId));
    return { ...state, revision: `${revision}`, position: position === null ? null : positionText(position) };
  }

  /** Throws `validation-failed` naming every violation, `stale-revision`. */
  async configure(tenantId: string, body: unknown, context: CommandContext): Promise<LintSettingsView> {
    const settings = checkLintSettings(body, await this.catalogue.fields(tenantId));
    const { state, revision, position } = await this.#settings.handle(lintStream(tenantId), { type: 'ConfigureLint', settings }, context);
    return { ...state, revision: `${revision}`, position: position === null ? null : positionText(position) };
  }

  /** A submitted text, of whatever team's bundle it is to become. */
  async text(tenantId: string, text: string, team: string | null): Promise<LintReport> {
    const [{ state: { invariants, severities } }, previous, catalogue] = await Promise.all([this.#settings.load(lintStream(tenantId)), this.bundles.predecessor(tenantId, team), this.catalogue.fields(tenantId)]);
    return lintBundle(text, { world: worldOf(catalogue), invariants, severities, ...(previous === undefined ? {} : { previous }) });
  }

  /** A bundle that is kept; places are those of its canonical text with two spaces. */
  content(tenantId: string, { version, rules, notes, metadata }: BundleContent, team: string | null): Promise<LintReport> {
    return this.text(tenantId, JSON.stringify({ version, rules, notes, metadata }, null, 2), team);
  }

  /** What goes along with a draft that is written: null where the database that knows the active bundle is away, for the draft needs only the log. */
  async hint(linting: () => Promise<LintReport>): Promise<LintHint | null> {
    try {
      const report = await linting();
      return { ...report, findings: report.findings.slice(0, hintLimit), truncated: report.findings.length > hintLimit };
    } catch (error) {
      if (isProblem(error, 'database-unavailable') || isProblem(error, 'read-model-behind')) return null;
      throw error;
    }
  }
}
