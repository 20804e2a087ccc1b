/** `:files` among the answers asks the shell for its own completion of files. A tab divides a word from what it means. */
const bash = String.raw`# cspace completion for bash: source <(cspace completion bash)
_cspace() {
  local line
  COMPREPLY=()
  while IFS= read -r line; do
    if [ "$line" = ":files" ]; then
      compopt -o default 2>/dev/null
    else
      COMPREPLY+=("${'$'}{line%%$'\t'*}")
    fi
  done < <("${'$'}{COMP_WORDS[0]}" __complete -- "${'$'}{COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null)
}
complete -F _cspace cspace
`;

const zsh = String.raw`#compdef cspace
# cspace completion for zsh: source <(cspace completion zsh)
_cspace() {
  local line value
  local -a items
  local -i files=0
  while IFS= read -r line; do
    if [[ "$line" == ":files" ]]; then
      files=1
      continue
    fi
    value="${'$'}{line%%$'\t'*}"
    if [[ "$line" == *$'\t'* ]]; then
      items+=("${'$'}{value//:/\\:}:${'$'}{line#*$'\t'}")
    else
      items+=("${'$'}{value//:/\\:}")
    fi
  done < <("${'$'}{words[1]}" __complete -- "${'$'}{(@)words[2,CURRENT]}" 2>/dev/null)
  (( ${'$'}{#items} )) && _describe -t values cspace items
  (( files )) && _files
  return 0
}
if [ "${'$'}{funcstack[1]}" = "_cspace" ]; then
  _cspace "$@"
else
  compdef _cspace cspace
fi
`;

const fish = String.raw`# cspace completion for fish: cspace completion fish | source
function __cspace_complete
  set -l words (commandline -opc)
  set -l current (commandline -ct)
  command $words[1] __complete -- $words[2..-1] "$current" 2>/dev/null | string match -v ':files'
end
complete -c cspace -f -a '(__cspace_complete)'
complete -c cspace -s f -l prompt-file -l task-file -l file -r -F
complete -c cspace -l project -l dir -r -a '(__fish_complete_directories)'
`;

export const SCRIPTS = { bash, zsh, fish } as const;
