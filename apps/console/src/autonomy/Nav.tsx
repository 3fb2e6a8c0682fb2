import { Link } from '@tanstack/react-router';
import type { ReactElement } from 'react';
import { Head } from '../ui/parts.js';
import css from './nav.module.css';

const pages = [
  ['/autonomy', 'Modes and budgets'],
  ['/autonomy/types', 'Action types'],
  ['/autonomy/agents', 'Agents'],
  ['/autonomy/mcp', 'MCP servers'],
  ['/autonomy/limits', 'Limits and retention'],
] as const;

/** The heading of each page of the group, with the way to the others. */
export const AutonomyHead = ({ title }: { readonly title: string }): ReactElement => (
  <>
    <Head title={title} />
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
