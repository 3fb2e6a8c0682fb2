import { cutText } from '@interlock/kernel';

/** Returns the detail of an alert or of an incident: at most 500 characters of a text. */
export const detailOf = (text: string): string => cutText(text, 500);
