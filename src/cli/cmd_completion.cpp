#include "cli/arguments.h"

#include <ostream>

namespace autocache::cli {
namespace {

constexpr std::string_view kBash =
    R"(# bash completion for autocache; needs: source <(autocache completion bash)
_autocache() {
  local word rest
  COMPREPLY=()
  while IFS=$'\t' read -r word rest; do
    COMPREPLY+=("$word")
  done < <("${COMP_WORDS[0]}" __complete "${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null)
  if [ "${COMP_WORDS[1]}" = explain ]; then compopt -o nospace; fi
}
complete -o default -F _autocache autocache
)";

constexpr std::string_view kZsh = R"(#compdef autocache
# zsh completion for autocache; needs: source <(autocache completion zsh), or this text as _autocache in $fpath
_autocache() {
  local line
  local -a candidates
  for line in "${(@f)$("${words[1]}" __complete "${(@)words[2,CURRENT]}" 2>/dev/null)}"; do
    [[ -z $line ]] && continue
    if [[ $line == *$'\t'* ]]; then
      candidates+=("${${line%%$'\t'*}//:/\\:}:${line#*$'\t'}")
    else
      candidates+=("${line//:/\\:}")
    fi
  done
  if (( ${#candidates} )); then
    _describe autocache candidates
  else
    _files
  fi
}
if [ "$funcstack[1]" = _autocache ]; then _autocache; else compdef _autocache autocache; fi
)";

constexpr std::string_view kFish =
    R"(# fish completion for autocache; needs: autocache completion fish | source
function __autocache_complete
  set -l words (commandline -opc)
  set -l candidates ($words[1] __complete $words[2..] (commandline -ct) 2>/dev/null)
  if test (count $candidates) -gt 0
    printf '%s\n' $candidates
  else
    __fish_complete_path (commandline -ct)
  end
end
complete -c autocache -f -a '(__autocache_complete)'
)";

}  // namespace

ExitCode run_completion(const Arguments& arguments, Io& io) {
  Parser parser("completion", "Print the completion script of a shell",
                "  source <(autocache completion bash)\n"
                "  autocache completion zsh > \"${fpath[1]}/_autocache\"\n"
                "  autocache completion fish > ~/.config/fish/completions/autocache.fish\n");
  std::string shell;
  parser.app().add_option("SHELL", shell, "bash, fish or zsh")->required()->type_name("");
  if (const auto code = parser.parse(arguments, io)) return *code;
  if (shell == "bash") {
    io.out << kBash;
  } else if (shell == "zsh") {
    io.out << kZsh;
  } else if (shell == "fish") {
    io.out << kFish;
  } else {
    print_error(io, "unknown shell " + shell, "the shells are bash, fish and zsh");
    return ExitCode::kUsage;
  }
  return ExitCode::kOk;
}

}  // namespace autocache::cli
