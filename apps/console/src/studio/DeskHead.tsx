import { LinkButton } from '../ui/LinkButton.js';
import type { ReactElement } from 'react';
import { Act } from '../ui/parts.js';
import { Seg } from '../ui/Seg.js';
import type { Bundle } from './api.js';
import { BundleMenu } from './BundleMenu.js';
import { whoText } from './rules.js';
import type { Document } from './editor/useDocument.js';

export type View = 'both' | 'builder' | 'json';
const views: readonly (readonly [View, string])[] = [
  ['both', 'Both'],
  ['builder', 'Builder'],
  ['json', 'JSON'],
];

const unsavedText = ({ asVersion }: Document): string =>
  asVersion === undefined
    ? 'changed here, not saved'
    : `changed here, not saved: ${asVersion.slice(0, 40)} becomes a draft of its own`;

/** Which bundle it is, how it stands, and what can be done with it as a whole. */
export const DeskHead = ({
  bundle,
  doc,
  view,
  onView,
  saveOff,
  askOff,
  onAsk,
}: {
  readonly bundle: Bundle;
  readonly doc: Document;
  readonly view: View;
  readonly onView: (view: View) => void;
  /** Why it cannot be saved, and why no approval can be asked for. */
  readonly saveOff: string | undefined;
  readonly askOff: string | undefined;
  readonly onAsk: () => void;
}): ReactElement => (
  <div className="ph">
    <h1>Policy studio</h1>
    <BundleMenu bundle={bundle} />
    <span className="sub hide-m iso">
      {bundle.cloned_from === null ? '' : `from ${bundle.cloned_from.version} `}by{' '}
      {whoText(bundle.created_by)}; {doc.unsaved ? unsavedText(doc) : `revision ${doc.revision}`}
    </span>
    <span className="row ml wrap">
      <Seg label="Editor" value={view} choices={views} onChoose={onView} className="hide-m" />
      <LinkButton to="/studio/playground" search={{ bundle: bundle.id }} className="hide-m">
        Playground
      </LinkButton>
      <Act off={saveOff} onAct={doc.save}>
        {doc.saving
          ? 'Saving…'
          : doc.asVersion === undefined
            ? 'Save'
            : `Save as ${doc.asVersion.slice(0, 40)}`}{' '}
        <kbd>Ctrl S</kbd>
      </Act>
      <Act variant="filled" off={askOff} onAct={onAsk}>
        {bundle.approvals.length > 0 ? 'Approval…' : 'Request approval…'}
      </Act>
    </span>
  </div>
);
