import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useCallback, useEffect, useMemo, useRef, useState } from 'react';
import { ApiProblem, tenantStore } from '../../api/client.js';
import { useSession } from '../../api/session.js';
import { bundleQuery, cloneAs, saveBundle, type Bundle } from '../api.js';
import { keepDraft, keptDraft, type DraftOf } from './drafts.js';
import { member } from '../rules.js';
import { bundleText, parseText, type Parsed } from './text.js';

export type Document = {
  readonly text: string;
  readonly parsed: Parsed;
  /** The text of the revision on the server that this one is based on. */
  readonly saved: string;
  readonly revision: string;
  readonly unsaved: boolean;
  /** True if the text was recovered from this device. */
  readonly recovered: boolean;
  /**
   * The version in the text, if it differs from the bundle's. A bundle keeps its version, so the
   * text is then saved as a new draft.
   */
  readonly asVersion: string | undefined;
  readonly set: (text: string) => void;
  readonly save: () => void;
  readonly saving: boolean;
  readonly error: unknown;
  /** The bundle that someone else saved meanwhile; undefined if there is no conflict. */
  readonly conflict: Bundle | undefined;
  /** Resolves the conflict with this user's text or with the other one. */
  readonly resolve: (keep: 'mine' | 'theirs') => void;
};

/**
 * The text of one bundle while it is edited. It is kept on this device until it is saved, and it is
 * saved only over the revision that was read. `onMoved` receives the id of the new draft if the
 * text was saved under another version.
 */
export const useDocument = (bundle: Bundle, onMoved: (id: string) => void): Document => {
  const queries = useQueryClient();
  const { data: session } = useSession();
  const person = session?.name ?? '';
  const ofRevision = useCallback(
    (revision: string): DraftOf => ({ person, tenant: tenantStore.get() ?? '', bundle: bundle.id, revision }),
    [person, bundle.id],
  );
  const [base, setBase] = useState({
    revision: bundle.revision,
    saved: bundleText(bundle),
    content: bundleText(bundle),
  });
  const begun = useRef(keptDraft(localStorage, ofRevision(bundle.revision)));
  const [text, setText] = useState(
    () => (bundle.status === 'draft' ? begun.current : undefined) ?? base.saved,
  );
  const [recovered, setRecovered] = useState(text !== base.saved);
  const [conflict, setConflict] = useState<Bundle | undefined>();
  const parsed = useMemo(() => parseText(text), [text]);
  const unsaved = text !== base.saved;
  const named = member(parsed.value, 'version');
  const asVersion = typeof named === 'string' && named !== bundle.version ? named : undefined;
  const newest = useRef(text);
  newest.current = text;

  useEffect(() => {
    if (bundle.status === 'draft') keepDraft(localStorage, ofRevision(base.revision), text, base.saved);
  }, [text, base, bundle.status, ofRevision]);
  // A revision saved by someone else replaces the text if nothing was changed here. Otherwise it is
  // reported as a conflict.
  useEffect(() => {
    if (BigInt(bundle.revision) <= BigInt(base.revision)) return;
    const content = bundleText(bundle);
    // An approval or a flip list changes the revision but not the content.
    if (content === base.content) setBase({ ...base, revision: bundle.revision });
    else if (newest.current !== base.saved) setConflict(bundle);
    else {
      setBase({ revision: bundle.revision, saved: content, content });
      setText(content);
    }
  }, [bundle, base]);

  const saving = useMutation({
    mutationFn: async (sent: {
      readonly text: string;
      readonly value: unknown;
      readonly revision: string;
    }) => ({
      sent: sent.text,
      done: await saveBundle(tenantStore.get(), bundle.id, sent.revision, sent.value),
    }),
    onSuccess: ({ sent, done }) => {
      keepDraft(localStorage, ofRevision(base.revision), '', '');
      // The text may have changed meanwhile, so only the part that was sent counts as saved.
      setBase({ revision: done.revision, saved: sent, content: bundleText(done) });
      setRecovered(false);
      queries.setQueryData<Bundle>(bundleQuery(bundle.id).queryKey, done);
      void queries.invalidateQueries({ queryKey: ['bundles', 'list'] });
    },
    onError: async (error) => {
      if (error instanceof ApiProblem && [409, 412].includes(error.problem.status)) {
        const theirs = await queries.fetchQuery({ ...bundleQuery(bundle.id), staleTime: 0 });
        const content = bundleText(theirs);
        if (content === base.content) setBase({ ...base, revision: theirs.revision });
        else setConflict(theirs);
      }
    },
  });
  const moving = useMutation({
    mutationFn: async (sent: {
      readonly text: string;
      readonly value: unknown;
      readonly version: string;
    }): Promise<string> => {
      const tenant = tenantStore.get();
      const made = await cloneAs(tenant, bundle.id, sent.version);
      const there: DraftOf = { person, tenant: tenant ?? '', bundle: made.id, revision: made.revision };
      // The text moves to the new draft even if the server does not accept it yet. The editor of
      // that draft shows the reason when it is saved.
      keepDraft(localStorage, there, sent.text, '');
      try {
        const done = await saveBundle(tenant, made.id, made.revision, sent.value);
        keepDraft(localStorage, there, '', '');
        queries.setQueryData<Bundle>(bundleQuery(made.id).queryKey, done);
      } catch (error) {
        if (!(error instanceof ApiProblem)) throw error;
      }
      return made.id;
    },
    onSuccess: async (id) => {
      setText(base.saved);
      await queries.invalidateQueries({ queryKey: ['bundles', 'list'] });
      onMoved(id);
    },
  });
  const pending = saving.isPending || moving.isPending;
  return {
    text,
    parsed,
    asVersion,
    saved: base.saved,
    revision: base.revision,
    unsaved,
    recovered: recovered && unsaved,
    set: setText,
    save: () => {
      if (!unsaved || parsed.faults.length > 0 || pending || bundle.status !== 'draft') return;
      const sent = { text, value: parsed.value };
      if (asVersion === undefined) {
        moving.reset();
        saving.mutate({ ...sent, revision: base.revision });
      } else {
        saving.reset();
        moving.mutate({ ...sent, version: asVersion });
      }
    },
    saving: pending,
    error:
      conflict !== undefined
        ? undefined
        : saving.isError
          ? saving.error
          : moving.isError && moving.variables.version === asVersion
            ? moving.error
            : undefined,
    conflict,
    resolve: (keep) => {
      if (conflict === undefined) return;
      const content = bundleText(conflict);
      setBase({ revision: conflict.revision, saved: content, content });
      if (keep === 'theirs') setText(content);
      setConflict(undefined);
      saving.reset();
    },
  };
};
