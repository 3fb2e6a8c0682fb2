import { Link } from '@tanstack/react-router';
import type { ReactElement } from 'react';
import { shortId } from '../format.js';
import { Act, Time } from '../ui/parts.js';
import { Chip, lookOfStatus } from '../ui/states.js';
import type { Bundle } from './api.js';
import { BundleMenu } from './BundleMenu.js';
import type { Document } from './useDocument.js';

export type View = 'both' | 'builder' | 'json';
const views: readonly (readonly [View, string])[] = [
  ['both', 'Both'],
  ['builder', 'Builder'],
  ['json', 'JSON'],
];

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
    <Chip plain look={lookOfStatus(bundle.status)} />
    <span className="sub hide-m iso">
      {bundle.cloned_from === null ? '' : `from ${bundle.cloned_from.version} `}by{' '}
      {shortId(bundle.created_by)}; {doc.unsaved ? 'changed here, not saved' : `revision ${doc.revision}`},
      begun <Time at={bundle.created_at} zoned />
    </span>
    <span className="row ml wrap">
      <span className="seg hide-m" role="group" aria-label="Editor">
        {views.map(([name, label]) => (
          <button
            key={name}
            type="button"
            aria-pressed={view === name}
            onClick={() => {
              onView(name);
            }}
          >
            {label}
          </button>
        ))}
      </span>
      <Link to="/studio/playground" search={{ bundle: bundle.id }} className="btn hide-m">
        Playground
      </Link>
      <Act off={saveOff} onAct={doc.save}>
        {doc.saving ? 'Saving…' : 'Save'} <kbd>Ctrl S</kbd>
      </Act>
      <Act className="pri" off={askOff} onAct={onAsk}>
        {bundle.approvals.length > 0 ? 'Approval…' : 'Request approval…'}
      </Act>
    </span>
  </div>
);
