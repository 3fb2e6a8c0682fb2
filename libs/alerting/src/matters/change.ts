import { question, text, type Matter } from './matter.js';

/**
 * A change request: a setting would be loosened. Its data are read by name, so that a member that
 * is added or missing hides no request.
 */
export const changeMatter: Matter = {
  kinds: ['change'],
  category: 'change',
  subject: (id) => `change request \`${id}\``,
  asks: {
    ChangeRequested: (data) =>
      question(
        `would loosen \`${text(data['setting']) || 'a setting'}\` and waits for another person until ${text(data['expires_at']) || 'it expires'}`,
        data,
      ),
  },
  ends: ['ChangeApproved', 'ChangeRejected', 'ChangeExpired', 'ChangeApplied', 'ChangeVoided'],
  endsByClock: true,
  page: (id) => `/approvals?change=${encodeURIComponent(id)}`,
};
