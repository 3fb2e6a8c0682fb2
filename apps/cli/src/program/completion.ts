import type { CommandNode, OptionNode } from '../tree.js';

/** The shells with completion. */
export const shells = ['bash', 'zsh', 'fish'] as const;
export type Shell = (typeof shells)[number];

/** The commands that list the possible values of an argument, by first word and argument. */
const listed: readonly { readonly words: string; readonly argument: string; readonly list: string }[] = [
  { words: 'actions', argument: '<action>', list: 'actions list --open --output name' },
  { words: 'audit', argument: '<action>', list: 'actions list --output name' },
  { words: 'plans', argument: '<plan>', list: 'plans list --output name' },
  { words: 'alerts', argument: '<id>', list: 'alerts list --status firing --output name' },
  { words: 'incidents', argument: '<id>', list: 'incidents list --status open --output name' },
  { words: 'channels', argument: '<id>', list: 'channels list --output name' },
  { words: 'responses', argument: '<id>', list: 'responses list --output name' },
  { words: 'devices', argument: '<device>', list: 'devices list --output name' },
  { words: 'bindings', argument: '<binding>', list: 'bindings list --output name' },
  { words: 'policies', argument: '<policy>', list: 'policies list --output name' },
  { words: 'policy', argument: '<bundle>', list: 'policy list --output name' },
  { words: 'action-types', argument: '<type>', list: 'action-types list --output name' },
  { words: 'mcp', argument: '<server>', list: 'mcp list --output name' },
  { words: 'teams', argument: '<team>', list: 'teams list --output name' },
];

/** A command by its path from the program. */
type Placed = { readonly path: string; readonly node: CommandNode };

const placed = (node: CommandNode, path: string): readonly Placed[] => [
  { path, node },
  ...node.commands.flatMap((one) => placed(one, `${path} ${one.name}`.trim())),
];

const longOf = ({ flags }: OptionNode): string => flags.match(/--[\w-]+/g)?.at(-1) ?? '';
const namesOf = (options: readonly OptionNode[]): string =>
  [...options.map(longOf), '--help'].filter((name) => name !== '').join(' ');

const listFor = ({ path, node }: Placed): string | undefined =>
  listed.find(({ words, argument }) => path.split(' ')[0] === words && node.arguments[0] === argument)?.list;

/** The lines of a shell's `case`: the output or command for each path. */
const cases = (pairs: readonly (readonly [path: string, command: string])[]): string =>
  pairs.map(([path, command]) => `    "${path}") ${command} ;;`).join('\n');

/**
 * Functions shared by bash and zsh: the commands under a path, its options, an option's values, and
 * existing names.
 */
const functionsOf = (all: readonly Placed[], globals: readonly OptionNode[]): string => {
  const valued = [
    ...new Set(
      all
        .flatMap(({ node }) => node.options)
        .filter((o) => o.takes_value)
        .map(longOf),
    ),
  ];
  const lists = all.flatMap((one): readonly (readonly [string, string])[] => {
    const list = listFor(one);
    return list === undefined ? [] : [[one.path, `interlock ${list} 2>/dev/null`]];
  });
  return `_interlock_commands() {
  case "$1" in
${cases(
  all
    .filter(({ node }) => node.commands.length > 0)
    .map(({ path, node }) => [path, `echo "${node.commands.map(({ name }) => name).join(' ')}"`]),
)}
  esac
}
_interlock_options() {
  case "$1" in
${cases(all.map(({ path, node }) => [path, `echo "${namesOf(path === '' ? globals : [...node.options, ...globals])}"`]))}
  esac
}
_interlock_values() {
  case "$1 $2" in
${cases(
  all.flatMap(({ path, node }) =>
    node.options
      .filter(({ choices }) => choices.length > 0)
      .map((option): readonly [string, string] => [
        `${path} ${longOf(option)}`,
        `echo "${option.choices.join(' ')}"`,
      ]),
  ),
)}
  esac
}
_interlock_names() {
  case "$1" in
${cases(lists)}
  esac
}
_interlock_takes_value() {
  case "$1" in
    ${valued.join('|')}|-o) return 0 ;;
  esac
  return 1
}
# Writes what may stand behind the words before the one that is being written: $1 is that one, $2 the one before it.
_interlock_candidates() {
  local current="$1" before="$2" at="" skip="" word under
  shift 2
  for word in "$@"; do
    if [ -n "$skip" ]; then skip=""; continue; fi
    if _interlock_takes_value "$word"; then skip=1; continue; fi
    case "$word" in -*) continue ;; esac
    under=" $(_interlock_commands "$at") "
    case "$under" in *" $word "*) at="\${at:+$at }$word" ;; esac
  done
  [ "$before" = "-o" ] && before=--output
  if _interlock_takes_value "$before"; then _interlock_values "$at" "$before"; return; fi
  case "$current" in
    -*) _interlock_options "$at" ;;
    *) _interlock_commands "$at"; _interlock_names "$at" ;;
  esac
}
`;
};

const bash = (
  functions: string,
): string => `# bash completion of interlock, written by \`interlock completion bash\`
${functions}_interlock() {
  local current="\${COMP_WORDS[COMP_CWORD]}" before="\${COMP_WORDS[COMP_CWORD-1]}"
  local word
  COMPREPLY=()
  # The words come from the installation, so that nothing may expand them: \`compgen -W\` would.
  while IFS= read -r word; do
    [[ -n $word && $word == "$current"* ]] && COMPREPLY+=("$word")
  done < <(_interlock_candidates "$current" "$before" "\${COMP_WORDS[@]:1:COMP_CWORD-1}" | tr ' ' '\\n')
}
complete -o default -F _interlock interlock
`;

const zsh = (functions: string): string => `#compdef interlock
# zsh completion of interlock, written by \`interlock completion zsh\`
${functions}_interlock() {
  local -a candidates
  candidates=(\${=$(_interlock_candidates "\${words[CURRENT]}" "\${words[CURRENT-1]}" "\${(@)words[2,CURRENT-1]}")})
  if (( \${#candidates} )); then compadd -- $candidates; else _files; fi
}
if [ "\${funcstack[1]}" = "_interlock" ]; then _interlock "$@"; else compdef _interlock interlock; fi
`;

const quoted = (text: string): string => `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;

const fish = (all: readonly Placed[], globals: readonly OptionNode[]): string => {
  const paths = all.filter(({ path }) => path !== '').map(({ path }) => path);
  const at = (path: string): string => `-n ${quoted(`__interlock_at "${path}"`)}`;
  const option = (path: string, one: OptionNode): string =>
    `complete -c interlock ${path === '' ? '' : `${at(path)} `}-l ${longOf(one).slice(2)}${one.takes_value ? ' -r' : ''}${one.choices.length > 0 ? ` -f -a ${quoted(one.choices.join(' '))}` : ''}${one.about === '' ? '' : ` -d ${quoted(one.about)}`}`;
  return [
    '# fish completion of interlock, written by `interlock completion fish`',
    `set -g __interlock_paths ${paths.map(quoted).join(' ')}`,
    `function __interlock_at
    set -l at ''
    for word in (commandline -opc)[2..-1]
        set -l next (string trim -- "$at $word")
        contains -- "$next" $__interlock_paths; and set at $next
    end
    test "$at" = "$argv[1]"
end`,
    ...globals.map((one) => option('', one)),
    ...all.flatMap(({ path, node }) => [
      ...node.commands.map(
        ({ name, about }) => `complete -c interlock -f ${at(path)} -a ${name} -d ${quoted(about)}`,
      ),
      ...(path === '' ? [] : node.options.map((one) => option(path, one))),
    ]),
    ...all.flatMap((one) => {
      const list = listFor(one);
      return list === undefined
        ? []
        : [`complete -c interlock -f ${at(one.path)} -a '(interlock ${list} 2>/dev/null)'`];
    }),
    '',
  ].join('\n');
};

/**
 * The completion script of a shell for the current commands. It calls the program only for existing
 * names.
 */
export const completionText = (shell: Shell, tree: CommandNode): string => {
  const all = placed(tree, '');
  switch (shell) {
    case 'bash':
      return bash(functionsOf(all, tree.options));
    case 'zsh':
      return zsh(functionsOf(all, tree.options));
    case 'fish':
      return fish(all, tree.options);
  }
};
