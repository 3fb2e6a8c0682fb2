/** Every key of the console, grouped by where it works. `?` shows this list. */
export const keyList: readonly (readonly [string, readonly (readonly [string, string])[]])[] = [
  [
    'Everywhere',
    [
      ['Ctrl K', 'Find pages, actions, devices, rules, commands; a pasted id goes straight to it'],
      ['?', 'This list'],
      ['z', 'UTC or this browser’s zone'],
      ['Shift Z', 'Exact times, or to the second'],
      ['Shift D', 'Light or dark'],
      ['Shift S', 'Stop'],
      ['Esc', 'Back; keeps your text'],
      ['y', 'Copy the address of the page'],
    ],
  ],
  [
    'Lists',
    [
      ['j k', 'Next, previous row'],
      ['Enter', 'Open'],
      ['/', 'Filter'],
      ['.', 'Show the new rows'],
    ],
  ],
  [
    'One action',
    [
      ['[ ]', 'Gate before, next gate'],
      ['d', 'Device changes'],
      ['o', 'Whole story'],
      ['a c e r x', 'Approve, confirm, extend, reject, cancel: moves the focus, sends nothing'],
      ['+ - !', 'Feedback: good, bad, harmful; moves the focus, sends nothing'],
      ['Ctrl Enter', 'Send the focused form'],
    ],
  ],
  [
    'Govern',
    [
      ['m', 'Autonomy: mode; alerts: silence'],
      ['b', 'Autonomy: budget'],
      ['Ctrl Enter', 'Twin: predict; studio: simulate'],
      ['Ctrl S', 'Studio: save'],
      ['F8', 'Studio: next finding'],
      ['Ctrl .', 'Studio: fix the finding'],
      ['n', 'Studio: new rule'],
    ],
  ],
];
