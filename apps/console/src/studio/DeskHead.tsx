import { LinkButton } from '../ui/LinkButton.js';
import type { ReactElement } from 'react';
import { ActionButton } from '../ui/parts.js';
import { SegmentedControl } from '../ui/forms/SegmentedControl.js';
import type { Bundle } from './api.js';
import { BundleMenu } from './BundleMenu.js';
import { whoText } from './rules.js';
import type { Document } from './editor/useDocument.js';

export type View = 'both' | 'builder' | 'json';
const views: { readonly [Name in View]: string } = { both: 'Both', builder: 'Builder', json: 'JSON' };

const unsavedText = ({ asVersion }: Document): string =>
  asVersion === undefined
    ? 'unsaved changes here'
    : `unsaved changes: saving creates ${asVersion.slice(0, 40)} as a new draft`;

/** The name and state of the bundle, and the actions on the bundle as a whole. */
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
  /** Why the bundle cannot be saved. `askOff` says why no approval can be requested. */
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
      <SegmentedControl label="Editor" value={view} choices={views} onChoose={onView} className="hide-m" />
      <LinkButton to="/studio/playground" search={{ bundle: bundle.id }} className="hide-m">
        Playground
      </LinkButton>
      <ActionButton off={saveOff} onAct={doc.save}>
        {doc.saving
          ? 'Saving…'
          : doc.asVersion === undefined
            ? 'Save'
            : `Save as ${doc.asVersion.slice(0, 40)}`}{' '}
        <kbd>Ctrl S</kbd>
      </ActionButton>
      <ActionButton variant="filled" off={askOff} onAct={onAsk}>
        {bundle.approvals.length > 0 ? 'Approval…' : 'Request approval…'}
      </ActionButton>
    </span>
  </div>
);
