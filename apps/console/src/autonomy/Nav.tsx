import { Link } from '@tanstack/react-router';
import type { ReactElement, ReactNode } from 'react';
import { Head } from '../ui/parts.js';
import css from './nav.module.css';

const pages = [
  ['/autonomy', 'Modes and budgets'],
  ['/autonomy/types', 'Action types'],
  ['/autonomy/agents', 'Agents'],
  ['/autonomy/mcp', 'MCP servers'],
  ['/autonomy/webhooks', 'Webhooks'],
  ['/autonomy/limits', 'Limits and retention'],
] as const;

type AutonomyHeadProps = {
  readonly title: string;
  /** What stands beside the heading. */
  readonly children?: ReactNode;
};
/** The heading of each autonomy page, with links to the other pages. */
export const AutonomyHead = ({ title, children }: AutonomyHeadProps): ReactElement => (
  <>
    <Head title={title}>{children}</Head>
    <nav className={css['nav']} aria-label="Autonomy">
      {pages.map(([to, words]) => (
        <Link
          key={to}
          to={to}
          activeOptions={{ exact: true, includeSearch: false }}
          activeProps={{ 'aria-current': 'page' }}
        >
          {words}
        </Link>
      ))}
    </nav>
  </>
);
