import { Link } from '@tanstack/react-router';
import type { ReactElement } from 'react';
import { aboutText } from './words.js';

type NoticeCellProps = {
  readonly notice: Parameters<typeof aboutText>[0] & { readonly id: string };
};
/** The cell that names an alert or incident: the link to its detail, and its subject. */
export const NoticeCell = ({ notice }: NoticeCellProps): ReactElement => (
  <td>
    <Link
      from="/alerts"
      to="/alerts"
      search={(old) => ({ ...old, id: notice.id })}
      className="fw iso"
      data-row
    >
      {notice.name}
    </Link>
    <div className="sm t2 long iso">{aboutText(notice)}</div>
  </td>
);
