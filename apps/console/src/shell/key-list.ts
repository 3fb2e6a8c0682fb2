/** Every key of the console, by where it works: what `?` shows. */
export const keyList: readonly (readonly [string, readonly (readonly [string, string])[]])[] = [
  [
    'Everywhere',
    [
      ['Ctrl K', 'Find pages, actions, devices, rules, commands; a pasted id goes straight to it'],
      ['?', 'This list'],
      ['z', 'UTC or this browser’s zone'],
      ['Shift D', 'Light or dark'],
      ['Shift S', 'Stop'],
      ['Esc', 'Back; what was written stays'],
      ['y', 'Copy the address of what is shown'],
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
      ['a c e r x', 'To approve, confirm, extend, reject, cancel: moves the focus there, sends nothing'],
      ['+ - !', 'Feedback: good, bad, harmful; moves the focus there, sends nothing'],
      ['Ctrl Enter', 'Send what has the focus'],
    ],
  ],
  [
    'Govern',
    [
      ['m', 'Autonomy: the mode; alerts: to silence'],
      ['b', 'Autonomy: the budget'],
      ['Ctrl Enter', 'Twin: predict; studio: simulate'],
      ['Ctrl S', 'Studio: save'],
      ['F8', 'Studio: next finding'],
      ['Ctrl .', 'Studio: put the finding right'],
      ['n', 'Studio: new rule'],
    ],
  ],
];
