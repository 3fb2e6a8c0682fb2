import { Button } from '@mantine/core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useEffect, useRef, useState, type ReactElement } from 'react';
import { signedOut } from '../api/client.js';
import { readMethods, signIn } from '../api/session.js';
import { useStore } from '../state/store.js';
import { Problem } from '../ui/parts.js';
import { invitationIn, nextIn } from './addresses.js';
import { Field } from '../ui/Field.js';

/** Why the identity provider's way ended here, by the code of the problem. */
const refusals: { readonly [code: string]: string } = {
  unauthenticated:
    'The login was not accepted. Log in again; an administrator sees in the log of the edge why.',
  'service-unreachable':
    'The identity provider could not be reached. To stop everything without it: interlock stop --break-glass FILE.',
  'rate-limited': 'Too many logins were tried from here. Try again in a minute.',
};

/** The way by the installation's identity provider, where it has one. */
const ByProvider = ({ name }: { readonly name: string }): ReactElement => {
  const refused = new URLSearchParams(location.search).get('refused');
  return (
    <div className="card">
      <div className="b col" style={{ gap: 12 }}>
        {refused === null ? null : (
          <p role="alert">{refusals[refused] ?? 'The login was refused. Log in again.'}</p>
        )}
        <Button
          component="a"
          variant="filled"
          size="lg"
          href={`/session/login?next=${encodeURIComponent(nextIn(location.search))}`}
        >
          Log in with {name}
        </Button>
        <p className="xs muted">
          To stop everything without a session:{' '}
          <span className="mono">interlock stop --break-glass FILE</span>.
        </p>
      </div>
    </div>
  );
};

export const LoginPage = (): ReactElement => {
  const methods = useQuery({ queryKey: ['login-methods'], queryFn: readMethods, staleTime: 60_000 });
  const queries = useQueryClient();
  const ended = useStore(signedOut);
  const [invitation, setInvitation] = useState(() => invitationIn(location.hash));
  const fromLink = useRef(invitation !== '');
  const login = useMutation({
    mutationFn: signIn,
    onSuccess: (session) => {
      queries.setQueryData(['session'], session);
      location.assign(nextIn(location.search));
    },
  });
  const { mutate } = login;
  useEffect(() => {
    if (!fromLink.current) return;
    fromLink.current = false;
    history.replaceState(history.state, '', `${location.pathname}${location.search}`);
    mutate(invitation);
  }, [invitation, mutate]);
  return (
    <main className="signin" id="main">
      <div className="ph">
        <h1>Sign in to Interlock</h1>
      </div>
      {ended ? (
        <p className="card note" role="status">
          <b>Your session has ended.</b> Notes and drafts that you began are kept on this device, for you
          alone, and are there again when you have signed in.
        </p>
      ) : null}
      {methods.data === undefined || methods.data.oidc === null ? null : (
        <ByProvider name={methods.data.oidc.name} />
      )}
      {methods.data?.invitation === false ? null : (
        <form
          className="card"
          onSubmit={(event) => {
            event.preventDefault();
            const text = invitation.trim();
            login.mutate(text.includes('#') ? invitationIn(text.slice(text.indexOf('#'))) : text);
          }}
        >
          <div className="b col" style={{ gap: 12 }}>
            <p className="t2">
              Interlock printed a link for each role when it was started first. Open one, or paste it here.
              Each is good once.
            </p>
            <Field
              label="Invitation link"
              value={invitation}
              autoComplete="off"
              spellCheck={false}
              onText={setInvitation}
            />
            {login.isError ? <Problem error={login.error} /> : null}
            <Button type="submit" variant="filled" size="lg">
              {login.isPending ? 'Signing in…' : 'Sign in'}
            </Button>
            <p className="xs muted">
              No link any more? <span className="mono">npm start -- --invite</span> prints new ones. To stop
              everything without a session:{' '}
              <span className="mono">
                npm run -s interlock -- --tenant demo kill-switch engage --reason &quot;…&quot;
              </span>
              .
            </p>
          </div>
        </form>
      )}
    </main>
  );
};
